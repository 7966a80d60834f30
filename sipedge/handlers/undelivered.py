"""A response that could not be delivered: RFC 3261 §18.2.2, when its connection is gone and no new one can be made.

The transaction layer has tried the address that the request came from. What is left is what the sender calls itself
(RFC 3263 §5), where that is a name. A caller who cannot be reached at all is gone: his phones stop ringing.
"""

from __future__ import annotations

from sipedge.handlers.exchange import Exchange
from sipedge.proxy.locate import literal_flow
from sipedge.sip.uri import Uri
from sipedge.store.waiting import start
from sipedge.transaction.states import State
from sipedge.transport.resolver import Unresolvable


def undelivered(exchange: Exchange) -> None:
    """The exchange's transaction has failed; it remains in its state (RFC 6026 §8.8)."""
    if not exchange.transaction.flow.reliable:
        return  # a datagram that was not sent: the sender asks again
    via = exchange.request.top_via
    if exchange.redirected or literal_flow(Uri("sip", None, None, via.host, None)) is not None:
        _caller_is_gone(exchange)
        return
    exchange.redirected = True
    start(_redirect(exchange), exchange.broke)


async def _redirect(exchange: Exchange) -> None:
    services, failed = exchange.services, exchange.transaction.flow
    try:
        flows = await services.resolver.locate_sender(exchange.request.top_via)
    except Unresolvable:
        flows = ()
    others = [flow for flow in flows if flow[:3] != failed[:3]]
    if others:
        services.perform(services.layer.redirect(exchange.transaction, others[0]))
    else:
        _caller_is_gone(exchange)


def _caller_is_gone(exchange: Exchange) -> None:
    if exchange.forwarding is not None and exchange.transaction.state is State.PROCEEDING:
        exchange.cancelled = True
        exchange.forwarding.cancel()
