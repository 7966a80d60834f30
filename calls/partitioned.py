"""Tables kept in partitions by the time in their own ids (UUID of version 7): made ahead, dropped when they are old.

What fits no period (a clock that was far off, nobody who made partitions for long) goes to the partition `…_other`: a
row is never refused for its time. When its period is made, it moves there.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, Self, TypeVar
from uuid import UUID

from django.db import connection, transaction

from calls.months import moment_of, oldest_id

log = logging.getLogger(__name__)

PATIENCE = "2s"  # that those who write rows may be made to wait for us; the next run tries again

_PARTITIONS = """
    SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
    WHERE inhparent = %s::regclass ORDER BY c.relname"""
_BOUNDS = re.compile(r"FROM \((.+)\) TO \((.+)\)")


class Period(Protocol):
    """A stretch of time that has a partition: a month, a day."""

    @property
    def begin(self) -> datetime:
        """Its first moment."""

    @property
    def suffix(self) -> str:
        """What its partition's name ends in."""

    def later(self, count: int) -> Self:
        """The period that comes so many later, or (negative) earlier."""


P = TypeVar("P", bound=Period)


@dataclass(frozen=True, slots=True)
class Partition:
    """A table of rows. begin, end: of the times in their ids; None: without bound, both for `…_other`."""

    name: str
    begin: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class PartitionedTable(Generic[P]):
    """A table whose key `id` says when. ahead: periods for which the platform may stand without anybody who makes
    partitions. storage: parameters of the partitions. born: the column of the time that the id says too.
    """

    name: str
    period_of: Callable[[datetime], P]
    ahead: int
    born: str
    storage: str = ""

    @property
    def other(self) -> str:
        """The partition of what fits no period."""
        return f"{self.name}_other"

    def partitions(self) -> list[Partition]:
        """All that there are."""
        with connection.cursor() as cursor:
            cursor.execute(_PARTITIONS, [self.name])
            return [Partition(name, *_read(bounds)) for name, bounds in cursor.fetchall()]

    def make(self, now: datetime, *, since: datetime | None = None) -> list[P]:
        """Make those from now, or from `since`, up to `ahead` periods from now; return the new ones.

        Raises OperationalError where somebody held the table for longer than PATIENCE.
        """
        first, last = self.period_of(since or now), self.period_of(now).later(self.ahead)
        wanted = [first]
        while wanted[-1].begin < last.begin:
            wanted.append(wanted[-1].later(1))
        known = [one for one in self.partitions() if one.name != self.other]
        made = [period for period in wanted if not any(_covers(one, period) for one in known)]
        for period in made:
            self._make(period)
            log.info("made the partition %s", self._name(period))
        return made

    def drop_before(self, limit: datetime) -> list[str]:
        """Drop all rows of periods that ended until `limit`; return the names of the partitions that are gone.

        Raises OperationalError as `make` does.
        """
        gone = [one for one in self.partitions() if one.end is not None and one.end <= limit]
        for one in gone:
            with transaction.atomic(), connection.cursor() as cursor:
                _be_patient(cursor)
                cursor.execute(f'DROP TABLE "{one.name}"')
            log.info("dropped what was before %s: %s", one.end, one.name)
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {self.other} WHERE {self.born} < %s", [limit])  # noqa: S608 - constants
            if cursor.rowcount:
                log.info("dropped %d rows before %s out of %s", cursor.rowcount, limit, self.other)
        return [one.name for one in gone]

    def _make(self, period: P) -> None:
        """Attached rather than created as a partition: that lets rows be read meanwhile, and written to other periods.

        Nobody may write to the others between the move and the attachment: one row that is left there forbids it.
        """
        name, other = self._name(period), self.other
        begin, end = oldest_id(period.begin), oldest_id(period.later(1).begin)
        storage = f" WITH ({self.storage})" if self.storage else ""
        with transaction.atomic(), connection.cursor() as cursor:
            _be_patient(cursor)
            cursor.execute(f"CREATE TABLE {name} (LIKE {self.name} INCLUDING ALL){storage}")
            cursor.execute(f"LOCK TABLE {other} IN SHARE ROW EXCLUSIVE MODE")
            cursor.execute(
                f"WITH moved AS (DELETE FROM {other} WHERE id >= %s AND id < %s RETURNING *)"  # noqa: S608
                f" INSERT INTO {name} SELECT * FROM moved",
                [begin, end],
            )
            cursor.execute(
                f"ALTER TABLE {self.name} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", [begin, end]
            )

    def _name(self, period: P) -> str:
        return f"{self.name}_{period.suffix}"


def _be_patient(cursor: Any) -> None:
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])


def _covers(partition: Partition, period: Period) -> bool:
    begins = partition.begin is None or partition.begin <= period.begin
    return begins and partition.end is not None and partition.end >= period.later(1).begin


def _read(bounds: str) -> tuple[datetime | None, datetime | None]:
    match = _BOUNDS.search(bounds)
    return (_moment(match[1]), _moment(match[2])) if match else (None, None)


def _moment(bound: str) -> datetime | None:
    return None if bound in ("MINVALUE", "MAXVALUE") else moment_of(UUID(bound.strip("'")))
