"""Events are kept in partitions by day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from events.days import AHEAD, EVENTS, day_of, kept_since
from events.models import Event

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


def test_days_of_utc() -> None:
    day = day_of(NOW)
    assert (day.suffix, day.later(8).suffix, day.later(-23).suffix) == ("2026_11_23", "2026_12_01", "2026_10_31")


def test_how_long_they_are_kept(settings: Any) -> None:
    settings.EVENT_RETENTION_DAYS = 30
    assert kept_since(NOW) == datetime(2026, 10, 24, tzinfo=UTC)


@pytest.mark.django_db
def test_the_migration_made_those_of_the_next_days_and_old_ones_go() -> None:
    today = day_of(timezone.now())
    names = {one.name for one in EVENTS.partitions()}
    assert {f"events_event_{today.later(n).suffix}" for n in range(AHEAD + 1)} | {EVENTS.other} <= names
    assert EVENTS.make(timezone.now()) == []

    Event.objects.create(type="x")
    EVENTS.make(timezone.now() + timedelta(days=3))
    assert f"events_event_{today.suffix}" in EVENTS.drop_before(today.later(1).begin)
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_an_event_lies_in_its_day_and_its_id_says_when() -> None:
    event = Event.objects.create(type="x")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM events_event WHERE id = %s", [event.pk])
        assert cursor.fetchone() == (f"events_event_{day_of(event.at).suffix}",)
    assert event.pk.version == 7
