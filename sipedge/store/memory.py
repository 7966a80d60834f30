"""The store without PostgreSQL: the same promises, kept in dicts.

For tests of handlers and for trying things out.

Nothing here is a copy of something else, so `get` never says MISS, unless the store was made `cold`: then
everything is a MISS until it was fetched, and fetches and commits stay open until `settle` is called. So a
test decides what happens while a handler waits.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeVar
from uuid import UUID

from sipedge.dialog.ending import changed_dialog
from sipedge.facts import CallRecord, DomainFacts, OpenCall, SubscriberFacts
from sipedge.guards.user_agents import UserAgentBans
from sipedge.load.parties import ids_of
from sipedge.store.interfaces import (
    MISS,
    CallDialog,
    CallObserver,
    CommitOutcome,
    FlowKey,
    FlowPage,
    KnownFlow,
    Miss,
    RowRefused,
    StoreUnavailable,
    SubscriberKey,
)
from sipedge.store.memory_numbers import MemoryNumbers
from sipedge.store.memory_trunks import MemoryGateways, MemoryGatewayStates
from sipedge.store.turns import Turns
from sipedge.store.waiting import Waiting, failed, resolved

if TYPE_CHECKING:
    from sipedge.registrar.binding import Binding
    from sipedge.registrar.register import RegisterDecision

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
T = TypeVar("T")

MAX_BIGINT: Final = 2**63 - 1
PAGE: Final = 500  # bindings looked at for a page of flows


class Clerk:
    """Answers at once, or, when cold, at the next `settle`."""

    def __init__(self, cold: bool) -> None:
        self.cold = cold
        self.available = True
        self._open: list[tuple[Waiting[Any], Callable[[], Any]]] = []

    def answer(self, work: Callable[[], T]) -> Waiting[T]:
        """What `work` gives."""
        waiting: Waiting[T] = Waiting()
        if not self.available:
            return failed(StoreUnavailable("the store was made unavailable"))
        if self.cold:
            self._open.append((waiting, work))
        else:
            _settle(waiting, work)
        return waiting

    def settle(self) -> int:
        """Answer what was asked so far; gives the number of answers."""
        opened, self._open = self._open, []
        for waiting, work in opened:
            if self.available:
                _settle(waiting, work)
            else:
                waiting.fail(StoreUnavailable("the store was made unavailable"))
        return len(opened)


def _settle(waiting: Waiting[T], work: Callable[[], T]) -> None:
    try:
        value = work()
    except RowRefused as refused:
        waiting.fail(refused)
    else:
        waiting.resolve(value)


class MemoryFacts(Generic[K, V]):
    """Subscribers by (domain_id, username)."""

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        self._rows: dict[K, V] = {}
        self._seen: set[K] = set()

    def put(self, key: K, value: V) -> None:
        """Make it exist, or change it."""
        self._rows[key] = value

    def remove(self, key: K) -> None:
        """Make it not exist."""
        del self._rows[key]

    def get(self, key: K) -> V | Literal[Miss.MISS] | None:
        """The value, None when it does not exist; MISS in a cold store that has not fetched it."""
        if self._clerk.cold and key not in self._seen:
            return MISS
        return self._rows.get(key)

    def fetch(self, key: K) -> Waiting[V | None]:
        """The same as a Waiting."""

        def read() -> V | None:
            self._seen.add(key)
            return self._rows.get(key)

        return self._clerk.answer(read)


class MemoryDomains:
    """All domains."""

    def __init__(self) -> None:
        self._by_id: dict[int, DomainFacts] = {}

    def put(self, domain: DomainFacts) -> None:
        """Add or change a domain."""
        self._by_id[domain.id] = domain

    @property
    def default(self) -> DomainFacts | None:
        """The domain that is marked so."""
        return next((domain for domain in self._by_id.values() if domain.is_default), None)

    def by_name(self, host: str) -> DomainFacts | None:
        """By name or alias."""
        return next((domain for domain in self._by_id.values() if host in domain.names), None)

    def by_id(self, domain_id: int) -> DomainFacts | None:
        """By id."""
        return self._by_id.get(domain_id)


class MemoryBindings:
    """Bindings by subscriber id."""

    def __init__(self, clerk: Clerk, deadline: float) -> None:
        self._clerk = clerk
        self._rows: dict[int, dict[str, Binding]] = {}
        self._seen: set[int] = set()
        self._turns = Turns(time.monotonic, deadline)
        self.turn = self._turns.take
        self.turn_if_free = self._turns.take_if_free
        self.release = self._turns.release

    def put(self, subscriber_id: int, *bindings: Binding) -> None:
        """Make exactly these stand, as if another edge had written them."""
        self._rows[subscriber_id] = {binding.key: binding for binding in bindings}

    def get(self, subscriber_id: int) -> tuple[Binding, ...] | Literal[Miss.MISS]:
        """All bindings of the AoR."""
        if self._clerk.cold and subscriber_id not in self._seen:
            return MISS
        return tuple(self._rows.get(subscriber_id, {}).values())

    def fetch(self, subscriber_id: int) -> Waiting[tuple[Binding, ...]]:
        """The same as a Waiting."""

        def read() -> tuple[Binding, ...]:
            self._seen.add(subscriber_id)
            return tuple(self._rows.get(subscriber_id, {}).values())

        return self._clerk.answer(read)

    def commit(self, subscriber_id: int, decision: RegisterDecision) -> Waiting[CommitOutcome]:
        """Write all of the decision or nothing."""
        return self._clerk.answer(lambda: self._write(subscriber_id, decision))

    def page(self, edge: str, after: FlowKey) -> Waiting[FlowPage]:
        """The flows among the next PAGE bindings."""
        return self._clerk.answer(lambda: self._page(edge, after))

    def _page(self, edge: str, after: FlowKey) -> FlowPage:
        keys = sorted((subscriber_id, key) for subscriber_id, rows in self._rows.items() for key in rows)
        keys = [key for key in keys if key > after]
        found = [(subscriber_id, self._rows[subscriber_id][key]) for subscriber_id, key in keys[:PAGE]]
        flows = tuple(
            KnownFlow(subscriber_id, binding.key, binding.contact, binding.flow, binding.expires_at)
            for subscriber_id, binding in found
            if binding.edge == edge and binding.flow is not None
        )
        return FlowPage(flows, keys[PAGE - 1] if len(keys) >= PAGE else None)

    def _write(self, subscriber_id: int, decision: RegisterDecision) -> CommitOutcome:
        rows = dict(self._rows.get(subscriber_id, {}))
        for known, new in decision.upserts:
            if rows.get(new.key, known) != known:
                return CommitOutcome.CHANGED
            if new.cseq > MAX_BIGINT or "\0" in "".join(value for value in new if isinstance(value, str)):
                raise RowRefused("a value that PostgreSQL would refuse")
            rows[new.key] = new
        for removed in decision.removals:
            if rows.pop(removed.key, None) != removed:
                return CommitOutcome.CHANGED
        self._rows[subscriber_id] = rows
        return CommitOutcome.COMMITTED


class MemoryCalls:
    """Call records by id."""

    def __init__(self) -> None:
        self.records: dict[UUID, CallRecord] = {}
        self._observer: CallObserver | None = None

    def observe(self, observer: CallObserver) -> None:
        """Tell it of each call from now on."""
        self._observer = observer

    def ended_by_others(self, call_ids: Iterable[UUID] | None) -> None:
        """Say that somebody else ended these calls; None: perhaps any of them."""
        if self._observer is not None:
            self._observer.ended_by_others(call_ids)

    def save(self, call: CallRecord) -> None:
        """Keep this state, unless the call ended before."""
        if self._observer is not None:
            self._observer.saved(call)
        before = self.records.get(call.id)
        if before is None or before.ended_at is None:
            self.records[call.id] = call

    def standing(self, call_id: UUID, edge: str) -> Waiting[CallDialog | None]:
        """Answered at once."""
        call = self.records.get(call_id)
        is_open = call is not None and call.ended_at is None and call.edge == edge
        return resolved(CallDialog(call.id, call.sip_call_id, call.dialog) if call is not None and is_open else None)

    def dialog(self, call_id: UUID) -> Waiting[CallDialog | None]:
        """Answered at once."""
        call = self.records.get(call_id)
        return resolved(None if call is None else CallDialog(call.id, call.sip_call_id, call.dialog))

    def refresh(self, call_id: UUID, session_expires_at: float | None, dialog: str = "") -> None:
        """Change a call that is open here."""
        before = self.records.get(call_id)
        if before is not None and before.ended_at is None:
            self.records[call_id] = before._replace(
                session_expires_at=session_expires_at, dialog=changed_dialog(before.dialog, dialog)
            )

    def end(
        self,
        call_id: UUID,
        ended_at: float,
        ended_by: str,
        *,
        status_code: int | None = None,
        reason: str = "",
        cause: int | None = None,
    ) -> None:
        """End a call that is open here."""
        if self._observer is not None:
            self._observer.ended(call_id)
        for one in list(self.records.values()):
            if call_id in (one.id, one.parent_id) and one.ended_at is None:
                self.records[one.id] = one._replace(
                    state="ended",
                    ended_at=ended_at,
                    ended_by=ended_by,
                    status_code=one.status_code if status_code is None else status_code,
                    reason=reason or one.reason,
                    cause=one.cause if cause is None else cause,
                )


class MemoryOpenCalls:
    """Those of the records that are of calls that stand."""

    def __init__(self, clerk: Clerk, calls: MemoryCalls) -> None:
        self._clerk = clerk
        self._calls = calls

    async def of(self, edges: Collection[str]) -> AsyncIterator[list[OpenCall]]:
        """The calls of these edges."""
        yield self._found(lambda edge: edge in edges)

    async def of_others(self, edges: Collection[str]) -> AsyncIterator[list[OpenCall]]:
        """The calls of all edges but these."""
        yield self._found(lambda edge: edge not in edges)

    async def ended(self, call_ids: Sequence[UUID]) -> set[UUID]:
        """Those of these calls that have ended."""
        self._check()
        return {key for key in call_ids if key in self._calls.records and self._calls.records[key].ended_at is not None}

    def _found(self, is_meant: Callable[[str], bool]) -> list[OpenCall]:
        self._check()
        return [
            OpenCall(call.id, call.edge, call.started_at, call.parent_id, ids_of(call))
            for call in sorted(self._calls.records.values(), key=lambda call: call.started_at)
            if call.answered_at is not None and call.ended_at is None and is_meant(call.edge)
        ]

    def _check(self) -> None:
        if not self._clerk.available:
            raise StoreUnavailable("the store was made unavailable")


class MemoryStore:
    """Everything in dicts. `cold`: everything is a MISS at first, and nothing is answered before `settle`."""

    def __init__(self, *, cold: bool = False, deadline: float = 2.0) -> None:
        self._clerk = Clerk(cold)
        self.domains = MemoryDomains()
        self.gateways = MemoryGateways()
        self.subscribers: MemoryFacts[SubscriberKey, SubscriberFacts] = MemoryFacts(self._clerk)
        self.numbers = MemoryNumbers(self._clerk)
        self.bindings = MemoryBindings(self._clerk, deadline)
        self.calls = MemoryCalls()
        self.open_calls = MemoryOpenCalls(self._clerk, self.calls)
        self._told: dict[str, Callable[[Sequence[str] | None], None]] = {}
        self.gateway_states = MemoryGatewayStates()
        self.user_agents = UserAgentBans()

    @property
    def is_available(self) -> bool:
        """What `set_available` said last."""
        return self._clerk.available

    def set_available(self, available: bool) -> None:
        """Behave as if PostgreSQL had gone, or come back."""
        self._clerk.available = available

    def settle(self) -> int:
        """Answer what a cold store was asked so far; gives the number of answers."""
        return self._clerk.settle()

    def listen(self, topic: str, told: Callable[[Sequence[str] | None], None]) -> None:
        """Told by `tell`."""
        self._told[topic] = told

    def tell(self, topic: str, *keys: str) -> None:
        """Say what PostgreSQL would have somebody else say."""
        self._told[topic](list(keys))

    async def start(self) -> None:
        """Nothing to connect."""

    async def stop(self) -> None:
        """Nothing to write."""

    def counts(self) -> Mapping[str, int]:
        """No figures."""
        return {}
