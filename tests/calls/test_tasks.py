"""The sweep of calls that nobody ended."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from calls import tasks
from calls.models import Call
from calls.partitions import make_partitions, partitions
from provider.celery import app
from tests.calls.conftest import Heard
from tests.factories.calls import CallFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def even(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock was not set for long."""
    monkeypatch.setattr(tasks, "even_for", lambda: timedelta(days=3))


def _began(ago: timedelta, **fields: Any) -> Call:
    return CallFactory(started_at=timezone.now() - ago, **fields)


def _answered(ago: timedelta) -> Call:
    return _began(ago, state="answered", answered_at=timezone.now() - ago)


def test_abandoned_calls_end_and_others_stand(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    young, ringing = _began(timedelta(minutes=11)), _began(timedelta(minutes=13), state="ringing")
    long, endless = _answered(timedelta(hours=24, minutes=1)), _answered(timedelta(hours=25))
    assert tasks.sweep_abandoned_calls() == 2
    assert set(Call.objects.open()) == {young, long}
    for call, reason in ((ringing, "abandoned before an answer"), (endless, "no end within 24 hours")):
        call.refresh_from_db()
        assert (call.state, call.ended_by, call.reason) == ("ended", "sweeper", reason)
        assert abs(call.ended_at - timezone.now()) < timedelta(seconds=30)
    assert "ended 1 calls: abandoned before an answer" in caplog.text
    assert "ended 1 calls: no end within 24 hours" in caplog.text


def test_partitions_are_made_and_dropped(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.CALL_RETENTION_MONTHS = 1
    now = timezone.now()
    make_partitions(now, since=now - timedelta(days=100))
    old = {one.name for one in partitions()}
    monkeypatch.setattr(tasks, "even_for", lambda: timedelta(minutes=1))
    tasks.keep_partitions()
    assert {one.name for one in partitions()} == old

    monkeypatch.setattr(tasks, "even_for", lambda: timedelta(minutes=11))
    tasks.keep_partitions()
    left = {one.name for one in partitions()}
    assert 2 <= len(old - left) <= 3
    assert {one.name for one in partitions() if one.end is None or one.end > now} <= left


def test_who_holds_the_table_delays_its_partitions(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def held(_now: object) -> None:
        raise OperationalError("canceling statement due to lock timeout\n")

    monkeypatch.setattr(tasks, "make_partitions", held)
    tasks.keep_partitions()
    assert "partitions of calls have to wait: canceling statement due to lock timeout" in caplog.text


def test_after_the_clock_was_set_nobody_knows_how_old_a_call_is(monkeypatch: pytest.MonkeyPatch) -> None:
    _began(timedelta(days=365), state="ringing"), _answered(timedelta(days=365))
    monkeypatch.setattr(tasks, "even_for", lambda: timedelta(minutes=9))
    assert tasks.sweep_abandoned_calls() == 0
    monkeypatch.setattr(tasks, "even_for", lambda: timedelta(minutes=13))
    assert tasks.sweep_abandoned_calls() == 1
    assert Call.objects.open().get().answered_at is not None


def test_how_long_a_call_may_last_is_a_setting(settings: Any) -> None:
    settings.CALL_MAX_HOURS = 48
    _answered(timedelta(hours=25))
    assert tasks.sweep_abandoned_calls() == 0


def test_calls_that_ended_stay_as_they_are() -> None:
    call = _began(timedelta(days=3), ended=True)
    assert tasks.sweep_abandoned_calls() == 0
    ended_at = call.ended_at
    call.refresh_from_db()
    assert (call.ended_by, call.ended_at) == ("caller", ended_at)


def test_beat_runs_it() -> None:
    app.loader.import_default_modules()
    assert set(tasks.SCHEDULE) <= set(app.tasks) & set(app.conf.beat_schedule)


def test_a_call_ends_with_its_session_and_takes_its_forwardings_along() -> None:
    now = timezone.now()
    over = _answered(timedelta(hours=1))
    leg = CallFactory(parent=over, started_at=over.started_at, state="answered", answered_at=over.started_at)
    graced, long, free = (_answered(timedelta(hours=age)) for age in (1, 30, 23))
    Call.objects.filter(pk=over.pk).update(session_expires_at=now - timedelta(minutes=8))
    Call.objects.filter(pk=graced.pk).update(session_expires_at=now - timedelta(minutes=6))
    Call.objects.filter(pk=long.pk).update(session_expires_at=now + timedelta(minutes=4))

    assert tasks.sweep_abandoned_calls() == 2
    assert set(Call.objects.open()) == {graced, long, free}
    for call in (over, leg):
        call.refresh_from_db()
        assert (call.ended_by, call.reason) == ("sweeper", "session over")


@pytest.mark.django_db(transaction=True)
def test_the_edge_is_told_first(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "TOLD_AT_ONCE", 2)
    ringing, endless, over = (
        _began(timedelta(minutes=11)),
        _answered(timedelta(hours=24, minutes=1)),
        _began(timedelta(0)),
    )
    Call.objects.filter(pk=over.pk).update(
        state="answered", answered_at=over.started_at, session_expires_at=timezone.now() - timedelta(minutes=6)
    )
    others = [_began(timedelta(minutes=11)) for _ in range(2)]
    CallFactory(parent=ringing, started_at=ringing.started_at)
    _began(timedelta(minutes=9)), _answered(timedelta(hours=23)), _began(timedelta(hours=2), ended=True)
    assert tasks.sweep_abandoned_calls() == 0
    said = heard()
    assert [topic for topic, _ in said] == ["overdue"] * 4
    assert sorted(len(keys) for _, keys in said) == [1, 1, 1, 2]
    assert {key for _, keys in said for key in keys} == {str(one.pk) for one in (ringing, endless, over, *others)}
    monkeypatch.setattr(tasks, "even_for", lambda: timedelta(minutes=4))
    assert tasks.sweep_abandoned_calls() == 0
    assert heard() == []
