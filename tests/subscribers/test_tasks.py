"""The sweep of expired bindings."""

import logging
from datetime import timedelta

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone

from provider.celery import app
from subscribers import tasks
from subscribers.models import Binding
from tests.factories.subscribers import BindingFactory, SubscriberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def even(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock was not set for long."""
    monkeypatch.setattr(tasks, "even_for", lambda: tasks.LONGEST)


def _expired(seconds: float, **fields: object) -> Binding:
    return BindingFactory(expires_at=timezone.now() - timedelta(seconds=seconds), **fields)


def test_what_expired_before_the_grace_goes_and_the_rest_stays(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stay = {BindingFactory(), _expired(1), _expired(50)}
    _expired(61), _expired(86_400)
    assert tasks.sweep_expired_bindings() == 2
    assert set(Binding.objects.all()) == stay
    assert "removed 2 bindings that had expired" in caplog.text


def test_nothing_to_do_is_not_worth_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert tasks.sweep_expired_bindings() == 0
    assert caplog.text == ""


def test_many_go_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 2)
    subscriber = SubscriberFactory()
    for _ in range(5):
        _expired(100, subscriber=subscriber)
    assert tasks.sweep_expired_bindings() == 5
    assert not Binding.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_row_that_the_edge_holds_is_left_for_the_next_time() -> None:
    held, free = _expired(100), _expired(100)
    known = connection.settings_dict
    edge = psycopg2.connect(
        dbname=known["NAME"], user=known["USER"], password=known["PASSWORD"], host=known["HOST"], port=known["PORT"]
    )
    try:
        edge.cursor().execute("UPDATE edge_binding SET cseq = 2 WHERE id = %s", [held.pk])
        assert tasks.sweep_expired_bindings() == 1
        assert list(Binding.objects.all()) == [held]
        assert free.pk != held.pk
        edge.rollback()
        assert tasks.sweep_expired_bindings() == 1
    finally:
        edge.close()


def test_after_the_clock_was_set_nothing_goes_until_every_phone_has_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    _expired(86_400)
    monkeypatch.setattr(tasks, "even_for", lambda: tasks.LONGEST - timedelta(seconds=1))
    assert tasks.sweep_expired_bindings() == 0
    monkeypatch.undo()
    assert tasks.sweep_expired_bindings() == 0  # the first look at the real clocks: nothing is known yet
    assert Binding.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_a_clock_that_was_set_back_would_save_for_long_is_shortened(caplog: pytest.LogCaptureFixture) -> None:
    usual = [BindingFactory(expires_at=timezone.now() + timedelta(seconds=seconds)) for seconds in (60, 7_200)]
    saved = [_expired(-86_400) for _ in range(3)]
    assert tasks.sweep_expired_bindings() == 0
    for binding in usual:
        assert Binding.objects.get(pk=binding.pk).expires_at == binding.expires_at
    for binding in saved:
        binding.refresh_from_db()
        assert abs(binding.expires_at - timezone.now() - tasks.LONGEST) < timedelta(seconds=10)
    assert "shortened 3 bindings" in caplog.text


def test_beat_runs_it() -> None:
    app.loader.import_default_modules()
    assert set(tasks.SCHEDULE) <= set(app.tasks) & set(app.conf.beat_schedule)
