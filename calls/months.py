"""Calls are kept in a partition for each month, by the time that stands in their own ids (UUID of version 7).

The edge makes the id when it makes `started_at` (sipedge/dialog/call.py), so a time is a bound of ids as well, and
whoever writes or asks for a call by its id alone comes to the right partition. Pure: no database.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

_RANDOM_BITS = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


FIRST_MOMENT = _EPOCH
LAST_MOMENT = datetime(9999, 1, 1, tzinfo=UTC)
"""What people may ask about lies between: every time zone's calendar has it, and has a week before and after it."""


class Month(NamedTuple):
    """A month of UTC."""

    year: int
    number: int

    @property
    def begin(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def suffix(self) -> str:
        """What the names of its tables end in."""
        return f"{self.year:04}_{self.number:02}"

    def later(self, count: int) -> Month:
        """The month that comes so many later, or (negative) earlier."""
        year, number = divmod(self.year * 12 + self.number - 1 + count, 12)
        return Month(year, number + 1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


def is_in_calendar(moment: datetime) -> bool:
    """Whether a time can be reckoned with, in whatever zone."""
    return FIRST_MOMENT <= moment < LAST_MOMENT


def month_of(moment: datetime) -> Month:
    """The month, in UTC, that a moment lies in."""
    moment = moment.astimezone(UTC)
    return Month(moment.year, moment.month)


def oldest_id(moment: datetime) -> UUID:
    """The least id that a call which began at that moment, or in the same millisecond, can have."""
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    return UUID(int=max(0, milliseconds) << _RANDOM_BITS)


def after_id(moment: datetime) -> UUID:
    """A bound that all ids of calls which began before that moment are below of: they hold whole milliseconds."""
    return UUID(int=oldest_id(moment).int + (1 << _RANDOM_BITS))


def moment_of(call_id: UUID) -> datetime:
    """When the call with this id began, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=call_id.int >> _RANDOM_BITS)
