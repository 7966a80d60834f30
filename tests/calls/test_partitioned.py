"""What calls and events have in common: test_partitions.py and tests/events/test_days.py try it on both."""

from datetime import UTC, datetime

import pytest

from calls.months import month_of
from calls.partitioned import PartitionedTable
from calls.partitions import CALLS


@pytest.mark.django_db
def test_periods_are_made_once_and_dropped_in_their_turn() -> None:
    now = datetime(2031, 1, 15, tzinfo=UTC)
    made = CALLS.make(now)
    assert [month.suffix for month in made][-1] == "2031_04"
    assert CALLS.make(now) == []
    assert "calls_call_2031_02" in CALLS.drop_before(datetime(2031, 3, 1, tzinfo=UTC))


def test_what_fits_no_period_has_a_place() -> None:
    assert PartitionedTable("some_table", month_of, 1, born="at").other == "some_table_other"
