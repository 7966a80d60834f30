"""Which gateways are up: each that has a probe interval gets an OPTIONS in that time.

A gateway's name may lead to several servers (RFC 3263): all of them are asked at once, and one that answers is enough.
What each of them says is also noted for calls, which try first who answered (handlers/peers.py). What an answer means
is in trunks/health.py.

Nothing is kept, and nothing done but one comparison a tick, while no gateway wants this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sipedge.facts import GatewayFacts
from sipedge.handlers.deadlines import Deadlines
from sipedge.handlers.destinations import is_forbidden
from sipedge.handlers.own_requests import Answer
from sipedge.sip.flow import Flow
from sipedge.sip.uri import UriError
from sipedge.store.waiting import start
from sipedge.transport.resolver import Unresolvable
from sipedge.trunks.health import SUSPECTED, Health, means_down
from sipedge.trunks.probe import options
from sipedge.trunks.ways import located_by

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

PATIENCE: Final = 4.0
"""Seconds that a server has for its answer: over UDP it was asked four times by then. Calls wait as long."""
FIRST_WITHIN: Final = 5.0
"""Seconds after the start, or after a change, within which a gateway is looked at first."""


class GatewayHealth:
    """All gateways that are probed. Followed by itself: gateways added, changed and removed while the edge runs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._probes: dict[int, _Probe] = {}
        self._deadlines = Deadlines()
        self._followed: tuple[GatewayFacts, ...] = ()
        self.sent = 0

    def is_up(self, gateway_id: int) -> bool:
        """Whether calls should go to a gateway. True where nothing is known of it, or where it is not probed."""
        probe = self._probes.get(gateway_id)
        return probe is None or probe.health.is_up

    def suspect(self, gateway_id: int) -> None:
        """A call to a gateway heard nothing from it: it is looked at now."""
        probe = self._probes.get(gateway_id)
        if probe is not None:
            probe.hurry()

    def tick(self, now: float) -> None:
        """Do what is due. now: seconds of the monotonic clock."""
        gateways = self._services.store.gateways.all
        if gateways is not self._followed:
            self._followed = gateways
            self._follow(gateways)
        if not self._services.draining:
            self._deadlines.handle(now)

    def counts(self) -> dict[str, int]:
        """Figures for metrics."""
        down = sum(not probe.health.is_up for probe in self._probes.values())
        return {"gateways_probed": len(self._probes), "gateways_down": down, "gateway_probes_sent": self.sent}

    def watch(self, probe: _Probe) -> None:
        """A probe knows when it is due next."""
        self._deadlines.watch(probe)

    def _follow(self, gateways: tuple[GatewayFacts, ...]) -> None:
        wanted = {one.id: one for one in gateways if one.is_active and one.probe_interval > 0}
        for gateway_id in self._probes.keys() - wanted.keys():
            self._forget(gateway_id)
            self._services.gateway_states.not_probed(gateway_id)
        for gateway_id, gateway in wanted.items():
            known = self._probes.get(gateway_id)
            if known is not None and _is_same_place(known.gateway, gateway):
                known.take(gateway)
                continue
            if known is not None:
                self._forget(gateway_id)
            self._probes[gateway_id] = probe = _Probe(self, self._services, gateway)
            self.watch(probe)

    def _forget(self, gateway_id: int) -> None:
        probe = self._probes.pop(gateway_id)
        probe.close()
        self._deadlines.forget(probe)


class _Probe:
    """One gateway and its looks: at most one is under way."""

    def __init__(self, owner: GatewayHealth, services: Services, gateway: GatewayFacts) -> None:
        self.gateway = gateway
        self.health = Health()
        self._owner = owner
        self._services = services
        self._due: float | None = services.now() + self._chance() * min(FIRST_WITHIN, gateway.probe_interval)
        self._looked_at = -SUSPECTED
        self._round = 0
        self._unanswered = 0

    def hurry(self) -> None:
        """Look now, unless that was just done, or is being done."""
        now = self._services.now()
        if self._due is not None and now - self._looked_at >= SUSPECTED:
            self._due = min(self._due, now)
            self._owner.watch(self)

    def take(self, gateway: GatewayFacts) -> None:
        """This is what the panel says of it now; a shorter interval begins at once."""
        is_shorter = gateway.probe_interval < self.gateway.probe_interval
        self.gateway = gateway
        if is_shorter and self._due is not None:
            self._due = min(self._due, self._services.now() + gateway.probe_interval * self._chance())
            self._owner.watch(self)

    def close(self) -> None:
        """Nobody wants to know any more."""
        self._due = None
        self._round = -1

    def deadline(self) -> float | None:
        """See Deadlines."""
        return self._due

    def handle_deadline(self, now: float) -> None:
        """See Deadlines: look at the gateway."""
        self._due = None
        self._looked_at = now
        self._round += 1
        start(self._look(self._round), self._broke)

    def give_up(self) -> None:
        """See Deadlines: nobody calls it here."""

    async def _look(self, number: int) -> None:
        flows = await self._flows()
        if number != self._round:
            return
        if not flows:
            self._end(None, "it has no address that can be sent to")
        self._unanswered = len(flows)
        for flow in flows:
            services = self._services
            request = options(self.gateway, services.listeners.of(flow).sent_by, services.token())
            self._owner.sent += 1
            services.gateway_accounts.met(self.gateway, flow)
            waiting = services.own_requests.ask(request, flow, PATIENCE)
            waiting.add_wake_up(lambda answered=waiting: self._answered(number, answered.result()))  # type: ignore[misc]

    async def _flows(self) -> list[Flow]:
        services = self._services
        try:
            found = await services.resolver.locate(located_by(self.gateway))
        except (Unresolvable, UriError):
            return []
        return [flow for flow in found if not is_forbidden(services, flow, is_gateway=True)]

    def _answered(self, number: int, answer: Answer) -> None:
        """One of its servers has answered, or will not."""
        is_well = answer.response is not None and not means_down(answer.status_code)
        (self._services.peers.up if is_well else self._services.peers.down)(answer.flow)
        if number != self._round or self._due is not None:
            return  # it is known already
        self._unanswered -= 1
        if is_well:
            self._end(answer.status_code, "", answer.seconds)
        elif not self._unanswered:
            self._end(*_failure(answer))

    def _end(self, status_code: int | None, error: str, seconds: float | None = None) -> None:
        services, health = self._services, self.health
        has_changed = health.note(services.wall(), status_code, seconds, error)
        if has_changed:
            services.telemetry.gateway_changed(self.gateway.name, is_up=health.is_up, why=error or str(status_code))
        services.gateway_states.probed(self.gateway.id, health)
        self._due = services.now() + health.pause(self.gateway.probe_interval, self._chance())
        self._owner.watch(self)

    def _broke(self, error: Exception) -> None:
        self._services.telemetry.exception("gateway probe", error)
        self._end(None, "the edge failed")

    def _chance(self) -> float:
        return int.from_bytes(self._services.entropy(2), "big") / 65_536


def _failure(answer: Answer) -> tuple[int | None, str]:
    if answer.response is not None:
        return answer.status_code, f"{answer.status_code} {answer.response.reason}".rstrip()
    return None, "no answer" if answer.status_code == 408 else "it cannot be reached"


def _is_same_place(known: GatewayFacts, now: GatewayFacts) -> bool:
    def place(gateway: GatewayFacts) -> tuple[object, ...]:
        return gateway.host, gateway.port, gateway.transport, gateway.outbound_proxy

    return place(known) == place(now)
