"""What edges tell each other of their calls, by Redis: how many each party has, and which ended by another's BYE.

Each edge has a hash of its counts and a lease, and says every 100 ms, in one round trip, what changed: all counts are
absolute, and each push has the next number. Who hears a number that is not the next one, or finds at a look that a
lease told of one two seconds ago that he still has not heard, reads the hash anew; so does who comes later. A lease
that is not renewed ends: from then on that edge's calls are counted by their rows (shared/recount.py).

While Redis is away each edge goes on with its own counts and the rows of the others; when it is back (perhaps emptied),
all is told anew, as another life. Calls that come to several edges within the same 100 ms may each get the last place:
a limit is exceeded by so many at most.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Collection
from typing import Any, Final

from redis.asyncio import Redis

from sipedge.load.counts import CallCounts
from sipedge.load.parties import Party, write_party
from sipedge.load.rates import CallRates
from sipedge.load.words import (
    EDGES,
    Ended,
    Lease,
    Left,
    Told,
    channel_of,
    counts_key,
    lease_key,
    read_counts,
    read_lease,
    read_word,
    text_of,
    write_lease,
    write_word,
)
from sipedge.shared.line import Line, database_of

PACE: Final = 0.1
LOOK: Final = 2.0
"""Seconds between two pushes, and between two looks at the leases, when ours is renewed too."""
LEASE: Final = 6
"""Seconds that an edge is believed without a word: three looks."""
MOST: Final = 2_000
"""Parties, and ends, a push: some 40 kB each."""
SCANNED: Final = 1_000

NOT_HEARD: Final = Lease("", -1)

log = logging.getLogger("sipedge")


class LoadHub:
    """One edge's line to the others. url: of Redis, '' for none. name: this edge's, which no other has."""

    def __init__(
        self,
        url: str,
        name: str,
        counts: CallCounts,
        rates: CallRates,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._counts = counts
        self._rates = rates
        self._now = now
        self._line = Line(
            url, "calls", "counts of calls", {"push": self._push, "listen": self._listen}, self._leave, now=now
        )
        self._lease = NOT_HEARD  # ours; without a life all has to be told anew
        self._renew_at = 0.0
        self._heard: dict[str, Lease] = {}  # of the others: what we know
        self._seen: dict[str, Lease] = {}  # what there was to know at the last look

    @property
    def is_up(self) -> bool:
        """Whether Redis answered last."""
        return self._line.is_up

    @property
    def telling(self) -> Collection[str]:
        """The other edges that tell their calls now, and are heard."""
        return tuple(self._heard) if self.is_up else ()

    def start(self) -> None:
        """Begin, in the background. Never raises. Needs a running loop."""
        self._line.start()

    async def stop(self) -> None:
        """Say that this edge tells nothing any more, if Redis answers, and end."""
        await self._line.stop()

    # --- telling --------------------------------------------------------------------------------------------------

    async def _push(self, redis: Redis) -> None:
        while True:
            try:
                await (self._tell_changes(redis) if self._lease.life else self._tell_all(redis))
            except BaseException:
                self._lease = NOT_HEARD  # who knows what arrived of it
                raise
            self._line.worked("push")
            await asyncio.sleep(PACE)

    async def _tell_all(self, redis: Redis) -> None:
        counts = list(self._counts.take_all().items())
        key = counts_key(self._name)
        await redis.delete(key)
        for first in range(0, len(counts), MOST):
            pipe = redis.pipeline(transaction=False)
            some: dict[Any, Any] = {write_party(party): count for party, count in counts[first : first + MOST]}
            pipe.hset(key, mapping=some)
            pipe.expire(key, LEASE)
            await pipe.execute()
        lease = Lease(secrets.token_hex(6), 0)
        await self._say(redis, lease, {}, told=True)
        self._lease = lease

    async def _tell_changes(self, redis: Redis) -> None:
        changes, ended = self._counts.take_changes(MOST), self._counts.take_ended(MOST)
        if not (changes or ended or self._now() >= self._renew_at):
            return
        try:
            if ended:
                await redis.publish(channel_of(database_of(redis)), write_word(Ended(self._name, ended)))
        except BaseException:
            self._counts.put_back(ended)
            raise
        lease = self._lease._replace(version=self._lease.version + 1) if changes else self._lease
        before = await self._say(redis, lease, changes, told=bool(changes))
        if before == write_lease(self._lease).encode():
            self._lease = lease
        else:
            log.warning("= calls: the lease of edge %s is %s: all is told anew", self._name, before or "gone")
            self._lease = NOT_HEARD

    async def _say(self, redis: Redis, lease: Lease, changes: dict[Party, int], *, told: bool) -> bytes | None:
        """One round trip. Gives the lease as it was."""
        key = counts_key(self._name)
        pipe = redis.pipeline(transaction=False)
        pipe.get(lease_key(self._name))
        some: dict[Any, Any] = {write_party(party): count for party, count in changes.items() if count}
        none = [write_party(party) for party, count in changes.items() if not count]
        if some:
            pipe.hset(key, mapping=some)
        if none:
            pipe.hdel(key, *none)
        pipe.expire(key, LEASE)
        pipe.set(lease_key(self._name), write_lease(lease), ex=LEASE)
        pipe.sadd(EDGES, self._name)
        if told:
            pipe.publish(channel_of(database_of(redis)), write_word(Told(self._name, lease, changes)))
        answers = await pipe.execute()
        self._renew_at = self._now() + LOOK
        before: bytes | None = answers[0]
        return before

    async def _leave(self, redis: Redis) -> None:
        pipe = redis.pipeline(transaction=False)
        pipe.delete(lease_key(self._name), counts_key(self._name))
        pipe.srem(EDGES, self._name)
        pipe.publish(channel_of(database_of(redis)), write_word(Left(self._name)))
        await pipe.execute()

    # --- hearing --------------------------------------------------------------------------------------------------

    async def _listen(self, redis: Redis) -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(channel_of(database_of(redis)))
            self._heard = dict.fromkeys(self._heard, NOT_HEARD)  # what was said meanwhile is lost:
            self._counts.ended_by_others(None)  # counts are read anew, ends are found by their rows
            while True:
                await self._look(redis)
                self._line.worked("listen")
                until = self._now() + LOOK
                while (left := until - self._now()) > 0:
                    message = await channel.get_message(timeout=left)
                    if message is not None and not self._hear(message["data"]):
                        break

    async def _look(self, redis: Redis) -> None:
        """Read what was missed; find who came, and who is lost."""
        leases = await self._leases(redis)
        for edge, lease in leases.items():
            heard, seen = self._heard.get(edge, NOT_HEARD), self._seen.get(edge, NOT_HEARD)
            if heard.life != lease.life or (seen.life == heard.life and seen.version > heard.version):
                await self._read_all(redis, edge, lease)
        for edge in self._heard.keys() - leases.keys():
            log.warning("= calls: edge %s is lost", edge)
            del self._heard[edge]
        self._seen = leases
        self._rates.edges = 1 + len(leases)

    async def _leases(self, redis: Redis) -> dict[str, Lease]:
        names = sorted(text_of(name) for name in await redis.smembers(EDGES))
        texts = await redis.mget([lease_key(name) for name in names]) if names else []
        gone = [name for name, text in zip(names, texts, strict=True) if text is None]
        if gone:
            await redis.srem(EDGES, *gone)
        known = zip(names, texts, strict=True)
        return {name: read_lease(text) for name, text in known if text is not None and name != self._name}

    async def _read_all(self, redis: Redis, edge: str, lease: Lease) -> None:
        """What is said while we read is heard after it: all of it is in what was read, or comes after that."""
        counts: dict[Party, int] = {}
        async for field in redis.hscan_iter(counts_key(edge), count=SCANNED):
            counts.update(read_counts((field,)))
        if edge not in self._heard:
            log.info("= calls: edge %s tells its calls", edge)
        self._counts.told_all(edge, counts)
        self._heard[edge] = lease

    def _hear(self, text: str | bytes) -> bool:
        """Whether all is known that there is to know; else it is time for a look."""
        try:
            word = read_word(text)
        except ValueError as error:
            log.warning("= calls: Redis told something that cannot be read: %s", error)
            return True
        if word.edge == self._name:
            return True
        if isinstance(word, Ended):
            self._counts.ended_by_others(word.call_ids)
            return True
        if isinstance(word, Left):
            return False
        heard = self._heard.get(word.edge, NOT_HEARD)
        if word.lease == (heard.life, heard.version + 1):
            self._counts.told(word.edge, word.changes)
            self._heard[word.edge] = word.lease
            return True
        if word.lease.life == heard.life and word.lease.version <= heard.version:
            return True
        if word.edge in self._heard:
            self._heard[word.edge] = NOT_HEARD
        return False
