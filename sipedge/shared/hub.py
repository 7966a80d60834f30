"""What this edge's guard tells other edges and the panel by Redis, and what it hears of them.

Every 100 ms what was counted, banned and told is pushed in one round trip; its answers are the counts of all edges
together. Bans come by publish/subscribe, and a look every few seconds finds what was missed. All of it in the
background: while Redis is away the guard goes on alone, what it could not tell waits within bounds, and when Redis is
back (perhaps emptied) the bans that are known here are told again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from sipedge.guards.bans import BANS_KEY, VERSION_KEY, Ban, channel_of, read_ban, write_ban
from sipedge.guards.events import STREAM, STREAM_LENGTH, ban_event
from sipedge.guards.guard import Counted, Guard, shared_name
from sipedge.security_log import SecurityLog

PACE: Final = 0.1
LOOK: Final = 2.0
"""Seconds between two pushes, and between two looks whether something was missed."""
DEADLINE: Final = 2.0
"""Seconds that Redis may take to answer."""
RETRY: Final = 0.5
MOST_COUNTS: Final = 200
"""Counters a push: 2,000 a second, of which Redis holds a window's worth (300 s), some 60 MB at the very most."""
AGAIN: Final = 0.05
SCANNED: Final = 500

FAILURES: Final = (RedisError, OSError, TimeoutError, ValueError)

log = logging.getLogger("sipedge")


class Hub:
    """One edge's line to Redis. url: '' for none.

    now, wall: the guard's clocks.
    """

    def __init__(
        self,
        url: str,
        guard: Guard,
        security_log: SecurityLog,
        *,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self._guard = guard
        self._security_log = security_log
        self._now = now
        self._wall = wall
        self._tasks: list[asyncio.Task[None]] = []
        self._redis: Redis | None = None
        self._failing = {"_listen"}
        self._was_up = True
        self._version: bytes | str | None = None

    @property
    def is_up(self) -> bool:
        """Whether Redis answered last."""
        return not self._failing

    def start(self) -> None:
        """Begin, in the background. Never raises: without Redis the edge works too. Needs a running loop."""
        if not self._url:
            log.info("= guards: no REDIS_URL, so failed logins and bans are not shared with other edges or the panel")
            return
        try:
            self._redis = Redis.from_url(
                self._url, socket_timeout=DEADLINE, socket_connect_timeout=DEADLINE, retry=Retry(NoBackoff(), 0)
            )
        except ValueError as error:
            log.error("x guards: REDIS_URL cannot be used, failed logins and bans are not shared: %s", error)
            return
        loop = asyncio.get_running_loop()
        works = {"_push": self._push, "_listen": self._listen}
        self._tasks = [loop.create_task(self._always(name, work, self._redis)) for name, work in works.items()]

    async def stop(self) -> None:
        """Tell what is still to be told, if Redis answers, and end."""
        await self._end_tasks()
        if self._redis is not None:
            if self.is_up:
                await asyncio.gather(self._push_once(self._redis), return_exceptions=True)
            await self._redis.aclose()

    async def _end_tasks(self) -> None:
        """redis-py loses a cancellation that comes while it connects: it is told again until it hears."""
        pending, deadline = set(self._tasks), self._now() + DEADLINE
        while pending and self._now() < deadline:
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=AGAIN)

    async def _always(self, name: str, work: Callable[[Redis], Awaitable[None]], redis: Redis) -> None:
        while True:
            try:
                await work(redis)
            except FAILURES as error:
                self._failed(name, error)
            except Exception:
                log.exception("x guards: sharing by Redis failed")
            await asyncio.sleep(RETRY)

    def _failed(self, name: str, error: Exception) -> None:
        """One line when Redis goes, not one for each try."""
        self._failing.add(name)
        if self._was_up:
            log.warning("= guards: Redis does not answer, this edge counts alone until it does: %r", error)
        self._was_up = False

    def _worked(self, name: str) -> None:
        """One line when both ways work (again)."""
        was_up = self.is_up
        self._failing.discard(name)
        if self.is_up and not was_up:
            log.info("= guards: failed logins and bans are shared by Redis")
            self._was_up = True

    # --- telling --------------------------------------------------------------------------------------------------

    async def _push(self, redis: Redis) -> None:
        while True:
            await self._push_once(redis)
            await asyncio.sleep(PACE)

    async def _push_once(self, redis: Redis) -> None:
        counts, bans = self._guard.take_counts(MOST_COUNTS), self._guard.take_bans()
        events = self._security_log.take()
        if not (counts or bans or events):
            return
        try:
            totals = await self._write(redis, counts, bans, events)
        except BaseException:
            self._guard.put_back(counts, bans)
            self._security_log.put_back(events)
            raise
        self._worked("_push")
        now, wall = self._now(), self._wall()
        for (key, _), total in zip(counts, totals, strict=True):
            ban = self._guard.learn(key, total, now, wall)
            if ban is not None:
                self._security_log.tell(ban_event(ban, key[1]))

    async def _write(
        self, redis: Redis, counts: list[tuple[Counted, int]], bans: list[Ban], events: list[Mapping[str, str]]
    ) -> list[int]:
        """One round trip. Gives the totals of all edges, in the order of `counts`."""
        pipe = redis.pipeline(transaction=False)
        for key, number in counts:
            name = shared_name(key)
            pipe.set(name, 0, ex=int(self._guard.limits.window), nx=True)
            pipe.incrby(name, number)
        for ban in bans:
            text = write_ban(ban)
            pipe.hset(BANS_KEY, ban.source, text)
            pipe.incr(VERSION_KEY)
            pipe.publish(_channel(redis), text)
        for event in events:
            entry: dict[Any, Any] = dict(event)
            pipe.xadd(STREAM, entry, maxlen=STREAM_LENGTH, approximate=True)
        answers: list[Any] = await pipe.execute()
        return [int(answer) for answer in answers[1 : 2 * len(counts) : 2]]

    # --- hearing --------------------------------------------------------------------------------------------------

    async def _listen(self, redis: Redis) -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(_channel(redis))
            self._version = None
            while True:
                await self._look(redis)
                self._worked("_listen")
                until = self._now() + LOOK
                while (left := until - self._now()) > 0:
                    message = await channel.get_message(timeout=left)
                    if message is not None:
                        self._hear(message["data"])

    async def _look(self, redis: Redis) -> None:
        """Read all bans, if one changed since the last time; tell those that Redis does not know."""
        version = await redis.get(VERSION_KEY)
        if version is not None and version == self._version:
            return
        unknown = {ban.source: ban for ban in self._guard.bans}
        old: list[bytes] = []
        async for source, text in redis.hscan_iter(BANS_KEY, count=SCANNED):
            ban = self._hear(text)
            if ban is None or not ban.is_memory(self._wall()):
                old.append(source)
            elif ban.source in unknown and ban.changed >= unknown[ban.source].changed:
                del unknown[ban.source]
        if old:
            await redis.hdel(BANS_KEY, *old)
        self._guard.put_back((), unknown.values())
        self._version = version

    def _hear(self, text: str | bytes) -> Ban | None:
        try:
            ban = read_ban(text)
        except ValueError as error:
            log.warning("= guards: Redis holds a ban that cannot be read: %s", error)
            return None
        self._guard.adopt(ban, self._now(), self._wall())
        return ban


def _channel(redis: Redis) -> str:
    return channel_of(redis.connection_pool.connection_kwargs.get("db") or 0)
