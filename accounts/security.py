"""What the edges tell of hostile sources, and what an administrator says to it: bans and events, in Redis.

The words are the edge's own (sipedge/guards/bans.py, events.py). An edge hears of a ban or of its end at once by
publish/subscribe; who missed it finds it at its next look, two seconds later at most.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from sipedge.guards.bans import (
    BANS_KEY,
    VERSION_KEY,
    Ban,
    banned_by,
    channel_of,
    lifted,
    read_ban,
    sorted_by_time,
    write_ban,
)
from sipedge.guards.events import STREAM, STREAM_LENGTH, Kind, SecurityEvent, fields
from sipedge.guards.guard import shared_name

DEADLINE = 2.0
PAGE = 50
READ_AT_ONCE = 1_000
PANEL = "panel"


class SecurityUnavailable(Exception):
    """Redis does not answer: nothing can be shown, and nothing was changed. The edges go on by themselves."""


@dataclass(frozen=True, slots=True)
class Event:
    """A security event as the page shows it. kind: a Kind's text, or that of a newer edge. more: see `Throttle`."""

    key: str
    at: datetime
    kind: str
    source: str
    transport: str
    aor: str
    detail: str
    edge: str
    more: int

    @property
    def source_query(self) -> str:
        """What a page of this source's events is asked for with."""
        return urlencode({"source": self.source})


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events, the newest first. older: the key to give as `before` for the next page, '' when there is none."""

    events: list[Event]
    older: str


def active_bans() -> list[Ban]:
    """The bans that hold now, the latest first. Raises SecurityUnavailable."""
    with _redis() as redis:
        texts = redis.hvals(BANS_KEY)
    return sorted_by_time((ban for text in texts for ban in _read(text)), time.time())


def active_ban(source: str) -> Ban | None:
    """The ban of a source, if it holds now. Raises SecurityUnavailable."""
    with _redis() as redis:
        text = redis.hget(BANS_KEY, source)
    found = next(_read(text), None) if text is not None else None
    return found if found is not None and found.is_active(time.time()) else None


def ban_source(source: str, seconds: float, why: str, by: str) -> Ban:
    """Ban a source (as `source_of` writes it) at all edges. by: who says so. Raises SecurityUnavailable."""
    ban = banned_by(by, source, why, seconds, time.time())
    with _redis() as redis:
        _say(redis, ban, Kind.BANNED, f"for {round(seconds / 60)} minutes by {by}: {why}")
    return ban


def lift_ban(ban: Ban, by: str) -> None:
    """End a ban at all edges; the source starts with a full budget. Raises SecurityUnavailable."""
    with _redis() as redis:
        redis.delete(shared_name(("source", ban.source, 0, "")))
        _say(redis, lifted(ban, by, max(time.time(), ban.changed + 0.001)), Kind.LIFTED, f"by {by}")


def events(kind: str = "", source: str = "", before: str = "") -> EventPage:
    """A page of events: of a kind, of sources that begin so, older than the key `before`; '' for all.

    Raises SecurityUnavailable.
    """
    found: list[Event] = []
    with _redis() as redis:
        for event in _newest_first(redis, before):
            if kind in ("", event.kind) and event.source.startswith(source):
                found.append(event)
                if len(found) > PAGE:
                    break
    return EventPage(found[:PAGE], found[PAGE - 1].key if len(found) > PAGE else "")


def _newest_first(redis: Redis, before: str) -> Iterator[Event]:
    last = f"({before}" if before else "+"
    for _ in range(2 * STREAM_LENGTH // READ_AT_ONCE):
        entries: Any = redis.xrevrange(STREAM, max=last, min="-", count=READ_AT_ONCE)
        for key, values in entries:
            yield _event(
                key.decode(), {name.decode(): value.decode("utf-8", "replace") for name, value in values.items()}
            )
        if len(entries) < READ_AT_ONCE:
            return
        last = f"({entries[-1][0].decode()}"


def _event(key: str, values: dict[str, str]) -> Event:
    milliseconds, _, _ = key.partition("-")
    more = values.get("more", "")
    return Event(
        key=key,
        at=datetime.fromtimestamp(int(milliseconds) / 1000, UTC),
        kind=values.get("kind", ""),
        source=values.get("source", ""),
        transport=values.get("transport", ""),
        aor=values.get("aor", ""),
        detail=values.get("detail", ""),
        edge=values.get("edge", ""),
        more=int(more) if more.isdecimal() else 0,
    )


def _say(redis: Redis, ban: Ban, kind: Kind, detail: str) -> None:
    text = write_ban(ban)
    event: dict[Any, Any] = dict(fields(SecurityEvent(kind, ban.source, detail=detail), PANEL))
    pipe = redis.pipeline()
    pipe.hset(BANS_KEY, ban.source, text)
    pipe.incr(VERSION_KEY)
    pipe.publish(channel_of(redis.connection_pool.connection_kwargs.get("db") or 0), text)
    pipe.xadd(STREAM, event, maxlen=STREAM_LENGTH, approximate=True)
    pipe.execute()


def _read(text: Any) -> Iterator[Ban]:
    try:
        yield read_ban(text)
    except ValueError:
        return


@contextmanager
def _redis() -> Iterator[Redis]:
    redis = Redis.from_url(settings.REDIS_URL, socket_timeout=DEADLINE, socket_connect_timeout=DEADLINE)
    try:
        yield redis
    except (RedisError, OSError) as error:
        raise SecurityUnavailable from error
    finally:
        redis.close()
