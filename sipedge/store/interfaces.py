"""What handlers may ask of a store; postgres.py and memory.py both keep these promises.

Whole tables (domains, gateways, routes) are in memory and answer at once. Of subscribers, numbers and
bindings memory holds a bounded copy: `get` answers at once with the value, with None for what is known not to
exist, or with MISS; after a MISS, `fetch` gives a Waiting. Every Waiting ends within the store's deadline:
with its value, or with StoreUnavailable.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol, TypeAlias
from uuid import UUID

from sipedge.facts import (
    CallRecord,
    DestinationRuleFacts,
    DomainFacts,
    GatewayFacts,
    GatewayStateRecord,
    NumberFacts,
    OpenCall,
    RouteFacts,
    SubscriberFacts,
)
from sipedge.guards.user_agents import UserAgentBans
from sipedge.store.waiting import Waiting

if TYPE_CHECKING:
    from sipedge.registrar.binding import Binding
    from sipedge.registrar.register import RegisterDecision

SubscriberKey: TypeAlias = tuple[int, str]
"""(domain_id, username in lower case)."""

FlowKey: TypeAlias = tuple[int, str]
"""(subscriber_id, key of the binding): the order in which all bindings are walked through; (0, "") is before all."""


class Miss(Enum):
    """The type of MISS, so that `is MISS` narrows."""

    MISS = "miss"


MISS: Final = Miss.MISS
"""Not in memory: the fact may or may not exist."""


class StoreUnavailable(Exception):
    """PostgreSQL cannot be reached or does not answer in time: nothing was acknowledged.

    The sender is owed a 503.
    """

    status: Final = 503


class RowRefused(Exception):
    """PostgreSQL refused this one change for its data; trying again is of no use.

    The sender is owed a 500.
    """

    status: Final = 500


class CommitOutcome(Enum):
    """What became of a decision."""

    COMMITTED = "committed"
    CHANGED = "changed"
    """Somebody else changed the AoR meanwhile; nothing was written, memory holds the fresh bindings: decide
    again.
    """


class KnownFlow(NamedTuple):
    """A binding that is reached by a flow, as far as those need it who walk through all of them."""

    subscriber_id: int
    key: str
    contact: str
    flow: str
    expires_at: float


class FlowPage(NamedTuple):
    """Some of an edge's flows. after: where the next page begins; None: there is none."""

    flows: tuple[KnownFlow, ...]
    after: FlowKey | None


class DomainDirectory(Protocol):
    """All domains. Inactive ones are in it too: whether they are served is the handler's question."""

    @property
    def default(self) -> DomainFacts | None:
        """The domain whose aliases the bound addresses are."""
        ...

    def by_name(self, host: str) -> DomainFacts | None:
        """The domain with this name or alias; `host` in lower case, IPv6 without brackets."""
        ...

    def by_id(self, domain_id: int) -> DomainFacts | None:
        """The domain with this id."""
        ...


class GatewayDirectory(Protocol):
    """All gateways, the routes that lead to them, and the rules of which numbers may be called."""

    @property
    def all(self) -> tuple[GatewayFacts, ...]:
        """All gateways, active or not: the very same tuple until something may have changed."""
        ...

    @property
    def routes(self) -> tuple[RouteFacts, ...]:
        """All routes, lowest priority value first, then the longest prefix first."""
        ...

    def by_source(self, address: str) -> GatewayFacts | None:
        """The active gateway that sends from this IP address (the narrowest network wins), or None."""
        ...

    def by_tls_name(self, name: str) -> GatewayFacts | None:
        """The active gateway that a verified certificate with this DNS name or SIP URI is for, or None."""
        ...

    def by_id(self, gateway_id: int) -> GatewayFacts | None:
        """The gateway with this id, active or not."""
        ...

    def by_username(self, name: str) -> GatewayFacts | None:
        """The active gateway that proves who it is by digest under this name, or None."""
        ...

    def routes_for(self, kind: str, digits: str) -> Sequence[RouteFacts]:
        """The routes of a kind (RouteFacts.kind) whose prefix these digits begin with: the longest prefix first, of
        one prefix the lowest priority value first. Whose they are, when they are open, and whether their gateway is
        active is for whoever asks to see.
        """
        ...

    def rules_for(self, kind: str, digits: str) -> Sequence[DestinationRuleFacts]:
        """The rules of a kind, of all owners, whose prefix these digits (E.164 without its plus; a service number as
        dialled) begin with, the longest prefix first.
        """
        ...


class SubscriberDirectory(Protocol):
    """Subscribers by (domain_id, username)."""

    def get(self, key: SubscriberKey) -> SubscriberFacts | Literal[Miss.MISS] | None:
        """From memory: the subscriber; None: there is none; MISS: ask `fetch`."""
        ...

    def fetch(self, key: SubscriberKey) -> Waiting[SubscriberFacts | None]:
        """From the database; raises StoreUnavailable when awaited."""
        ...


class NumberDirectory(Protocol):
    """Which of our numbers a dialled one (E.164 with its plus) is.

    The number itself; else the longest own one that takes so many digits behind it; else, where it lies in a block of
    ours or behind one of its numbers, itself, and nobody has it.
    """

    def get(self, e164: str) -> NumberFacts | Literal[Miss.MISS] | None:
        """From memory: the number; None: not one of ours; MISS: ask `fetch`."""
        ...

    def fetch(self, e164: str) -> Waiting[NumberFacts | None]:
        """From the database; raises StoreUnavailable when awaited."""
        ...


class LocationStore(Protocol):
    """The bindings of each AoR, by subscriber id.

    A REGISTER does: `turn` (await it if it is not None), `get`/`fetch`, `apply_register`, `commit`, again
    from `get` on CHANGED, and in any case `release` at the end.
    """

    def get(self, subscriber_id: int) -> tuple[Binding, ...] | Literal[Miss.MISS]:
        """From memory: all bindings, expired ones perhaps among them; MISS: ask `fetch`."""
        ...

    def fetch(self, subscriber_id: int) -> Waiting[tuple[Binding, ...]]:
        """From the database; raises StoreUnavailable when awaited."""
        ...

    def turn(self, subscriber_id: int) -> Waiting[None] | None:
        """Take the AoR for one undecided change.

        None: it is yours; else it is yours once the Waiting is resolved.

        Awaiting raises StoreUnavailable (and the turn is not yours) when too many wait, or for too long.
        """
        ...

    def turn_if_free(self, subscriber_id: int) -> bool:
        """Take the AoR for one undecided change, unless somebody has it."""
        ...

    def release(self, subscriber_id: int) -> None:
        """Give the AoR to the next who waits. Whoever got a turn calls it exactly once."""
        ...

    def commit(self, subscriber_id: int, decision: RegisterDecision) -> Waiting[CommitOutcome]:
        """Write the decision, made on what `get` or `fetch` just gave, all of it or nothing.

        Awaiting raises RowRefused or StoreUnavailable. A decision without upserts and removals is COMMITTED
        at once.
        """
        ...

    def page(self, edge: str, after: FlowKey) -> Waiting[FlowPage]:
        """The flows that end at an edge among the bindings behind `after`, as many as are read at once.

        Awaiting raises StoreUnavailable.
        """
        ...


class CallObserver(Protocol):
    """Whoever has to know of each change of each call, at once."""

    def saved(self, call: CallRecord) -> None:
        """A call came to this state."""
        ...

    def ended(self, call_id: UUID) -> None:
        """A call ended of which nothing else is told."""
        ...

    def ended_by_others(self, call_ids: Iterable[UUID] | None) -> None:
        """Somebody else, not an edge, ended these calls; None: perhaps any of them."""
        ...


class CallDialog(NamedTuple):
    """What a call can be ended with at its sides. dialog: as in facts.CallRecord."""

    id: UUID
    sip_call_id: str
    dialog: str


class CallStore(Protocol):
    """Records of calls: written, never waited for. Kept, within bounds, while PostgreSQL is away."""

    def observe(self, observer: CallObserver) -> None:
        """Tell it, and nobody else, of everything that is saved and ended from now on."""
        ...

    def save(self, call: CallRecord) -> None:
        """Write this state.

        Of several states of a call the latest wins, and a call that ended stays ended.
        """
        ...

    def standing(self, call_id: UUID, edge: str) -> Waiting[CallDialog | None]:
        """A call, if `edge` began it and it has not ended. Awaiting raises StoreUnavailable."""
        ...

    def dialog(self, call_id: UUID) -> Waiting[CallDialog | None]:
        """A call whichever edge began it, and whether or not it has ended. Awaiting raises StoreUnavailable."""
        ...

    def refresh(self, call_id: UUID, session_expires_at: float | None, dialog: str = "") -> None:
        """A session lasts until then now (seconds since the epoch; None: without end); dialog: JSON of what has changed
        in what is needed to end the call (facts.CallRecord), '' for nothing. Of a call that has ended: nothing.
        """
        ...

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
        """End a call of which nothing but its id is known here, and its forwardings (parent_id) that stand; does
        nothing when there is no such call, or it ended.
        """
        ...


class GatewayStateStore(Protocol):
    """What this edge knows of gateways: written, never waited for."""

    def save(self, state: GatewayStateRecord) -> None:
        """Write this over what was known of the gateway here before."""
        ...


class OpenCallReader(Protocol):
    """Answered calls that have not ended, as their rows say: some 0.2 s behind what their edges know.

    Awaiting raises StoreUnavailable.
    """

    def of(self, edges: Collection[str]) -> AsyncIterator[list[OpenCall]]:
        """The calls of these edges in pages, the oldest first."""
        ...

    def of_others(self, edges: Collection[str]) -> AsyncIterator[list[OpenCall]]:
        """The calls of all edges but these in pages, the oldest first."""
        ...

    async def ended(self, call_ids: Sequence[UUID]) -> set[UUID]:
        """Those of these calls that have ended."""
        ...


class Store(Protocol):
    """All of it, as edge.py wires it."""

    @property
    def domains(self) -> DomainDirectory:
        """All domains."""
        ...

    @property
    def gateways(self) -> GatewayDirectory:
        """All gateways and routes."""
        ...

    @property
    def subscribers(self) -> SubscriberDirectory:
        """Subscribers."""
        ...

    @property
    def numbers(self) -> NumberDirectory:
        """Our own numbers."""
        ...

    @property
    def bindings(self) -> LocationStore:
        """Where AoRs are registered."""
        ...

    @property
    def calls(self) -> CallStore:
        """Records of calls."""
        ...

    @property
    def open_calls(self) -> OpenCallReader:
        """The records of calls that stand."""
        ...

    @property
    def gateway_states(self) -> GatewayStateStore:
        """What this edge knows of gateways."""
        ...

    @property
    def user_agents(self) -> UserAgentBans:
        """Which User-Agents are not served."""
        ...

    @property
    def is_available(self) -> bool:
        """Whether writes and reads have a connection now."""
        ...

    def listen(self, topic: str, told: Callable[[Sequence[str] | None], None]) -> None:
        """Call `told` with the keys whenever somebody says something about `topic`; None: too many to name.

        hangup, hangup_by_reseller: somebody wants these calls to end. overdue: they go on for too long.
        """
        ...

    async def start(self) -> None:
        """Connect and load the whole tables; raises StoreUnavailable when PostgreSQL cannot be reached."""
        ...

    async def stop(self) -> None:
        """Write what is still to be written (within the deadline), fail who still waits, and disconnect."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Figures for metrics: sizes of caches, rows waiting, commits, refused rows, reconnects."""
        ...
