"""Calls counted by the hour."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calls.models import Call, CallHour, RolledHour
from calls.rollup import OUT, count_hours, counted_until, country_of, roll_up
from tests.factories.accounts import ResellerFactory
from tests.factories.calls import CallFactory
from tests.factories.trunking import GatewayFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 11, 20, 8, tzinfo=UTC)
NOW = BEGIN + 10 * HOUR + timedelta(minutes=20)


def call(minutes: float, *, talked: float | None = None, rang: float | None = None, **fields: Any) -> Call:
    """A call that ended. talked: seconds; rang: after how many seconds."""
    began = BEGIN + timedelta(minutes=minutes)
    times: dict[str, Any] = {"started_at": began, "state": "ended", "ended_at": began + timedelta(seconds=30)}
    if rang is not None:
        times["ringing_at"] = began + timedelta(seconds=rang)
    if talked is not None:
        times["answered_at"] = began + timedelta(seconds=10)
        times["ended_at"] = began + timedelta(seconds=10 + talked)
        times["status_code"] = 200
    return CallFactory(**times | fields)


def sums(**where: Any) -> tuple[int, int, int, float]:
    rows = CallHour.objects.filter(**where)
    return (
        sum(row.attempts for row in rows),
        sum(row.answered for row in rows),
        sum(row.effective for row in rows),
        sum(row.seconds for row in rows),
    )


def test_an_hour_is_counted_by_what_its_calls_came_to() -> None:
    call(1, talked=60, rang=2)
    call(2, status_code=486)
    call(3, status_code=487, rang=3)
    call(4, status_code=487)
    call(5, status_code=503)
    call(70, talked=120, rang=25)
    assert roll_up(NOW) == 10
    assert sums(hour=BEGIN) == (5, 1, 3, 60.0)
    assert sums(hour=BEGIN + HOUR) == (1, 1, 1, 120.0)
    (first,) = CallHour.objects.filter(hour=BEGIN)
    assert (first.delays, first.delay_seconds, first.within_1, first.within_2, first.within_3) == (2, 5.0, 0, 1, 2)
    assert (CallHour.objects.get(hour=BEGIN + HOUR).within_21, RolledHour.objects.count()) == (0, 10)


def test_counting_again_changes_nothing_and_late_ends_are_counted() -> None:
    call(1, talked=60)
    late = call(2, state="answered", answered_at=BEGIN + timedelta(minutes=3), ended_at=None, status_code=200)
    roll_up(NOW)
    assert RolledHour.objects.get(hour=BEGIN).open == 1
    before = sums()
    assert roll_up(NOW) > 0
    assert sums() == before == (2, 2, 2, 60.0)

    Call.objects.filter(pk=late.pk).update(state="ended", ended_at=BEGIN + timedelta(hours=9, minutes=3))
    roll_up(NOW)
    assert sums() == (2, 2, 2, 60.0 + 9 * 3600)
    assert RolledHour.objects.get(hour=BEGIN).open == 0


def test_only_what_may_still_change_is_counted_again() -> None:
    call(1, talked=60)
    roll_up(NOW)
    Call.objects.all().delete()
    assert roll_up(NOW) == 3  # the last three hours
    assert sums() == (1, 1, 1, 60.0)
    assert roll_up(NOW + HOUR) == 3


def test_months_whose_calls_are_gone_keep_what_was_counted(settings: Any) -> None:
    settings.CALL_RETENTION_MONTHS = 1
    old = datetime(2026, 8, 1, tzinfo=UTC)
    CallHour.objects.create(hour=old, attempts=7)
    RolledHour.objects.create(hour=old, open=1)
    RolledHour.objects.create(hour=BEGIN)
    roll_up(BEGIN + HOUR)
    assert sums(hour=old)[0] == 7


def test_gateways_out_are_counted_by_attempts() -> None:
    one, two = GatewayFactory(), GatewayFactory()
    tried = [[one.pk, "One", 503, 0.2, "Busy"], [two.pk, "Two", 200, 4.0, "OK"]]
    call(1, talked=60, direction="outbound", gateway_out=two, attempts=tried, callee_number="+49301234567", rang=2)
    call(2, status_code=486, direction="outbound", gateway_out=one, callee_number="+49301234567")
    call(3, talked=30, direction="inbound", gateway_in=one, callee_number="+4311001")
    roll_up(NOW)
    assert sums(way=OUT, gateway=one) == (2, 0, 1, 0.0)
    assert sums(way=OUT, gateway=two) == (1, 1, 1, 60.0)
    assert sums(way="", gateway=one) == (1, 1, 1, 30.0)
    assert sums(way="", country="DE")[0] == 2
    assert sums(way="", country="AT")[0] == 1


def test_whose_calls_they_are_is_kept_apart() -> None:
    mine, others = ResellerFactory(), ResellerFactory()
    call(1, talked=1, caller_reseller=mine, callee_reseller=others)
    call(2, talked=1, caller_reseller=mine)
    rows, standing = count_hours(BEGIN, BEGIN + HOUR)
    assert {(row.caller_reseller_id, row.callee_reseller_id): row.attempts for row in rows} == {
        (mine.pk, others.pk): 1,
        (mine.pk, None): 1,
    }
    assert standing == {BEGIN: 0}


def test_what_is_counted_begins_with_the_first_call() -> None:
    assert counted_until(NOW) == BEGIN + 10 * HOUR
    call(61)
    assert counted_until(NOW) == BEGIN + HOUR
    roll_up(NOW)
    assert counted_until(NOW) == BEGIN + 10 * HOUR
    assert counted_until(NOW + HOUR) == BEGIN + 10 * HOUR


@pytest.mark.parametrize(
    ("number", "country"), [("+4930123", "DE"), ("+4311001", "AT"), ("", ""), ("112", ""), ("+12125550", "US")]
)
def test_a_number_leads_to_a_country(number: str, country: str) -> None:
    assert country_of(number) == country
