"""Facts that were not in memory, fetched together.

After a power cut all phones come back within seconds, and none is in memory. Misses of one turn of the loop make one
query, and those that come while it runs make the next one: the storm costs batches, not a query for each phone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import asyncpg

from sipedge.store.cache import Cache
from sipedge.store.interfaces import StoreUnavailable
from sipedge.store.link import Link
from sipedge.store.waiting import Waiting, failed, resolved

if TYPE_CHECKING:
    from sipedge.store.link import Connection

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MAX_KEYS: Final = 250
"""Keys a query: their secrets take some 2 ms to decrypt, for which nothing else is done."""
MAX_PENDING: Final = 50_000
"""Misses that may wait: 200 queries, a storm's worth; more are refused at once."""
MAX_READS: Final = 3
"""How often a value is read again because it changed while it was read."""

EXPECTED: Final = (StoreUnavailable, asyncpg.PostgresError)

log = logging.getLogger("sipedge.store")


class Misses(Generic[K, V]):
    """Fetches values by key into a cache.

    query: gives the rows that exist; what it leaves out is `absent`: None, or what stands for it.
    """

    def __init__(
        self,
        cache: Cache[K, V],
        link: Link,
        query: Callable[[Connection, list[K]], Awaitable[dict[K, V]]],
        absent: V | None,
    ) -> None:
        self._cache = cache
        self._link = link
        self._query = query
        self._absent = absent
        self._waiting: dict[K, tuple[Waiting[V | None], int]] = {}
        self._queue: dict[K, None] = {}
        self._task: asyncio.Task[None] | None = None
        self.queries = 0

    def fetch(self, key: K) -> Waiting[V | None]:
        """The value for key, None (or what `absent` is) where there is none.

        While PostgreSQL cannot be reached, what was known before (see Cache.old), else it fails with StoreUnavailable.
        """
        known = self._waiting.get(key)
        if known is not None:
            return known[0]
        if not self._link.is_up:
            old = self._cache.old(key)
            return resolved(old) if old is not None else failed(StoreUnavailable("PostgreSQL cannot be reached"))
        if len(self._waiting) >= MAX_PENDING:
            return failed(StoreUnavailable("too many facts are being fetched"))
        waiting: Waiting[V | None] = Waiting()
        self._enqueue(key, waiting, 0)
        return waiting

    def stop(self) -> None:
        """Fail all who wait."""
        if self._task is not None:
            self._task.cancel()
        self._fail_all(StoreUnavailable("the store stops"))

    def _enqueue(self, key: K, waiting: Waiting[V | None], reads: int) -> None:
        self._waiting[key] = (waiting, reads)
        self._queue[key] = None
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._queue:
                keys = list(self._queue)[:MAX_KEYS]
                for key in keys:
                    del self._queue[key]
                await self._read(keys)
        except Exception as error:  # noqa: BLE001  whatever it was, those who wait must learn it, and the next be served
            log.log(logging.WARNING if isinstance(error, EXPECTED) else logging.ERROR, "x store: reading: %r", error)
            self._task = None
            self._fail_all(StoreUnavailable(f"reading failed: {error!r}"))
        else:
            self._task = None

    async def _read(self, keys: list[K]) -> None:
        self._cache.begin_fill(keys)
        self.queries += 1
        try:
            async with self._link.use() as connection:
                rows = await self._query(connection, keys)
        except BaseException:
            for key in keys:
                self._cache.abandon_fill(key)
            raise
        own_keys = {key: key for key in rows}  # these share their texts with the values
        for key in keys:
            self._settle(own_keys.get(key, key), rows.get(key, self._absent))

    def _settle(self, key: K, value: V | None) -> None:
        fresh = self._cache.end_fill(key, value)
        entry = self._waiting.pop(key, None)
        if entry is None:
            return
        waiting, reads = entry
        if fresh or reads + 1 >= MAX_READS:
            waiting.resolve(value)
        else:
            self._enqueue(key, waiting, reads + 1)

    def _fail_all(self, error: StoreUnavailable) -> None:
        waiting, self._waiting = self._waiting, {}
        self._queue.clear()
        for key, (one, _) in waiting.items():
            old = None if self._link.is_up else self._cache.old(key)
            one.resolve(old) if old is not None else one.fail(error)
