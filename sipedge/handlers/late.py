"""A call that was answered too late: the caller was told of a failure already, and whoever answered is let go.

The ACK and the BYE go the way of the INVITE: over the phone's flow, or to where the answer's Contact says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipedge.dialog.hang_up import acknowledge, hang_up
from sipedge.facts import GatewayFacts
from sipedge.handlers.authentication import gateway_at
from sipedge.handlers.destinations import is_forbidden
from sipedge.proxy.forward import MAGIC_COOKIE
from sipedge.proxy.locate import literal_flow
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response, serialise
from sipedge.transaction.invite_client import InviteClientTransaction

if TYPE_CHECKING:
    from sipedge.handlers.services import Services


def end_late_call(
    services: Services, invite: InviteClientTransaction, response: Response, *, fixed: bool, with_bye: bool,
    gateway: GatewayFacts | None = None,
) -> None:  # fmt: skip
    """Acknowledge a late 2xx and, the first time (`with_bye`), end its dialog. Raises HeaderError.

    fixed: the target is reached by the INVITE's flow alone. gateway: that it is, where that is known.
    """
    ack = acknowledge(invite.request, response)
    flow = invite.flow if fixed else _flow_to(services, ack, invite.flow)
    ack.prepend("Via", _via(services, flow))
    if gateway is not None:
        services.gateway_accounts.acknowledge(ack, gateway, flow)
    services.send(serialise(ack), flow)
    if with_bye:
        bye = hang_up(invite.request, response)
        bye.prepend("Via", _via(services, flow))
        if gateway is not None and gateway.outbound is not None:
            services.gateway_accounts.sign(bye, gateway, flow)
        _, effects = services.layer.open_client(bye, flow, services.now())
        services.perform(effects)


def _flow_to(services: Services, ack: Request, otherwise: Flow) -> Flow:
    routes = ack.routes
    flow = literal_flow(routes[0].uri if routes else ack.uri)
    if flow is None or not services.listeners.reach(flow):
        return otherwise
    is_gateway = gateway_at(services, otherwise) is not None
    return otherwise if is_forbidden(services, flow, is_gateway=is_gateway) else flow


def _via(services: Services, flow: Flow) -> str:
    branch, sent_by = MAGIC_COOKIE + services.token(), services.listeners.of(flow).sent_by
    return f"SIP/2.0/{flow.transport.upper()} {sent_by};branch={branch};rport"
