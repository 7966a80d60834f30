"""Assignments that begin or end by the clock are told to the edge."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from numbering import tasks
from numbering.models import PhoneNumber
from provider.celery import app
from tests.factories.numbering import NumberAssignmentFactory, PhoneNumberFactory

pytestmark = pytest.mark.django_db


def test_what_began_or_ended_lately_is_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now, day = timezone.now(), timedelta(days=1)
    NumberAssignmentFactory(valid_from=now - timedelta(seconds=90))
    NumberAssignmentFactory(valid_from=now - day, valid_until=now - timedelta(seconds=5))
    NumberAssignmentFactory(valid_from=now - day)
    NumberAssignmentFactory(valid_from=now + day)
    NumberAssignmentFactory(valid_from=now - 2 * day, valid_until=now - day)
    assert tasks.announce_due_assignments() == 2
    assert "told the edge of 2 number assignments" in caplog.text


def test_what_began_or_ended_by_the_clock_is_no_longer_dated() -> None:
    now = timezone.now()
    begun = NumberAssignmentFactory(valid_from=now + timedelta(days=1)).number
    ended = NumberAssignmentFactory(valid_until=now + timedelta(days=1)).number
    with connection.cursor() as cursor:  # as if the days had passed: no trigger sees the clock move
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE numbering_numberassignment SET valid_from = now() - interval '5 s', "
            "valid_until = CASE WHEN valid_until IS NULL THEN NULL ELSE now() - interval '2 s' END"
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert set(PhoneNumber.objects.values_list("holding", flat=True)) == {"dated"}
    assert tasks.announce_due_assignments() == 2
    begun.refresh_from_db()
    ended.refresh_from_db()
    assert (begun.holding, ended.holding) == ("held", "quarantined")
    assert ended.quarantined_until - ended.assignments.get().valid_until == timedelta(days=30)


def test_nothing_due_is_one_query_and_no_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert tasks.announce_due_assignments() == 0
    assert len(queries) == 1
    assert caplog.text == ""


def test_beat_runs_it() -> None:
    app.loader.import_default_modules()
    assert set(tasks.SCHEDULE) <= set(app.tasks) & set(app.conf.beat_schedule)


def test_a_number_is_free_when_its_quarantine_is_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    over = PhoneNumberFactory(quarantined=True, quarantined_until=timezone.now() - timedelta(seconds=1))
    PhoneNumberFactory(quarantined=True)
    assert tasks.end_due_quarantines() == 1
    assert list(PhoneNumber.objects.unassigned()) == [over]
    assert "1 numbers are free again" in caplog.text
    caplog.clear()
    assert tasks.end_due_quarantines() == 0
    assert caplog.text == ""
