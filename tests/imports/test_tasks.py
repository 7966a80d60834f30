"""What Celery does for imports, and a worker process that is killed in the middle of one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.utils import timezone

from imports import tasks
from imports.actions import take_passwords
from imports.models import ImportClaim, ImportJob, ImportRow
from numbering.models import NumberAssignment, PhoneNumber
from provider.run.environment import ROOT
from sipedge.auth.ha1 import Ha1Set
from subscribers.models import SipCredential, Subscriber
from subscribers.secrets import decrypt
from tests import services
from tests.factories.numbering import NumberBlockFactory
from tests.factories.two_resellers import make_two_resellers
from tests.imports.working import begin, imported

ROWS = 4_000
PATIENCE = 60.0


@pytest.mark.django_db
def test_what_waits_is_taken_up_by_itself(two_resellers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "SECONDS", 0.0)
    again: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.run_imports, "apply_async", lambda **more: again.append(more))
    tasks.look_for_imports()
    job = begin(two_resellers.a.reseller_user, "carol,a.example.org,Customer,,")
    tasks.look_for_imports()
    job.refresh_from_db()
    assert (job.rows_done, len(again)) == (1, 1), "what is left goes behind what else waits"
    tasks.look_for_imports()
    job.refresh_from_db()
    assert (job.state, len(again)) == ("done", 1)


@pytest.mark.django_db
def test_old_jobs_are_forgotten(two_resellers: Any) -> None:
    job = imported(two_resellers.a.reseller_user, "carol,a.example.org,Customer,,")
    assert tasks.forget_imports() == 0
    ImportJob.objects.update(finished_at=timezone.now() - tasks.JOBS_KEPT)
    tasks.forget_imports()
    assert not ImportJob.objects.filter(pk=job.pk).exists()


@contextmanager
def _worker(folder: Path, redis_url: str) -> Iterator[subprocess.Popen[bytes]]:
    """Celery as `make run` starts it, with its beat, on the tests' database and Redis."""
    environment = {**os.environ, "DATABASE_URL": services.dsn(), "REDIS_URL": redis_url}
    command = [sys.executable, "-m", "celery", "-A", "provider", "--quiet", "--skip-checks", "worker", "--beat"]
    options = ["--concurrency", "1", "--loglevel", "WARNING", "--schedule", str(folder / "schedule")]
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, *options], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _until(job: ImportJob, condition: Any) -> list[int]:
    """Wait; the progress that was seen meanwhile."""
    ends, seen = time.monotonic() + PATIENCE, [job.rows_done]
    while not condition(job):
        assert time.monotonic() < ends, f"{job.state}: {job.rows_done} rows, {job.failure}"
        time.sleep(0.05)
        job.refresh_from_db()
        if job.rows_done != seen[-1]:
            seen.append(job.rows_done)
    return seen


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_loses_and_doubles_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, redis_url: str
) -> None:
    monkeypatch.setattr("imports.actions.PART", 100)
    a = make_two_resellers().a
    NumberBlockFactory(first="+43110000", last="+43119999", reseller=a.reseller)
    lines = (f"u{number},a.example.org,Customer,Name,+4311{number:04}" for number in range(ROWS))
    job = begin(a.reseller_user, *lines)
    with _worker(tmp_path, redis_url) as worker:
        seen = _until(job, lambda job: job.rows_done >= 500)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    job.refresh_from_db()
    stopped = job.rows_done
    assert (job.state, 500 <= stopped < ROWS) == ("running", True)
    assert {model.objects.filter(**of).count() for model, of in _written(job)} == {stopped}
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    ImportJob.objects.update(leased_until=timezone.now() - timedelta(seconds=1))  # instead of waiting for it
    with _worker(tmp_path, redis_url):
        seen += _until(job, lambda job: not job.is_open)
    assert (job.state, job.rows_created, job.rows_failed, job.passwords_made) == ("done", ROWS, 0, ROWS)
    assert {model.objects.filter(**of).count() for model, of in _written(job)} == {ROWS}
    assert set(ImportRow.objects.filter(job=job).values_list("line", flat=True)) == set(range(2, ROWS + 2))
    assert PhoneNumber.objects.filter(e164__startswith="+4311", holding="held").count() == ROWS + 2
    assert not ImportClaim.objects.exists()
    passwords = take_passwords(job)
    assert {one.line for one in passwords} == set(range(2, ROWS + 2)), "each once, of before and after the kill"
    for one in (passwords[0], passwords[-1]):
        stored = SipCredential.objects.get(subscriber__username=one.username).secret
        assert decrypt(stored) == Ha1Set.from_password(one.username, one.domain, one.password)
    assert seen == sorted(seen)
    assert len(set(seen)) > 5, "progress is seen to move"


def _written(job: ImportJob) -> list[tuple[Any, dict[str, Any]]]:
    of_import = {"username__startswith": "u", "domain__name": "a.example.org"}
    of_subscriber = {f"subscriber__{name}": value for name, value in of_import.items()}
    return [(Subscriber, of_import), (SipCredential, of_subscriber), (NumberAssignment, of_subscriber),
            (ImportRow, {"job": job})]  # fmt: skip
