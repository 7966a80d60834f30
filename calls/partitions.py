"""The partitions of the calls, one for each month; what fits none goes to `calls_call_other` (partitioned.py)."""

from __future__ import annotations

from datetime import datetime

from calls.months import Month, month_of
from calls.partitioned import Partition, PartitionedTable

TABLE = "calls_call"
AHEAD = 3  # months: so long the platform may stand without anybody who makes partitions

CALLS = PartitionedTable(TABLE, month_of, AHEAD, born="started_at", storage="fillfactor = 80")
OTHER = CALLS.other


def partitions() -> list[Partition]:
    """All that there are."""
    return CALLS.partitions()


def make_partitions(now: datetime, *, since: datetime | None = None) -> list[Month]:
    """Make those from now, or from `since`, up to AHEAD months from now; return the new ones.

    Raises OperationalError where somebody held the table for too long.
    """
    return CALLS.make(now, since=since)


def drop_partitions(now: datetime, months: int) -> list[str]:
    """Drop all calls that began more than `months` whole months before this one; 0: none, ever.

    Returns the names of the partitions that are gone. Raises OperationalError as make_partitions does.
    """
    return CALLS.drop_before(month_of(now).later(-months).begin) if months else []
