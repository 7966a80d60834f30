"""Working through a job part by part: what is committed together, who may go on, what stops it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.utils import timezone

from imports import actions, running, subscriber_rows
from imports.models import ImportJob
from imports.rows import Batch
from subscribers.models import Subscriber
from tests.factories.two_resellers import TwoResellers
from tests.imports.working import begin, outcomes, problems, run

pytestmark = pytest.mark.django_db

LINES = [f"u{number},a.example.org,Customer,," for number in range(6)]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imports.actions.PART", 2)


def _made() -> int:
    return Subscriber.objects.filter(username__startswith="u").count()


def test_progress_is_seen_part_by_part(two_resellers: TwoResellers) -> None:
    job, worker = begin(two_resellers.a.reseller_user, *LINES), uuid4()
    key = running.take(worker)
    seen = []
    while running.go_on(key, worker):
        job.refresh_from_db()
        seen.append((job.state, job.rows_done, job.progress, _made(), job.rows.count()))
    assert seen == [("running", 2, 33, 2, 2), ("running", 4, 66, 4, 4), ("running", 6, 100, 6, 6)]
    job.refresh_from_db()
    assert (job.state, job.worker, job.leased_until, job.passwords_made) == ("done", None, None, 6)
    assert job.started_at <= job.finished_at


def test_nobody_goes_on_while_another_has_the_lease(two_resellers: TwoResellers) -> None:
    job, first, second = begin(two_resellers.a.reseller_user, *LINES), uuid4(), uuid4()
    key = running.take(first)
    assert running.go_on(key, first)
    assert running.take(second) is None
    ImportJob.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert running.take(second) == key
    assert not running.go_on(key, first), "whose lease ran out notices it"
    while running.go_on(key, second):
        pass
    assert (_made(), outcomes(job)) == (6, ["created"] * 6)


def test_of_an_owners_jobs_one_waits(two_resellers: TwoResellers) -> None:
    mine = [begin(two_resellers.a.reseller_user, *LINES[:2]), begin(two_resellers.a.reseller_user, *LINES[2:])]
    other = begin(two_resellers.b.reseller_user, "u0,b.example.org,Customer,,")
    assert [running.take(uuid4()) for _ in range(3)] == [mine[0].pk, other.pk, None]


def test_a_cancelled_job_stops_behind_its_part(two_resellers: TwoResellers) -> None:
    job, worker = begin(two_resellers.a.reseller_user, *LINES), uuid4()
    key = running.take(worker)
    assert running.go_on(key, worker)
    actions.cancel(job)
    assert not running.go_on(key, worker)
    job.refresh_from_db()
    assert (job.state, job.rows_done, _made()) == ("cancelled", 2, 2)
    assert job.has_passwords, "of what was made before"


@pytest.mark.parametrize("field", ["user", "reseller"])
def test_who_was_suspended_imports_no_more(two_resellers: TwoResellers, field: str) -> None:
    a = two_resellers.a
    job = begin(a.reseller_user, *LINES)
    suspended: Any = a.reseller_user if field == "user" else a.reseller
    suspended.is_active = False
    suspended.save()
    run(job)
    assert (job.state, job.failure, _made()) == ("failed", "Whoever began it may not do so any more.", 0)


def test_what_postgresql_refuses_is_found_among_the_others(
    two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where somebody else is quicker by a moment."""
    job = begin(two_resellers.a.reseller_user, *LINES)
    carry_out = subscriber_rows.carry_out

    def refuse_u3(job: ImportJob, items: Any) -> Batch:
        batch = carry_out(job, items)
        if any(item.wanted.username == "u3" for item in items):
            raise ValidationError("Not u3.")
        return batch

    monkeypatch.setattr(subscriber_rows, "carry_out", refuse_u3)
    run(job)
    assert (problems(job), _made(), job.passwords_made) == ([(5, "", "conflict")], 5, 5)


def test_a_part_that_fails_for_good_fails_the_job(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    job = begin(two_resellers.a.reseller_user, *LINES)
    monkeypatch.setattr(subscriber_rows, "prepare", lambda *_: 1 / 0)
    assert running.work(uuid4(), 1.0)
    job.refresh_from_db()
    assert (job.state, job.failure.partition(" that")[0], _made()) == ("failed", "Something went wrong", 0)


def test_a_part_that_brings_workers_down_is_given_up(two_resellers: TwoResellers) -> None:
    job = begin(two_resellers.a.reseller_user, *LINES)
    for _ in range(running.MAX_TRIES):
        assert running.take(uuid4()) == job.pk
        ImportJob.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    run(job)
    assert (job.state, _made()) == ("failed", 0)


def test_where_postgresql_is_away_somebody_goes_on_later(
    two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = begin(two_resellers.a.reseller_user, *LINES)

    def away(*_: object) -> Any:
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(subscriber_rows, "prepare", away)
        with pytest.raises(OperationalError):
            running.work(uuid4(), 1.0)
    ImportJob.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert (run(job).state, _made()) == ("done", 6)


def test_a_worker_comes_back_for_the_rest(two_resellers: TwoResellers) -> None:
    job = begin(two_resellers.a.reseller_user, *LINES)
    assert running.work(uuid4(), 0.0)
    job.refresh_from_db()
    assert (job.state, job.rows_done, job.worker) == ("running", 2, None)
    while running.work(uuid4(), 0.0):
        pass
    job.refresh_from_db()
    assert (job.state, _made()) == ("done", 6)
