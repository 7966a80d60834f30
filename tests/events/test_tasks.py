"""What comes back by itself for events."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from events import tasks
from events.days import EVENTS
from events.feed import horizon
from events.models import Event
from events.tasks import keep_partitions, mend_presence, settle_restored, tell_security
from tests.events.reading import readable
from tests.factories.subscribers import BindingFactory


@pytest.mark.django_db
def test_partitions_are_made_and_old_ones_dropped(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(tasks, "even_for", lambda: timedelta(hours=1))
    old = timezone.now() - timedelta(days=settings.EVENT_RETENTION_DAYS + 3)
    EVENTS.make(old)
    keep_partitions()
    assert min(one.begin for one in EVENTS.partitions() if one.begin) > old


@pytest.mark.django_db
def test_nothing_is_dropped_by_a_clock_that_was_just_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "even_for", lambda: timedelta(0))
    old = timezone.now() - timedelta(days=400)
    EVENTS.make(old)
    keep_partitions()
    assert min(one.begin for one in EVENTS.partitions() if one.begin) <= old


@pytest.mark.django_db(transaction=True)
def test_events_of_a_restored_dump_are_read_again() -> None:
    Event.objects.create(type="old", xid=horizon() + 1_000_000_000)
    assert readable() == []
    assert settle_restored() == 1
    assert readable() == ["old"]
    assert settle_restored() == 0


@pytest.mark.django_db
def test_presence_and_security(redis_url: str) -> None:
    BindingFactory()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM events_presence")
    assert mend_presence() == 1
    assert tell_security() == 0


@pytest.mark.django_db
def test_without_redis_security_waits(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert tell_security() == 0
