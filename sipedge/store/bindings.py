"""The location store on PostgreSQL: a bounded copy in memory, turns, and the group commit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, cast

from sipedge.registrar.binding import Binding
from sipedge.store import rows
from sipedge.store.cache import Cache
from sipedge.store.commit import Change, GroupCommit
from sipedge.store.interfaces import MISS, CommitOutcome, Miss, StoreUnavailable
from sipedge.store.misses import Misses
from sipedge.store.pages import FlowPages
from sipedge.store.turns import Turns
from sipedge.store.waiting import Waiting, failed, resolved

if TYPE_CHECKING:
    from sipedge.registrar.register import RegisterDecision
    from sipedge.store.link import Connection, Link

Bindings = tuple[Binding, ...]
_COMMITTED = resolved(CommitOutcome.COMMITTED)


class PostgresBindings:
    """See interfaces.LocationStore. request_commit: says that there is something for `group`."""

    def __init__(
        self,
        cache: Cache[int, Bindings],
        misses: Misses[int, Bindings],
        read_link: Link,
        commit_link: Link,
        request_commit: Callable[[], None],
        deadline: float,
    ) -> None:
        self._cache = cache
        self._misses = misses
        self._commit_link = commit_link
        self._request_commit = request_commit
        turns = Turns(time.monotonic, deadline)
        self.group = GroupCommit(self._written, self._changed)
        self.turn = turns.take
        self.turn_if_free = turns.take_if_free
        self.release = turns.release
        self._pages = FlowPages(read_link)
        self.page = self._pages.page

    def get(self, subscriber_id: int) -> Bindings | Literal[Miss.MISS]:
        """From memory."""
        value = self._cache.get(subscriber_id)
        return MISS if value is None else value

    def fetch(self, subscriber_id: int) -> Waiting[Bindings]:
        """From PostgreSQL, together with what else is missing now."""
        return cast("Waiting[Bindings]", self._misses.fetch(subscriber_id))

    def commit(self, subscriber_id: int, decision: RegisterDecision) -> Waiting[CommitOutcome]:
        """Join the next group commit."""
        if not decision.upserts and not decision.removals:
            return _COMMITTED
        if not self._commit_link.is_up:
            return failed(StoreUnavailable("PostgreSQL cannot be reached"))
        change = Change(subscriber_id, decision, self._cache.get(subscriber_id))
        self.group.add(change)
        self._request_commit()
        return change.waiting

    def stop(self) -> None:
        """Fail all who wait for a commit or a page."""
        self._pages.stop()
        self.group.fail_all(StoreUnavailable("the store stops"))

    def _written(self, change: Change) -> None:
        self._cache.replace(change.subscriber_id, change.before, change.decision.bindings)

    def _changed(self, change: Change) -> None:
        """Somebody else wrote: who waits decides again, when memory holds what stands now."""
        self._cache.discard(change.subscriber_id)
        fresh = self._misses.fetch(change.subscriber_id)

        def decide_again() -> None:
            try:
                fresh.result()
            except StoreUnavailable as error:
                change.fail(error)
            else:
                change.waiting.resolve(CommitOutcome.CHANGED)

        fresh.add_wake_up(decide_again)


async def fetch_bindings(connection: Connection, subscriber_ids: list[int]) -> dict[int, Bindings]:
    """All bindings of these AoRs; one without bindings is not in the answer."""
    return rows.bindings_of(await connection.fetch(rows.SELECT, subscriber_ids))
