"""A call is to end: NOTIFY `hangup` names one that an admin ends, `overdue` those that go on for too long. The edge
that has it ends it.

A call that still rings is cancelled as if its caller had done so; whoever called gets the 487. Of one that stands the
row says all that is needed (dialog/ending.py): both sides get a BYE. The record ends at once, whatever they answer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from sipedge.dialog.ending import REASON, Farewell, farewells
from sipedge.handlers.destinations import is_forbidden
from sipedge.handlers.hops import NextHop
from sipedge.handlers.records import CallWatch
from sipedge.proxy.locate import literal_flow
from sipedge.sip.flow import Flow
from sipedge.sip.message import HeaderError
from sipedge.store.interfaces import CallDialog
from sipedge.store.waiting import start
from sipedge.transport.resolver import Unresolvable

if TYPE_CHECKING:
    from sipedge.handlers.services import Services


class Ending(NamedTuple):
    """What the record says of an end. by: see CallRecord.ended_by."""

    by: str
    reason: str


ENDINGS: Final = {
    "hangup": Ending("admin", "Ended by an admin"),
    "hangup_by_reseller": Ending("reseller", "Ended by the reseller"),
    "overdue": Ending("sweeper", "Lasted too long"),
}
"""By what NOTIFY says."""
NORMAL_UNSPECIFIED: Final = 31  # Q.850
NOT_REACHED: Final = (408, 503)


class HangUps:
    """Listens for calls that are to end."""

    def __init__(self, services: Services) -> None:
        self._services = services
        for topic, ending in ENDINGS.items():
            services.store.listen(topic, partial(self._asked, ending))

    def _asked(self, ending: Ending, keys: Sequence[str] | None) -> None:
        """These calls are to end; None (too many at once) names none."""
        wanted = []
        for key in keys or ():
            try:
                wanted.append(UUID(key))
            except ValueError:
                continue
        if wanted:
            start(self._end(wanted, ending), self._broke)

    async def _end(self, wanted: list[UUID], ending: Ending) -> None:
        services = self._services
        cancelled = self._cancel(frozenset(wanted), ending)
        for call_id in wanted:
            if call_id in cancelled:
                continue
            call = await services.store.calls.standing(call_id, services.config.name)
            if call is None:
                continue
            services.standing.forget(call.id)
            ended_at = services.clock.of_call(call.id)
            services.store.calls.end(call.id, ended_at, ending.by, reason=ending.reason, cause=NORMAL_UNSPECIFIED)
            services.telemetry.call_ended(call.id, call.sip_call_id, ending.by, NORMAL_UNSPECIFIED)
            for farewell in self._farewells(call):
                start(self._say(farewell), self._broke)

    def _cancel(self, wanted: Collection[UUID], ending: Ending) -> set[UUID]:
        """End those that nobody has answered yet; gives which of them were this edge's."""
        found = set()
        for thing in self._services.deadlines.things():
            watch = getattr(thing, "call_watch", None)
            if isinstance(watch, CallWatch) and watch.record.id in wanted and watch.is_open:
                found.add(watch.record.id)
                watch.ended_by = ending.by
                exchange = thing.exchange  # type: ignore[attr-defined]  # a Forwarding: it has the watch
                exchange.cancelled = True
                exchange.forwarding.cancel(REASON)
        return found

    def make_sure(self, call_id: UUID, *, of_caller: bool) -> None:
        """That the gateway which is one side of a call hears that it has ended: from us."""
        start(self._make_sure(call_id, of_caller), self._broke)

    async def _make_sure(self, call_id: UUID, of_caller: bool) -> None:
        call = await self._services.store.calls.dialog(call_id)
        for farewell in self._farewells(call) if call is not None else ():
            if farewell.is_gateway and farewell.is_to_caller is of_caller:
                await self._say(farewell)

    def _farewells(self, call: CallDialog) -> list[Farewell]:
        return farewells(call.dialog, call.sip_call_id, self._services.config.record_route_key)

    async def _say(self, farewell: Farewell) -> None:
        """Send a BYE to where its side is reached, one destination after the other until one answers."""
        services = self._services
        gateway = services.network.gateways.by_id(farewell.gateway) if farewell.gateway else None
        for flow in await self._ways(farewell):
            answer = await services.gateway_accounts.ask(gateway, farewell.request, flow)
            if answer.status_code not in NOT_REACHED:
                return

    async def _ways(self, farewell: Farewell) -> Sequence[Flow]:
        services, request = self._services, farewell.request
        if farewell.flow is not None:
            return (services.flows.now_at(farewell.flow),)
        uri = NextHop(request.uri, None, is_gateway=farewell.is_gateway).way(request)
        flow = literal_flow(uri)
        if flow is not None and services.listeners.reach(flow):
            flows: Sequence[Flow] = (flow,)
        else:
            try:
                flows = services.peers.in_order(await services.resolver.locate(uri))
            except Unresolvable:
                services.telemetry.unlocated(uri.host)
                return ()
        return [flow for flow in flows if not is_forbidden(services, flow, is_gateway=farewell.is_gateway)]

    def _broke(self, error: Exception) -> None:
        if not isinstance(error, HeaderError):
            self._services.telemetry.exception("hang-up", error)
