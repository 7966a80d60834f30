"""Reading the feed: in an order in which nothing can come later to a place that was passed.

Events get their transaction's id when they are written, and become visible when it commits, in another order. So only
those are read whose transaction lies before the oldest one that still runs (`horizon`): of these all have ended, and
whatever comes is behind them. A transaction that takes long holds the feed back; nothing is ever missed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.utils import timezone

from calls.months import moment_of
from events.cursors import NIL, Place
from events.days import kept_since
from events.models import Event
from events.querysets import EventQuerySet

SCANNED: Final = 10_000
"""Events that one read looks through for those that its filters want."""

Filter = Callable[[EventQuerySet[Event]], EventQuerySet[Event]]


class Gone(Exception):
    """The place lies before what is kept, or belongs to a database that is no more: start anew."""


@dataclass(frozen=True, slots=True)
class Page:
    """events: in the feed's order. place: where to go on. is_last: nothing more was there to be read."""

    events: list[Event]
    place: Place
    is_last: bool


# A snapshot is of the whole server, but a transaction of another database writes no event here. What runs is looked up
# after the snapshot was taken: one that is not found there any more is taken for ours.
HORIZON: Final = """
    WITH running AS MATERIALIZED (SELECT pg_snapshot_xip(pg_current_snapshot()) AS xid),
    elsewhere AS (SELECT backend_xid FROM pg_stat_activity WHERE datname <> current_database())
    SELECT LEAST(min(xid::text::bigint), pg_snapshot_xmax(pg_current_snapshot())::text::bigint),
           pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    FROM running WHERE NOT EXISTS (SELECT FROM elsewhere WHERE backend_xid = xid::xid)
"""


def _bounds() -> tuple[int, int]:
    """The horizon, and the id that no transaction had yet.

    Where something is taken for running it is looked once more: it may be of another database, and have ended before
    that was looked up.
    """
    found = _look()
    return found if found[0] == found[1] else max(found, _look())


def _look() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(HORIZON)
        end, next_one = cursor.fetchone()
        return end, next_one


def horizon() -> int:
    """The id of the oldest transaction here that still runs, or of the next one: before it all have ended."""
    return _bounds()[0]


def end_of_feed() -> Place:
    """The place behind all that can be read now."""
    return Place(horizon(), NIL, timezone.now())


def begin_of_feed() -> Place:
    """The place before all that is kept."""
    return Place(0, NIL, timezone.now())


def read(rows: EventQuerySet[Event], place: Place, size: int, wanted: Filter | None = None) -> Page:
    """The next events of `rows` behind a place, at most `size`, of those that `wanted` leaves.

    A page may be short, or empty, although there is more: what a filter leaves out is looked through, SCANNED events at
    a time. Raises Gone.
    """
    now, (end, next_one) = timezone.now(), _bounds()
    if place.at < kept_since(now) or place.xid > next_one:
        raise Gone
    end = max(end, place.xid)
    ordered = rows.after(place.xid, place.id).settled(end).in_order()
    if wanted is None:
        found = list(ordered[:size])
        stop = None
    else:
        stop = ordered.values_list("xid", "id")[SCANNED - 1 : SCANNED].first()
        found = list(wanted(ordered if stop is None else ordered.up_to(*stop))[:size])
    if len(found) == size:
        return Page(found, Place(found[-1].xid, found[-1].id, found[-1].at), is_last=False)
    if stop is not None:
        return Page(found, Place(*stop, moment_of(stop[1])), is_last=False)
    return Page(found, Place(end, NIL, now), is_last=True)
