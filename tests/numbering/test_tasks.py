"""Assignments that begin or end by the clock are told to the edge."""

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from numbering import tasks
from provider.celery import app
from tests.factories.numbering import NumberAssignmentFactory

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
