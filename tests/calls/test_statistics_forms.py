"""What may be asked of the statistics."""

from datetime import UTC, datetime, timedelta

import pytest

from calls.statistics import GroupBy, Wanted
from calls.statistics_forms import StatisticsForm

NOW = datetime(2026, 11, 23, 12, 34, tzinfo=UTC)


def test_what_is_left_out_is_the_last_week_by_day() -> None:
    form = StatisticsForm({}, now=NOW)
    assert form.is_valid()
    end = datetime(2026, 11, 23, 13, tzinfo=UTC)
    assert form.wanted() == Wanted(end - timedelta(days=7), end, GroupBy.DAY)


def test_times_are_whole_hours() -> None:
    form = StatisticsForm({"begin": "2026-11-01 08:59", "end": "2026-11-01 10:01", "gateway": "7"}, now=NOW)
    assert form.is_valid()
    assert form.wanted() == Wanted(
        datetime(2026, 11, 1, 8, tzinfo=UTC), datetime(2026, 11, 1, 10, tzinfo=UTC), GroupBy.DAY, 7
    )


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"begin": "2026-11-02", "end": "2026-11-01"}, "end"),
        ({"begin": "2026-01-01", "end": "2026-11-01", "group_by": "hour"}, "begin"),
        ({"begin": "2020-01-01", "end": "2026-11-01"}, "begin"),
        ({"begin": "soon"}, "begin"),
        ({"end": "0001-01-03"}, "end"),
        ({"end": "9999-12-31T23:59:59-12:00"}, "end"),
        ({"begin": "0001-01-01T00:00:00+14:00"}, "begin"),
        ({"group_by": "colour"}, "group_by"),
        ({"reseller": "0"}, "reseller"),
    ],
)
def test_what_makes_no_sense_is_named(query: dict[str, str], wrong: str) -> None:
    form = StatisticsForm(query, now=NOW)
    assert not form.is_valid()
    assert set(form.errors) == {wrong}
