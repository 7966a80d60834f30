"""A BYE ends the record of its call when it comes. Here we see to it that a gateway's side of the call ends with it.

A phone says where its BYE goes, with which tags and CSeq. One that is answered by somebody else, or that the gateway
refuses, would end what is billed and counted while the call stands on at the carrier's. So a gateway has heard of the
end when it said so itself, or when it answered 2xx at one of its own addresses. Else it hears it from us, at once where
the phone's goes elsewhere (handlers/hanging_up.py), in the words that its dialog wants (dialog/ending.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipedge.handlers.authentication import gateway_at
from sipedge.handlers.hops import NextHop
from sipedge.proxy.locate import default_port, literal_flow
from sipedge.proxy.record_route import DialogToken
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response

if TYPE_CHECKING:
    from sipedge.handlers.services import Services


class Goodbye:
    """Watches a BYE that has ended its call (forwarding.Watch)."""

    def __init__(self, services: Services, token: DialogToken, hop: NextHop, request: Request, came_on: Flow) -> None:
        self._services = services
        self._token = token
        self._is_from_caller = is_from_caller = token.is_from_caller(request.from_tag)
        self._reaches = leads_to_gateway(services, token, hop, request, is_from_caller=is_from_caller)
        if not is_of_sender(services, token, came_on, is_from_caller=is_from_caller):
            self._say_to(caller=is_from_caller)
        if not self._reaches:
            self._say_to(caller=not is_from_caller)

    def tries(self, hop: NextHop) -> None:
        """Nothing follows from it."""

    def tried(self, hop: NextHop, status_code: int, reason: str, seconds: float) -> None:
        """Nothing follows from it."""

    def provisional(self, response: Response) -> None:
        """Nothing follows from it."""

    def success(self, response: Response) -> None:
        """The other side let the call go, or was told already."""

    def failure(self, status_code: int, response: Response | None) -> None:  # noqa: ARG002  the protocol's arguments
        """It did not."""
        if self._reaches and side_of(self._token, caller=not self._is_from_caller)[0]:
            self._say_to(caller=not self._is_from_caller)

    def _say_to(self, *, caller: bool) -> None:
        if self._token.call_id is not None:
            self._services.hang_ups.make_sure(self._token.call_id, of_caller=caller)


def side_of(token: DialogToken, *, caller: bool) -> tuple[bool, int]:
    """Whether a side is a gateway, and its key."""
    if caller:
        return token.caller_is_gateway, token.caller_gateway
    return token.callee_is_gateway, token.callee_gateway


def is_of_sender(services: Services, token: DialogToken, flow: Flow, *, is_from_caller: bool) -> bool:
    """Whether what came on a flow came from the side that its From tag says. Of a phone that is believed; a gateway is
    known by its address, or its certificate."""
    is_gateway, key = side_of(token, caller=is_from_caller)
    if not is_gateway:
        return True
    found, gateway = gateway_at(services, flow), services.network.gateways.by_id(key)
    if found is None or gateway is None:
        return False
    return found is gateway or services.gateway_accounts.is_there(gateway, flow.host)


def leads_to_gateway(
    services: Services, token: DialogToken, hop: NextHop, request: Request, *, is_from_caller: bool
) -> bool:
    """Whether a request goes to the gateway that the other side is, for certain; True where that is a phone. A carrier
    that calls itself by an address or port that the operator did not write down is told twice."""
    is_gateway, key = side_of(token, caller=not is_from_caller)
    if not is_gateway or hop.flow is not None:
        return True
    way = hop.way(request)
    gateway = services.network.gateways.by_id(key)
    if gateway is None:
        return False
    flow = literal_flow(way)
    if flow is None:
        return way.host.lower() == gateway.host.lower() and way.port == gateway.port
    # At another port than its own nobody may listen, and silence lasts.
    is_its_port = flow.port == (gateway.port or default_port(flow.transport))
    return is_its_port and services.gateway_accounts.is_there(gateway, flow.host)
