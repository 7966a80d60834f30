"""Security events of the edges, brought into the feed: they tell them in Redis, and the provider alone is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from redis import Redis

from accounts.security import DEADLINE
from events.models import Event, Mark
from events.types import SECURITY, TYPES
from sipedge.guards.events import MAX_TEXT, STREAM

MARK: Final = "security"
AT_ONCE: Final = 1_000
_MEMBERS: Final = ("source", "transport", "aor", "detail", "edge")


@transaction.atomic
def bring_security() -> int:
    """Write what was told since the last time, at most AT_ONCE; return how many.

    How far it came stands beside the events, so that each is told once. Raises redis' errors.
    """
    mark = Mark.objects.select_for_update().get_or_create(name=MARK)[0]
    with Redis.from_url(settings.REDIS_URL, socket_timeout=DEADLINE, socket_connect_timeout=DEADLINE) as redis:
        entries: Any = redis.xrange(STREAM, min=f"({mark.place}" if mark.place else "-", max="+", count=AT_ONCE)
        if not entries and mark.place and _is_new_stream(redis, mark.place):
            entries = redis.xrange(STREAM, count=AT_ONCE)
    if not entries:
        return 0
    told = list(_events(entries))
    Event.objects.bulk_create(told)
    mark.place = entries[-1][0].decode()
    mark.save()
    return len(told)


def _is_new_stream(redis: Redis, place: str) -> bool:
    """Whether the stream begins anew: Redis was emptied, and its clock says less than before."""
    newest: Any = redis.xrevrange(STREAM, count=1)
    return bool(newest) and _key(newest[0][0].decode()) < _key(place)


def _key(text: str) -> tuple[int, int]:
    milliseconds, _, number = text.partition("-")
    return int(milliseconds), int(number or 0)


def _events(entries: Any) -> Iterator[Event]:
    for _key_of_entry, values in entries:
        known = {name.decode(): value.decode("utf-8", "replace").replace("\0", "") for name, value in values.items()}
        name = f"{SECURITY}{known.get('kind', '')}"
        if name not in TYPES:
            continue  # of a newer edge
        more = known.get("more", "")
        data: dict[str, Any] = {member: known.get(member, "")[:MAX_TEXT] for member in _MEMBERS}
        data["more"] = int(more) if more.isascii() and more.isdigit() else 0
        yield Event(type=name, object_type="source", object_name=data["source"], data=data)
