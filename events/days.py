"""Events are kept in a partition for each day, by the time in their own ids, and for so many days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings

from calls.partitioned import PartitionedTable


class Day(NamedTuple):
    """A day of UTC."""

    begin: datetime

    @property
    def suffix(self) -> str:
        """What the names of its tables end in."""
        return f"{self.begin:%Y_%m_%d}"

    def later(self, count: int) -> Day:
        """The day that comes so many later, or (negative) earlier."""
        return Day(self.begin + timedelta(days=count))


def day_of(moment: datetime) -> Day:
    """The day, in UTC, that a moment lies in."""
    return Day(moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0))


AHEAD = 7  # days: so long the platform may stand without anybody who makes partitions
EVENTS = PartitionedTable("events_event", day_of, AHEAD, born="at")


def kept_since(now: datetime) -> datetime:
    """From when on events are kept: settings.EVENT_RETENTION_DAYS whole days besides the one that runs."""
    return day_of(now).later(-settings.EVENT_RETENTION_DAYS).begin
