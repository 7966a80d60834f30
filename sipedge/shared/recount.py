"""Calls that this edge did not see begin, counted by their rows: its own of before a restart, and those of lost edges.

An edge is lost when it does not tell its counts any more (shared/load.py): it was killed, or Redis does not reach it.
Its calls stand on, so the others count them from their rows, and read these again every few seconds: nobody tells them
of an end that the lost edge sees. While Redis itself is away all other edges are counted so. Where PostgreSQL is away
too, what was known of the others is forgotten after a while: a limit that is too wide for a time does less harm than
one that refuses calls because of others that ended long ago.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from typing import Final

from sipedge.load.book import CallBook
from sipedge.load.counts import CallCounts
from sipedge.store.interfaces import OpenCallReader, StoreUnavailable

LOOK: Final = 0.5
"""Seconds between two looks whether there is something to read."""
PACE: Final = 15.0
"""Seconds between two readings of lost edges' calls while nothing else asks for one."""
CHECK: Final = 600.0
"""Seconds between two checks of our own calls: whether one ended by a word that did not reach us."""
CHECKED: Final = 500
CHECK_PACE: Final = 0.1
"""Calls that are checked at once, and seconds until the next are."""
FORGET_AFTER: Final = 60.0
"""Seconds that the calls of others count while nobody can say how many these are."""

log = logging.getLogger("sipedge")


class Recount:
    """One edge's view of the rows of calls. name: this edge's. telling: which others tell their counts now."""

    def __init__(
        self,
        calls: OpenCallReader,
        counts: CallCounts,
        name: str,
        telling: Callable[[], Collection[str]],
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls = calls
        self._counts = counts
        self._name = name
        self._telling = telling
        self._now = now
        self._task: asyncio.Task[None] | None = None
        self._told: Collection[str] | None = None  # who told when the rows were read last
        self._read_at = now()
        self._checked_at = now()

    async def start(self) -> None:
        """Count this edge's calls of before, then go on in the background. Raises StoreUnavailable."""
        async for calls in self._calls.of([self._name]):
            self._counts.resume(calls)
        if len(self._counts):
            log.info("= calls: %d calls of this edge stand since before its start", len(self._counts))
        self._counts.is_in_doubt = False
        self._task = asyncio.get_running_loop().create_task(self._always())

    async def stop(self) -> None:
        """Read no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> None:
        """Read what has to be read now. Raises StoreUnavailable."""
        now, telling = self._now(), frozenset(self._telling())
        if telling != self._told or now - self._read_at >= PACE:
            await self._read(telling)
        if self._counts.is_in_doubt or now - self._checked_at >= CHECK:
            await self._check()

    async def _always(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            try:
                await self.look()
            except StoreUnavailable as error:
                log.debug("= calls: their rows cannot be read: %s", error)
                self._forget()
            except Exception:
                log.exception("x calls: counting them by their rows failed")

    async def _read(self, telling: frozenset[str]) -> None:
        """Count the calls of all edges that do not tell. Who begins to tell meanwhile is believed."""
        books: dict[str, CallBook] = {}
        async for calls in self._calls.of_others([self._name, *telling]):
            for call in calls:
                books.setdefault(call.edge, CallBook()).put(call.id, call.parties, call.parent_id)
        news = self._counts.adopt(books, telling | frozenset(self._telling()))
        for edge in news:
            log.warning(
                "= calls: edge %s does not tell; %d calls of it are counted by their rows", edge, len(books[edge])
            )
        self._told, self._read_at = telling, self._now()

    async def _check(self) -> None:
        """End those of our calls whose rows say that they have ended."""
        self._counts.is_in_doubt = False
        ids = self._counts.own_ids()
        try:
            for first in range(0, len(ids), CHECKED):
                self._counts.ended_by_others(await self._calls.ended(ids[first : first + CHECKED]))
                await asyncio.sleep(CHECK_PACE)
        except StoreUnavailable:
            self._counts.is_in_doubt = True
            raise
        self._checked_at = self._now()

    def _forget(self) -> None:
        if self._now() - self._read_at >= FORGET_AFTER:
            self._counts.adopt({}, frozenset(self._telling()))
