"""Challenges of gateways to what the edge sends them, and the credentials that answer them.

They are sent to the gateway that they are for, and to nobody else: to an address among its sources, or to one that its
own name led to. The latter are remembered here: inside of a dialog it is the phone that says where a request goes.

The ACK to a 2xx gets the credentials of its INVITE (RFC 3261 §22.1); nobody may challenge it. They are remembered as
long as there is room: an ACK that an edge knows none for goes without, as after a restart.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from sipedge.facts import GatewayFacts
from sipedge.handlers.own_requests import TIMER_F, Answer
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response
from sipedge.trunks.account import CHALLENGES, MAX_ANSWERS, AccountState, may_answer

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

MAX_ADDRESSES: Final = 64
"""Of one gateway: of more the first that it was seen at are forgotten."""
MAX_INVITES: Final = 10_000
"""Whose credentials are known, some 700 bytes each. 50 calls a second that ring for 3 minutes are 9,000."""


class GatewayAccounts:
    """Our accounts at gateways, as far as they were needed yet."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._states: dict[int, AccountState] = {}
        self._addresses: dict[int, dict[str, None]] = {}
        self._invites: dict[tuple[int, str, int], tuple[str, str]] = {}  # the header field of each

    def met(self, gateway: GatewayFacts, flow: Flow) -> None:
        """What the operator wrote down of a gateway led to this address."""
        if gateway.id not in self._addresses:
            self._forget_the_removed()
        known = self._addresses.setdefault(gateway.id, {})
        if flow.host not in known:
            if len(known) >= MAX_ADDRESSES:
                del known[next(iter(known))]
            known[flow.host] = None

    def sign(self, request: Request, gateway: GatewayFacts, flow: Flow) -> None:
        """Put credentials into a request on its way to a gateway, in place, where its nonce is known already."""
        state = self._states.get(gateway.id)
        if state is not None and state.account == gateway.outbound and self.is_there(gateway, flow.host):
            signed = state.sign(request, self._services.token())
            if signed is not None and request.method == "INVITE":
                self._remember((gateway.id, request.call_id, request.cseq.number), signed)

    def acknowledge(self, ack: Request, gateway: GatewayFacts, flow: Flow) -> None:
        """Put the credentials of its INVITE into the ACK to a 2xx on its way to a gateway, in place, where they are
        known."""
        signed = self._invites.get((gateway.id, ack.call_id, ack.cseq.number))
        if signed is not None and self.is_ours(gateway, flow):
            ack.set(*signed)

    def _remember(self, invite: tuple[int, str, int], signed: tuple[str, str]) -> None:
        self._invites.pop(invite, None)
        if len(self._invites) >= MAX_INVITES:
            del self._invites[next(iter(self._invites))]
        self._invites[invite] = signed

    async def ask(
        self, gateway: GatewayFacts | None, request: Request, flow: Flow, patience: float = TIMER_F
    ) -> Answer:
        """Send a request of the edge's own, which has no Via yet; again, with the next CSeq, where a gateway asks for
        credentials that we have. gateway: whom it is for, None for a phone."""
        for answered in range(MAX_ANSWERS + 1):
            again = request.copy()
            again.set("CSeq", str(request.cseq._replace(number=request.cseq.number + answered)))
            if gateway is not None:
                self.sign(again, gateway, flow)
            answer = await self._services.own_requests.ask(again, flow, patience)
            response = answer.response
            if gateway is None or response is None or answer.status_code not in CHALLENGES:
                break
            if not self.is_ours(gateway, flow) or not self.answer(gateway, request.method, response, answered):
                break
        return answer

    def is_ours(self, gateway: GatewayFacts, flow: Flow) -> bool:
        """Whether a challenge from the far end of `flow` is for the edge: it is the gateway, with an account."""
        return gateway.outbound is not None and self.is_there(gateway, flow.host)

    def answer(self, gateway: GatewayFacts, method: str, response: Response, answered: int) -> bool:
        """Whether a request is sent again with the credentials that a 401 or 407 asks for; it `is_ours`.

        answered: how many challenges to this request were. Where not, the log says why.
        """
        learned = self._state(gateway).learn(response, method)
        if may_answer(answered, learned):
            return True
        why = learned.why_not or "the user name or the password is wrong"
        self._services.telemetry.gateway_refuses(gateway.name, method, why)
        return False

    def _state(self, gateway: GatewayFacts) -> AccountState:
        account = gateway.outbound
        state = self._states.get(gateway.id)
        if account is not None and (state is None or state.account != account):
            self._forget_the_removed()
            state = self._states[gateway.id] = AccountState(account)
        if state is None:
            raise ValueError(f"no account at gateway {gateway.id}")
        return state

    def _forget_the_removed(self) -> None:
        by_id = self._services.store.gateways.by_id
        for known in (self._states, self._addresses):
            for gateway_id in [one for one in known if by_id(one) is None]:
                del known[gateway_id]

    def is_there(self, gateway: GatewayFacts, host: str) -> bool:
        """Whether a gateway is at this address, which its name has led to, or which is among its sources."""
        return host in self._addresses.get(gateway.id, ()) or _is_among(host, gateway.sources)


@lru_cache(maxsize=1024)
def _is_among(host: str, sources: tuple[str, ...]) -> bool:
    address = ip_address(host.partition("%")[0])
    return any(address in network for network in _networks(sources))


@lru_cache(maxsize=256)
def _networks(sources: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(source, strict=False) for source in sources)
