"""A BYE ends the record of its call when it comes. Here we see to it that a gateway's side of the call ends with it.

A phone says where its BYE goes, with which tags and CSeq. One that is answered by somebody else, or that the gateway
refuses, would end what is billed and counted while the call stands on at the carrier's. So a gateway has heard of the
end when it said so itself, or when it answered 2xx, at one of its own addresses, within two seconds. Else it hears it
from us (handlers/hanging_up.py), in the words that its dialog wants (dialog/ending.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sipedge.handlers.authentication import gateway_at
from sipedge.handlers.hops import NextHop
from sipedge.proxy.locate import literal_flow
from sipedge.proxy.record_route import DialogToken
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

PATIENCE: Final = 2.0
"""Seconds: most carriers answer a BYE within a tenth of one. Who is only slow is told twice, and answers 481."""


class Goodbye:
    """Watches a BYE that has ended its call (forwarding.Watch)."""

    def __init__(self, services: Services, token: DialogToken, hop: NextHop, request: Request, came_on: Flow) -> None:
        self._services = services
        self._token = token
        self._is_from_caller = is_from_caller = token.is_from_caller(request.from_tag)
        self._reaches = leads_to_gateway(services, token, hop, request, is_from_caller=is_from_caller)
        self._until: float | None = None
        if not is_of_sender(services, token, came_on, is_from_caller=is_from_caller):
            self._say_to(caller=is_from_caller)
        if side_of(token, caller=not is_from_caller)[0]:
            self._until = services.now() + PATIENCE
            services.deadlines.watch(self)

    def deadline(self) -> float | None:
        """See Deadlines."""
        return self._until

    def handle_deadline(self, now: float) -> None:  # noqa: ARG002  the protocol's argument
        """See Deadlines: nobody has answered."""
        self._decide(is_told=False)

    def give_up(self) -> None:
        """See Deadlines."""

    def tries(self, hop: NextHop) -> None:
        """Nothing follows from it."""

    def tried(self, hop: NextHop, status_code: int, reason: str, seconds: float) -> None:
        """Nothing follows from it."""

    def provisional(self, response: Response) -> None:
        """Nothing follows from it."""

    def success(self, response: Response) -> None:  # noqa: ARG002  the protocol's argument
        """Somebody let the call go."""
        self._decide(is_told=self._reaches)

    def failure(self, status_code: int, response: Response | None) -> None:  # noqa: ARG002  the protocol's arguments
        """Nobody did."""
        self._decide(is_told=False)

    def _decide(self, *, is_told: bool) -> None:
        """Whether the gateway that it was for is told by us, too; once."""
        if self._until is None:
            return
        self._until = None
        self._services.deadlines.forget(self)
        if not is_told:
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
    """Whether a request goes to the gateway that the other side is; True where that is a phone."""
    is_gateway, key = side_of(token, caller=not is_from_caller)
    if not is_gateway or hop.flow is not None:
        return True
    gateway = services.network.gateways.by_id(key)
    if gateway is None:
        return False
    way = hop.way(request)
    flow = literal_flow(way)
    if flow is None:
        return way.host.lower() == gateway.host.lower()
    return services.gateway_accounts.is_there(gateway, flow.host)
