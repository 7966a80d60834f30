"""Bindings that end with a connection (RFC 5626, RFC 7118), and dialogs that follow a phone to its new flow.

All of it is memory alone. A binding that nobody removes is not wrong for long: its connection's number is nobody's any
more, so a request to it fails at once and the next way is tried, until the sweep after a start, or its time, ends it.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import TYPE_CHECKING, Final, TypeVar

from sipedge.registrar.binding import Binding
from sipedge.registrar.register import RegisterDecision
from sipedge.sip.flow import Flow, parse_flow, str_connection, str_datagrams
from sipedge.store.interfaces import MISS, CommitOutcome, FlowKey, StoreUnavailable
from sipedge.store.waiting import start

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

MAX_AORS: Final = 500_000
"""Pairs of connection and AoR that are known; some 100 bytes each. One more is left to its time."""
MAX_REMEMBERED: Final = 10_000
"""Flows that phones came from before, and removals that could not be written: the oldest are forgotten."""
MAX_STEPS: Final = 8
"""How often a phone's flow may have changed within one dialog."""
MAX_TRIES: Final = 10
"""How often a removal is decided anew because somebody else changed the same bindings meanwhile."""
SWEEP_AFTER: Final = 5.0
"""Seconds after the start: phones that come back by themselves have then replaced what they had."""
SWEEP_PACE: Final = 0.25  # seconds between two pages of the sweep: some 2,000 bindings a second
RETRY: Final = 5.0  # seconds until what PostgreSQL's absence left undone is tried again
RETRIED_AT_ONCE: Final = 200

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Flows:
    """Who is registered over which connection, and where phones went whose flow changed."""

    def __init__(self) -> None:
        self._aors: dict[int, set[int]] = {}  # connection: subscribers
        self._pairs = 0
        self._moved: dict[str, str] = {}  # a flow: the one that its phone has now
        self._lost: dict[tuple[int, str], str] = {}  # (subscriber, device): the flow that ended
        self._ended: dict[int, None] = {}  # connections, lately
        self.undone: dict[tuple[int, str], None] = {}

    def __len__(self) -> int:
        """Pairs of connection and AoR."""
        return self._pairs

    @property
    def is_complete(self) -> bool:
        """Whether every binding that was made over a connection of this process is known."""
        return self._pairs < MAX_AORS

    def expect(self, connection: int, subscriber_id: int, decision: RegisterDecision) -> bool:
        """A decision is about to be committed that came over a stream. What it binds to the connection is known from
        here on, so that the end cannot slip through between. False: the end has come already.
        """
        if not any(new.flow is not None and "#" in new.flow for _, new in decision.upserts):
            return True
        if connection in self._ended:
            return False
        if self.is_complete and subscriber_id not in self._aors.get(connection, ()):
            self._aors.setdefault(connection, set()).add(subscriber_id)
            self._pairs += 1
        return True

    def registered(self, subscriber_id: int, decision: RegisterDecision) -> None:
        """A REGISTER was committed: where its phone is now."""
        for known, new in decision.upserts:
            if known is None or known.flow != new.flow or known.received_from != new.received_from:
                self._came_from(subscriber_id, known, new)

    def is_live(self, connection: int) -> bool:
        """Whether bindings of this process live on that connection."""
        return connection in self._aors

    def ended(self, connection: int) -> set[int]:
        """The subscribers with bindings on a connection, which are forgotten with it."""
        _remember(self._ended, connection, None)
        subscribers = self._aors.pop(connection, set())
        self._pairs -= len(subscribers)
        return subscribers

    def lost(self, subscriber_id: int, binding: Binding) -> None:
        """A binding ended with its connection: when its phone comes back, its dialogs go on there."""
        if binding.flow is not None:
            _remember(self._lost, (subscriber_id, _device(binding)), binding.flow)

    def now_at(self, flow: Flow) -> Flow:
        """Where the phone is now that was at `flow` when its dialog began: there still, as far as is known."""
        if not self._moved:
            return flow
        name = str_connection(flow) if flow.reliable else str_datagrams(flow)
        found = name
        for _ in range(MAX_STEPS):
            step = self._moved.get(found)
            if step is None:
                break
            found = step
        return flow if found == name else parse_flow(found)

    def _came_from(self, subscriber_id: int, known: Binding | None, new: Binding) -> None:
        if new.flow is None:
            self._moved.pop(new.received_from, None)
            return
        self._moved.pop(new.flow, None)  # whoever registers from there has that flow, whosoever it was before
        before = self._lost.pop((subscriber_id, _device(new)), None) if known is None else _same_phones(known, new)
        if before is not None and before != new.flow:
            _remember(self._moved, before, new.flow)


def connection_closed(services: Services, flow: Flow) -> None:
    """Remove the bindings that lived on a connection which has ended. Doing it again does nothing."""
    name = str_connection(flow)
    for subscriber_id in services.flows.ended(flow.connection):
        remove_flow(services, subscriber_id, name)


def remove_flow(services: Services, subscriber_id: int, name: str) -> None:
    """Remove a subscriber's bindings on one flow; later, if the store is not to be reached now."""

    def failed(error: Exception) -> None:
        if isinstance(error, StoreUnavailable):
            _remember(services.flows.undone, (subscriber_id, name), None)
        else:
            services.telemetry.exception("flows", error)

    start(_remove(services, subscriber_id, name), failed)


async def _remove(services: Services, subscriber_id: int, name: str) -> None:
    bindings = services.store.bindings
    turn = bindings.turn(subscriber_id)
    if turn is not None:
        await turn
    try:
        for _ in range(MAX_TRIES):
            known = bindings.get(subscriber_id)
            current = await bindings.fetch(subscriber_id) if known is MISS else known
            gone = tuple(binding for binding in current if binding.flow == name)
            if not gone:
                return
            left = tuple(binding for binding in current if binding.flow != name)
            if await bindings.commit(subscriber_id, RegisterDecision(left, (), gone)) is CommitOutcome.COMMITTED:
                for binding in gone:
                    services.flows.lost(subscriber_id, binding)
                services.telemetry.flow_ended(gone)
                return
    finally:
        bindings.release(subscriber_id)


class Sweeper:
    """Removes what a process before this one could not: bindings over its connections, which ended with it.

    One walk through all bindings of this edge, in pages, some seconds after the start; and what PostgreSQL's absence
    left undone, whenever there is any.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._after: FlowKey | None = (0, "")
        self._next_page = services.now() + SWEEP_AFTER
        self._next_retry = services.now() + RETRY

    def tick(self, now: float) -> None:
        """Do what is due. now: seconds of the monotonic clock."""
        if now >= self._next_page:
            self._next_page = math.inf  # until this page is done
            start(self._sweep_page(), self._failed)
        if now >= self._next_retry:
            self._next_retry = now + RETRY
            self._retry()

    async def _sweep_page(self) -> None:
        services, flows = self._services, self._services.flows
        if self._after is None or not flows.is_complete:
            return
        page = await services.store.bindings.page(services.config.name, self._after)
        for known in page.flows:
            if "#" in known.flow and not flows.is_live(parse_flow(known.flow).connection):
                remove_flow(services, known.subscriber_id, known.flow)
        self._after = page.after
        if self._after is not None:
            self._next_page = services.now() + SWEEP_PACE

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, StoreUnavailable):
            self._services.telemetry.exception("sweep", error)
        self._next_page = self._services.now() + RETRY

    def _retry(self) -> None:
        undone = self._services.flows.undone
        if undone and self._services.store.is_available:
            for subscriber_id, name in list(undone)[:RETRIED_AT_ONCE]:
                del undone[subscriber_id, name]
                remove_flow(self._services, subscriber_id, name)


def _device(binding: Binding) -> str:
    return binding.instance_id or binding.contact


def _same_phones(known: Binding, new: Binding) -> str | None:
    """The flow that the phone had before, if it is the same phone: two behind two NATs may have one contact."""
    is_same = known.call_id == new.call_id or (new.instance_id != "" and known.instance_id == new.instance_id)
    return known.flow if is_same else None


def _remember(memory: dict[K, V], key: K, value: V) -> None:
    memory.pop(key, None)
    if len(memory) >= MAX_REMEMBERED:
        del memory[next(iter(memory))]
    memory[key] = value
