"""A connection to Redis for work in the background: begun, begun again whenever Redis failed, and ended.

Nothing here is waited for by a message. One line of log says that Redis went, one that it is back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

DEADLINE: Final = 2.0
"""Seconds that Redis may take to answer."""
RETRY: Final = 0.5
AGAIN: Final = 0.05

FAILURES: Final = (RedisError, OSError, TimeoutError, ValueError)

Work: TypeAlias = Callable[[Redis], Awaitable[None]]

log = logging.getLogger("sipedge")


class Line:
    """One hub's line to Redis. url: '' for none. topic: what its log lines begin with. shared: what it is for.

    works: what goes on for ever, by name; a work says that it is well by `worked`, and raises what Redis raises.
    farewell: done once at the end, if Redis answers.
    """

    def __init__(
        self,
        url: str,
        topic: str,
        shared: str,
        works: Mapping[str, Work],
        farewell: Work,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._topic = topic
        self._shared = shared
        self._works = works
        self._farewell = farewell
        self._now = now
        self._tasks: list[asyncio.Task[None]] = []
        self._redis: Redis | None = None
        self._failing = set(works)
        self._was_up = True

    @property
    def is_up(self) -> bool:
        """Whether Redis answered last."""
        return not self._failing

    def start(self) -> None:
        """Begin, in the background. Never raises: without Redis the edge works too. Needs a running loop."""
        topic, shared = self._topic, self._shared
        if not self._url:
            log.info("= %s: no REDIS_URL, so %s are not shared with other edges or the panel", topic, shared)
            return
        try:
            self._redis = Redis.from_url(
                self._url, socket_timeout=DEADLINE, socket_connect_timeout=DEADLINE, retry=Retry(NoBackoff(), 0)
            )
        except ValueError as error:
            log.error("x %s: REDIS_URL cannot be used, %s are not shared: %s", topic, shared, error)
            return
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._always(name, work, self._redis)) for name, work in self._works.items()]

    async def stop(self) -> None:
        """Say farewell, if Redis answers, and end."""
        await self._end_tasks()
        if self._redis is not None:
            if self.is_up:
                await asyncio.gather(self._farewell(self._redis), return_exceptions=True)
            await self._redis.aclose()

    def worked(self, name: str) -> None:
        """A work is well; one line when all are (again)."""
        if name not in self._failing:
            return
        self._failing.discard(name)
        if self.is_up:
            log.info("= %s: %s are shared by Redis", self._topic, self._shared)
            self._was_up = True

    async def _end_tasks(self) -> None:
        """redis-py loses a cancellation that comes while it connects: it is told again until it hears."""
        pending, deadline = set(self._tasks), self._now() + DEADLINE
        while pending and self._now() < deadline:
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=AGAIN)

    async def _always(self, name: str, work: Work, redis: Redis) -> None:
        while True:
            try:
                await work(redis)
            except FAILURES as error:
                self._failed(name, error)
            except Exception:
                log.exception("x %s: sharing by Redis failed", self._topic)
            await asyncio.sleep(RETRY)

    def _failed(self, name: str, error: Exception) -> None:
        """One line when Redis goes, not one for each try."""
        self._failing.add(name)
        if self._was_up:
            log.warning("= %s: Redis does not answer, this edge counts alone until it does: %r", self._topic, error)
        self._was_up = False


def database_of(redis: Redis) -> int:
    """The number of the database: channels know none, so their names have it (see guards/bans.py)."""
    return int(redis.connection_pool.connection_kwargs.get("db") or 0)
