"""The partitions of the calls."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone

from calls.models import Call
from calls.months import Month, month_of
from calls.partitions import AHEAD, OTHER, TABLE, drop_partitions, make_partitions, partitions
from tests.factories.calls import CallFactory

pytestmark = pytest.mark.django_db


def _place(call: Call) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM calls_call WHERE id = %s", [call.pk])
        return str(cursor.fetchone()[0])


def _name(month: Month) -> str:
    return f"calls_call_{month.year:04}_{month.number:02}"


def test_the_migration_made_those_of_now_and_the_months_ahead() -> None:
    month = month_of(timezone.now())
    names = {one.name for one in partitions()}
    assert {_name(month.later(n)) for n in range(AHEAD + 1)} | {OTHER} <= names
    assert make_partitions(timezone.now()) == []


def test_a_call_lies_in_its_month() -> None:
    assert _place(CallFactory()) == _name(month_of(timezone.now()))


def test_a_call_that_no_month_fits_is_kept_and_moves_when_its_month_is_made() -> None:
    later = timezone.now() + timedelta(days=400)
    call = CallFactory(started_at=later)
    assert _place(call) == OTHER

    made = make_partitions(later)
    assert month_of(later) in made
    assert _place(call) == _name(month_of(later))
    assert Call.objects.get().pk == call.pk


def test_every_partition_has_all_indexes_and_constraints() -> None:
    make_partitions(timezone.now(), since=timezone.now() - timedelta(days=90))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_index WHERE indrelid = 'calls_call'::regclass")
        (wanted,) = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conrelid = 'calls_call'::regclass AND contype = 'c'")
        (checks,) = cursor.fetchone()
        for one in partitions():
            cursor.execute("SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass AND indisvalid", [one.name])
            assert cursor.fetchone() == (wanted,), one
            cursor.execute(
                "SELECT count(*) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'", [one.name]
            )
            assert cursor.fetchone() == (checks,), one
            cursor.execute("SELECT reloptions FROM pg_class WHERE oid = %s::regclass", [one.name])
            assert cursor.fetchone() == (["fillfactor=80"],), one


def test_what_is_older_than_calls_are_kept_goes() -> None:
    now = datetime(2026, 11, 15, tzinfo=UTC)
    make_partitions(now, since=datetime(2026, 7, 1, tzinfo=UTC))
    old = CallFactory(started_at=datetime(2026, 8, 31, 23, 59, tzinfo=UTC), ended=True)
    kept = CallFactory(started_at=datetime(2026, 9, 1, tzinfo=UTC), ended=True)
    stray = CallFactory(started_at=datetime(2001, 1, 1, tzinfo=UTC), ended=True)
    assert _place(stray) == OTHER

    assert drop_partitions(now, 0) == []
    assert set(Call.objects.values_list("pk", flat=True)) == {old.pk, kept.pk, stray.pk}
    assert drop_partitions(now, 2) == ["calls_call_2026_07", "calls_call_2026_08"]
    assert set(Call.objects.values_list("pk", flat=True)) == {kept.pk}


def test_a_span_of_time_reads_its_months_alone() -> None:
    now = timezone.now()
    make_partitions(now, since=now - timedelta(days=90))
    calls = [CallFactory(started_at=now - timedelta(days=days)) for days in (70, 1, 0)]
    rows = Call.objects.began(since=now - timedelta(days=1), before=now + timedelta(microseconds=1))
    assert set(rows) == set(calls[1:])
    assert set(Call.objects.began(before=now)) == set(calls[:2])
    plan = Call.objects.began(since=now, before=now + timedelta(seconds=1)).explain()
    assert _name(month_of(now)) in plan
    assert _name(month_of(now - timedelta(days=70))) not in plan
    assert OTHER not in plan


@pytest.mark.django_db(transaction=True)
def test_a_call_that_comes_while_its_month_is_made_does_not_forbid_it() -> None:
    then = datetime(2090, 1, 15, tzinfo=UTC)
    call = CallFactory(started_at=then)
    known = connection.settings_dict
    edge = psycopg2.connect(
        dbname=known["NAME"], user=known["USER"], password=known["PASSWORD"], host=known["HOST"], port=known["PORT"]
    )
    refused = []

    def another_comes(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if "ATTACH" in sql and not refused:
            with edge, edge.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '50ms'")
                with pytest.raises(psycopg2.errors.LockNotAvailable) as waits:
                    cursor.execute(
                        f"INSERT INTO {TABLE} (id, direction, state, sip_call_id, caller, callee, started_at)"  # noqa: S608
                        " VALUES (%s, 'internal', 'trying', 'x', 'a', 'b', %s)",
                        [str(call.pk)[:-1] + "0", then],
                    )
                refused.append(waits)
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(another_comes):
            make_partitions(then)
        assert refused
        assert _place(call) == "calls_call_2090_01"
    finally:
        edge.close()
        with connection.cursor() as cursor:
            for month in ("01", "02", "03", "04"):
                cursor.execute(f"DROP TABLE IF EXISTS calls_call_2090_{month}")
