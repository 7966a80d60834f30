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
from collections.abc import Callable, Mapping
from typing import Any, Final

from redis.asyncio import Redis

from sipedge.guards.bans import BANS_KEY, VERSION_KEY, Ban, channel_of, read_ban, write_ban
from sipedge.guards.events import STREAM, STREAM_LENGTH, ban_event
from sipedge.guards.guard import Counted, Guard, shared_name
from sipedge.security_log import SecurityLog
from sipedge.shared.line import Line, database_of

PACE: Final = 0.1
LOOK: Final = 2.0
"""Seconds between two pushes, and between two looks whether something was missed."""
MOST_COUNTS: Final = 200
"""Counters a push: 2,000 a second, of which Redis holds a window's worth (300 s), some 60 MB at the very most."""
SCANNED: Final = 500

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
        self._guard = guard
        self._security_log = security_log
        self._now = now
        self._wall = wall
        works = {"push": self._push, "listen": self._listen}
        self._line = Line(url, "guards", "failed logins and bans", works, self._push_once, now=now)
        self._version: bytes | str | None = None

    @property
    def is_up(self) -> bool:
        """Whether Redis answered last."""
        return self._line.is_up

    def start(self) -> None:
        """Begin, in the background. Never raises: without Redis the edge works too. Needs a running loop."""
        self._line.start()

    async def stop(self) -> None:
        """Tell what is still to be told, if Redis answers, and end."""
        await self._line.stop()

    # --- telling --------------------------------------------------------------------------------------------------

    async def _push(self, redis: Redis) -> None:
        while True:
            await self._push_once(redis)
            self._line.worked("push")
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
            pipe.publish(channel_of(database_of(redis)), text)
        for event in events:
            entry: dict[Any, Any] = dict(event)
            pipe.xadd(STREAM, entry, maxlen=STREAM_LENGTH, approximate=True)
        answers: list[Any] = await pipe.execute()
        return [int(answer) for answer in answers[1 : 2 * len(counts) : 2]]

    # --- hearing --------------------------------------------------------------------------------------------------

    async def _listen(self, redis: Redis) -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(channel_of(database_of(redis)))
            self._version = None
            while True:
                await self._look(redis)
                self._line.worked("listen")
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
