"""The ACK to a 2xx on its way: it has no transaction (RFC 3261 §16.6, last paragraph), so there is one try.

It goes the way its INVITE could: over the other side's flow, else to the destination that the INVITE would be sent to
now, one that did not answer lately being the last choice; by TCP where it is large. Should that try fail, it is
remembered (handlers/peers.py), and the ACK to the 2xx that is sent again goes the other way.
"""

from __future__ import annotations

from sipedge.handlers.destinations import is_forbidden
from sipedge.handlers.exchange import Exchange
from sipedge.handlers.hops import NextHop
from sipedge.handlers.size import tcp_instead
from sipedge.proxy.forward import MAGIC_COOKIE, Hop, forward
from sipedge.proxy.locate import literal_flow
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, serialise
from sipedge.store.waiting import start
from sipedge.transport.resolver import Unresolvable


def pass_ack(exchange: Exchange, request: Request, hop: NextHop) -> None:
    """Send an ACK on; one that has nowhere to go is dropped. Raises HeaderError for a Route that cannot be read."""
    if hop.flow is not None:
        exchange.services.send(_serialised(exchange, request, hop, hop.flow), hop.flow)
        return
    flow = literal_flow(hop.way(request))
    if flow is not None:
        _send_fitting(exchange, request, hop, flow)
    else:
        start(_locate(exchange, request, hop), exchange.broke)


async def _locate(exchange: Exchange, request: Request, hop: NextHop) -> None:
    try:
        flows = await exchange.services.resolver.locate(hop.way(request))
    except Unresolvable:
        return
    _send_fitting(exchange, request, hop, exchange.services.peers.in_order(flows)[0])


def _send_fitting(exchange: Exchange, request: Request, hop: NextHop, flow: Flow) -> None:
    services = exchange.services
    if is_forbidden(services, flow, is_gateway=hop.is_gateway):
        return
    data = _serialised(exchange, request, hop, flow)
    by_tcp = tcp_instead(services, flow, len(data))
    if by_tcp is None:
        services.send(data, flow)
    else:
        services.peers.trying_tcp(by_tcp)
        services.send(_serialised(exchange, request, hop, by_tcp), by_tcp)


def _serialised(exchange: Exchange, request: Request, hop: NextHop, flow: Flow) -> bytes:
    services = exchange.services
    branch, sent_by = MAGIC_COOKIE + services.token(), services.listeners.of(flow).sent_by
    onward = forward(request, Hop(str(hop.uri), flow, sent_by, branch))
    if hop.gateway is not None:
        services.gateway_accounts.acknowledge(onward, hop.gateway, flow)
    return serialise(onward)
