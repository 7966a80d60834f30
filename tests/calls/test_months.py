"""Months, and the ids that belong to them."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from calls.months import FIRST_MOMENT, LAST_MOMENT, Month, after_id, is_in_calendar, moment_of, month_of, oldest_id
from sipedge.dialog.call import call_key


def test_months_are_counted_over_years() -> None:
    assert Month(2026, 11).later(2) == Month(2027, 1)
    assert Month(2026, 1).later(-1) == Month(2025, 12)
    assert Month(2026, 12).later(0) == Month(2026, 12)
    assert str(Month(2026, 3)) == "2026-03"


def test_a_month_is_one_of_utc() -> None:
    vienna = timezone(timedelta(hours=1))
    assert month_of(datetime(2026, 12, 1, 0, 30, tzinfo=vienna)) == Month(2026, 11)
    assert Month(2026, 12).begin == datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize("entropy", [b"\0" * 10, b"\xff" * 10])
@pytest.mark.parametrize("seconds", [0.0, 0.9994, 1_800_000_000.123456])
def test_the_edge_makes_ids_within_the_bounds_of_their_time(entropy: bytes, seconds: float) -> None:
    began = datetime.fromtimestamp(seconds, UTC)
    call_id = call_key(seconds, entropy)
    assert oldest_id(began) <= call_id < oldest_id(began + timedelta(milliseconds=1))
    assert began - timedelta(milliseconds=1) < moment_of(call_id) <= began


def test_no_time_is_before_the_first_id() -> None:
    assert oldest_id(datetime(1960, 1, 1, tzinfo=UTC)) == UUID(int=0)


def test_what_began_before_a_moment_is_below_its_bound() -> None:
    began = datetime(2026, 11, 1, 0, 0, 0, 999, tzinfo=UTC)
    call_id = call_key(began.timestamp(), b"\xff" * 10)
    assert call_id < after_id(began + timedelta(microseconds=1))
    assert after_id(datetime.max.replace(tzinfo=UTC)) > call_id


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati"])
def test_what_lies_in_the_calendar_can_be_reckoned_with_in_every_zone(zone: str) -> None:
    for moment in (FIRST_MOMENT, LAST_MOMENT - timedelta(microseconds=1)):
        assert is_in_calendar(moment)
        for week in (timedelta(days=-7), timedelta(days=7)):
            assert (moment + week).astimezone(ZoneInfo(zone)) == moment + week
    assert not is_in_calendar(FIRST_MOMENT - timedelta(microseconds=1))
    assert not is_in_calendar(LAST_MOMENT)
