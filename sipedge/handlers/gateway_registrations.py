"""Our registrations at carriers that want them: each edge that is meant registers, refreshes, and takes it back.

One gateway has one REGISTER under way at most. What changed meanwhile is looked at when that has ended, so a binding is
always taken away at one place before it is made at another: a registrar that is the same by another name would else
lose the new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sipedge.facts import GatewayFacts
from sipedge.handlers.deadlines import Deadlines
from sipedge.handlers.destinations import is_forbidden
from sipedge.handlers.own_requests import TIMER_F, Answer
from sipedge.sip.flow import Flow
from sipedge.sip.message import HeaderError, Response
from sipedge.sip.uri import UriError
from sipedge.store.waiting import start
from sipedge.transport.resolver import Unresolvable
from sipedge.trunks.account import CHALLENGES
from sipedge.trunks.registration import Registration, is_same_binding, registrar_located_by

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

FIRST_WITHIN: Final = 2.0  # seconds after the start, or after a change
PATIENCE: Final = 8.0  # seconds with a server while there is another to ask
LEAVING_PATIENCE: Final = 3.0  # seconds with each server when a binding is taken away: an edge that stops waits for it
MAX_TURNS: Final = 5  # REGISTERs to one server in one attempt: a challenge, a stale nonce, a longer time
_NOBODY: Final = "no server of it answers"


class GatewayRegistrations:
    """All registrations of this edge. Followed by itself, as gateways change while the edge runs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._clients: dict[int, _Client] = {}
        self._deadlines = Deadlines()
        self._followed: tuple[GatewayFacts, ...] = ()

    @property
    def leaving(self) -> int:
        """How many bindings are still to be taken away: what a shutdown waits for."""
        return sum(client.is_leaving for client in self._clients.values())

    def tick(self, now: float) -> None:
        """Do what is due. now: seconds of the monotonic clock."""
        gateways = self._services.store.gateways.all
        if gateways is not self._followed and not self._services.draining:
            self._followed = gateways
            self._follow(gateways)
        self._deadlines.handle(now)

    def drain(self) -> None:
        """The edge stops: take all bindings away."""
        for client in list(self._clients.values()):
            client.want(None)
        self._deadlines.handle(self._services.now())

    def counts(self) -> dict[str, int]:
        """Figures for metrics."""
        standing = sum(client.stands for client in self._clients.values())
        return {"gateway_registrations_wanted": len(self._clients), "gateway_registrations": standing}

    def watch(self, client: _Client) -> None:
        """A client knows when it is due next."""
        self._deadlines.watch(client)

    def forget(self, gateway_id: int) -> None:
        """A gateway is left for good."""
        self._deadlines.forget(self._clients.pop(gateway_id))

    def _follow(self, gateways: tuple[GatewayFacts, ...]) -> None:
        wanted = {one.id: one for one in gateways if self._is_wanted(one)}
        for gateway_id in self._clients.keys() - wanted.keys():
            self._clients[gateway_id].want(None)
        for gateway_id, gateway in wanted.items():
            known = self._clients.get(gateway_id)
            if known is not None:
                known.want(gateway)
            else:
                self._clients[gateway_id] = client = _Client(self, self._services, gateway)
                self.watch(client)

    def _is_wanted(self, gateway: GatewayFacts) -> bool:
        plan = gateway.registration
        return gateway.is_active and plan is not None and plan.edge in ("", self._services.config.name)


class _Client:
    """The registration at one gateway. `_wanted` is the gateway as it is now, None: it is to be left."""

    def __init__(self, owner: GatewayRegistrations, services: Services, gateway: GatewayFacts) -> None:
        self._owner = owner
        self._services = services
        self._gateway = gateway
        self._wanted: GatewayFacts | None = gateway
        self._registration = Registration(gateway, services.token(), services.token())
        self._due: float | None = services.now() + FIRST_WITHIN * self._chance()
        self._is_busy = False
        self._said = ""

    @property
    def stands(self) -> bool:
        """Whether we are registered."""
        return self._registration.stands(self._services.now())

    @property
    def is_leaving(self) -> bool:
        """Whether a binding is still to be taken away for good."""
        return self._wanted is None and self.stands

    def want(self, gateway: GatewayFacts | None) -> None:
        """This is what the panel says of the gateway now."""
        before, self._wanted = self._wanted, gateway
        if _are_alike(before, gateway):
            return
        self._due = None if self._is_busy else self._services.now()
        self._owner.watch(self)

    def deadline(self) -> float | None:
        """See Deadlines."""
        return self._due

    def handle_deadline(self, now: float) -> None:  # noqa: ARG002  the protocol's argument
        """See Deadlines."""
        self._due = None
        self._is_busy = True
        start(self._work(), self._broke)

    def give_up(self) -> None:
        """See Deadlines: nobody calls it here."""

    async def _work(self) -> None:
        """Take away what is not wanted any more, then make, or refresh, what is; again where that changed meanwhile."""
        pause: float | None = None
        is_settled = False
        while not is_settled:
            wanted = self._wanted
            if wanted is None or not is_same_binding(self._gateway, wanted):
                await self._leave()
            if wanted is not None:
                self._take(wanted)
                pause = await self._register()
            is_settled = _are_alike(wanted, self._wanted)
        self._end(pause)

    def _end(self, pause: float | None) -> None:
        """Wait until the next attempt, in so many seconds; with None wanted no more there is none."""
        self._is_busy = False
        if self._wanted is None or pause is None:
            self._owner.forget(self._gateway.id)
        else:
            self._due = self._services.now() + pause
            self._owner.watch(self)

    def _take(self, gateway: GatewayFacts) -> None:
        known, self._gateway = self._gateway, gateway
        if not is_same_binding(known, gateway):
            self._registration = Registration(gateway, self._services.token(), self._services.token())
        elif gateway.registration is not None and known.registration != gateway.registration:
            self._registration.expires = gateway.registration.expires

    async def _register(self) -> float:
        """One attempt, at each of the registrar's servers until one answers. Returns the seconds until the next one."""
        registration, services = self._registration, self._services
        answer = await self._ask(removes=False)
        if answer is None or answer.response is None:
            return self._fail(_NOBODY, 408)
        status_code, response = answer.status_code, answer.response
        if status_code >= 300:
            return self._fail(self._refusal(response), status_code, response)
        contact = registration.contact(self._gateway, services.listeners.of(answer.flow).sent_by)
        try:
            pause = registration.succeeded(response, contact, services.now(), self._chance())
        except HeaderError as error:
            return self._fail(f"its answer makes no sense: {error.reason}", 500, response)
        self._tell(status_code, "")
        return pause

    def _refusal(self, response: Response) -> str:
        """What a registrar's refusal means, for people."""
        text = f"{response.status_code} {response.reason}".rstrip()
        if response.status_code in CHALLENGES:
            text += ": user name, password or realm are wrong" if self._gateway.outbound else ": no account is given"
        return text

    async def _leave(self) -> None:
        """Take the binding away, if there is one. Whatever comes of it: nobody tries twice."""
        if self.stands:
            await self._ask(removes=True)
        self._registration.until = None
        self._said = ""
        self._services.gateway_states.registered(self._gateway.id, None, None, "")

    async def _ask(self, *, removes: bool) -> Answer | None:
        """The answer of the first server that has one, else the last server's; None: there is none."""
        services, answer = self._services, None
        flows = await self._flows()
        for number, flow in enumerate(flows, 1):
            is_last = number == len(flows)
            patience = LEAVING_PATIENCE if removes else TIMER_F if is_last else PATIENCE
            answer = await self._converse(flow, patience, removes=removes)
            if answer.response is not None and answer.status_code != 503:
                services.peers.up(flow)
                return answer
            services.peers.down(flow)
        return answer

    async def _flows(self) -> list[Flow]:
        services = self._services
        try:
            found = await services.resolver.locate(registrar_located_by(self._gateway))
        except (Unresolvable, UriError):
            return []
        return [flow for flow in services.peers.in_order(found) if not is_forbidden(services, flow, is_gateway=True)]

    async def _converse(self, flow: Flow, patience: float, *, removes: bool) -> Answer:
        """REGISTERs to one server, until it has nothing more to ask."""
        services, gateway, registration = self._services, self._gateway, self._registration
        here, accounts, answered = services.listeners.of(flow).sent_by, services.gateway_accounts, 0
        accounts.met(gateway, flow)
        for _ in range(MAX_TURNS):
            request = registration.request(gateway, here, 0 if removes else registration.expires)
            accounts.sign(request, gateway, flow)
            answer = await services.own_requests.ask(request, flow, patience)
            response = answer.response
            if response is None:
                break
            if answer.status_code in CHALLENGES and accounts.is_ours(gateway, flow):
                if not accounts.answer(gateway, "REGISTER", response, answered):
                    break
                answered += 1
            elif answer.status_code != 423 or not registration.asks_for_longer(response):
                break
        return answer

    def _fail(self, error: str, counted_as: int, response: Response | None = None) -> float:
        """No registration came of it. Returns the seconds until the next attempt."""
        self._tell(response.status_code if response is not None else None, error)
        return self._registration.failed(counted_as, response, self._chance())

    def _tell(self, status_code: int | None, error: str) -> None:
        """The panel hears of each attempt, the log of what has changed."""
        services, until = self._services, self._registration.until
        left = None if until is None or until <= services.now() else services.wall() + until - services.now()
        services.gateway_states.registered(self._gateway.id, left, status_code, error)
        news = error or "registered"
        if news != self._said:
            self._said = news
            services.telemetry.gateway_registration(self._gateway.name, error)

    def _broke(self, error: Exception) -> None:
        self._services.telemetry.exception("gateway registration", error)
        self._end(self._fail("the edge failed", 500))

    def _chance(self) -> float:
        return int.from_bytes(self._services.entropy(2), "big") / 65_536


def _are_alike(known: GatewayFacts | None, now: GatewayFacts | None) -> bool:
    """Whether nothing changed that a registrar would hear of."""
    if known is None or now is None:
        return known is now
    return is_same_binding(known, now) and (known.registration, known.outbound) == (now.registration, now.outbound)
