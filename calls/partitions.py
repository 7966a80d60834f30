"""The partitions of the calls: made ahead, and dropped when their calls are older than they are to be kept.

What fits no month (a clock that was far off, nobody who made partitions for months) goes to the partition
`calls_call_other`: a call is never refused for its time. When its month is made, it moves there.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from calls.months import Month, moment_of, month_of, oldest_id

log = logging.getLogger(__name__)

TABLE = "calls_call"
OTHER = "calls_call_other"
AHEAD = 3  # months: so long the platform may stand without anybody who makes partitions
PATIENCE = "2s"  # that those who write calls may be made to wait for us; the next run tries again

_PARTITIONS = """
    SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
    WHERE inhparent = %s::regclass ORDER BY c.relname"""
_BOUNDS = re.compile(r"FROM \((.+)\) TO \((.+)\)")


@dataclass(frozen=True, slots=True)
class Partition:
    """A table of calls. begin, end: of the times in their ids; None: without bound, both for `calls_call_other`."""

    name: str
    begin: datetime | None
    end: datetime | None


def partitions() -> list[Partition]:
    """All that there are."""
    with connection.cursor() as cursor:
        cursor.execute(_PARTITIONS, [TABLE])
        return [Partition(name, *_read(bounds)) for name, bounds in cursor.fetchall()]


def make_partitions(now: datetime, *, since: datetime | None = None) -> list[Month]:
    """Make those from now, or from `since`, up to AHEAD months from now; return the new ones.

    Raises OperationalError where somebody held the table for longer than PATIENCE.
    """
    first, last = month_of(since or now), month_of(now).later(AHEAD)
    wanted = [first]
    while wanted[-1] < last:
        wanted.append(wanted[-1].later(1))
    known = [one for one in partitions() if one.name != OTHER]
    made = [month for month in wanted if not any(_covers(one, month) for one in known)]
    for month in made:
        _make(month)
        log.info("made the partition of calls of %s", month)
    return made


def drop_partitions(now: datetime, months: int) -> list[str]:
    """Drop all calls that began more than `months` whole months before this one; 0: none, ever.

    Returns the names of the partitions that are gone. Raises OperationalError as make_partitions does.
    """
    if not months:
        return []
    limit = month_of(now).later(-months).begin
    gone = [one for one in partitions() if one.end is not None and one.end <= limit]
    for one in gone:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            cursor.execute(f'DROP TABLE "{one.name}"')
        log.info("dropped the calls before %s: %s", one.end, one.name)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {OTHER} WHERE started_at < %s", [limit])  # noqa: S608 - a constant
        if cursor.rowcount:
            log.info("dropped %d calls before %s that were in no month's partition", cursor.rowcount, limit)
    return [one.name for one in gone]


def _make(month: Month) -> None:
    """Attached rather than created as a partition: that lets calls be read meanwhile, and written to other months.

    Nobody may write to OTHER between the move and the attachment: one call that is left there forbids the attachment.
    """
    name = f"{TABLE}_{month.year:04}_{month.number:02}"
    begin, end = oldest_id(month.begin), oldest_id(month.later(1).begin)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING ALL) WITH (fillfactor = 80)")
        cursor.execute(f"LOCK TABLE {OTHER} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(
            f"WITH moved AS (DELETE FROM {OTHER} WHERE id >= %s AND id < %s RETURNING *)"  # noqa: S608
            f" INSERT INTO {name} SELECT * FROM moved",
            [begin, end],
        )
        cursor.execute(f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", [begin, end])


def _covers(partition: Partition, month: Month) -> bool:
    begins = partition.begin is None or partition.begin <= month.begin
    return begins and partition.end is not None and partition.end >= month.later(1).begin


def _read(bounds: str) -> tuple[datetime | None, datetime | None]:
    match = _BOUNDS.search(bounds)
    return (_moment(match[1]), _moment(match[2])) if match else (None, None)


def _moment(bound: str) -> datetime | None:
    return None if bound in ("MINVALUE", "MAXVALUE") else moment_of(UUID(bound.strip("'")))
