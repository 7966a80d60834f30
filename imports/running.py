"""Working through a job, part by part: the rows of a part, what became of them and how far the job is are committed
together. So nothing is done twice and nothing is left out, whenever a worker is killed.

A worker takes a job by a lease, which it renews with each part. Where the lease has run out nobody is at work any more:
the next one goes on. Who has lost its lease meanwhile notices it before it writes anything.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, Protocol, cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role
from accounts.sealing import seal, unseal
from imports import number_rows, subscriber_rows
from imports.choices import ImportKind, ImportState, Outcome
from imports.counting import count_again
from imports.models import ImportClaim, ImportJob, ImportPart
from imports.reading import Line
from imports.recording import record
from imports.rows import Batch, Result, Text, Wrong

log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=30)
"""Much longer than a part takes."""
MAX_TRIES: Final = 5
"""So often a part may bring its worker down before the job is given up."""
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('imports_importjob'))"
# The oldest job that nobody works at, of an owner of whom no other one runs.
_NEXT: Final = """
    UPDATE imports_importjob
    SET state = 'running', worker = %s, leased_until = statement_timestamp() + make_interval(secs => %s),
        tries = tries + 1, started_at = coalesce(started_at, statement_timestamp())
    WHERE id = (
        SELECT j.id
        FROM imports_importjob j
        WHERE j.state IN ('queued', 'running')
              AND (j.leased_until IS NULL OR j.leased_until < statement_timestamp())
              AND NOT EXISTS (
                  SELECT FROM imports_importjob o
                  WHERE o.state = 'running' AND o.id <> j.id AND o.reseller_id IS NOT DISTINCT FROM j.reseller_id
              )
        ORDER BY j.leased_until NULLS FIRST, j.id
        FOR UPDATE SKIP LOCKED LIMIT 1
    )
    RETURNING id
"""


class Kind(Protocol):
    """A module that knows rows of a kind."""

    def prepare(self, job: ImportJob, lines: Sequence[Line]) -> tuple[list[Any], Batch]:
        """What lines say, and what is refused of it."""

    def carry_out(self, job: ImportJob, items: Sequence[Any]) -> Batch:
        """Do it, in a few statements. Raises IntegrityError, ValidationError."""


KINDS: Final[dict[str, Kind]] = {
    ImportKind.SUBSCRIBERS: cast(Kind, subscriber_rows),
    ImportKind.NUMBERS: cast(Kind, number_rows),
}


def work(worker: UUID, seconds: float) -> bool:
    """Take a job that nobody works at, and work at it for so long; whether there may be more to do."""
    key = take(worker)
    if key is None:
        return False
    ends = time.monotonic() + seconds
    try:
        while go_on(key, worker):
            if time.monotonic() >= ends:
                break
    except OperationalError:  # PostgreSQL is away, or found a deadlock: the lease runs out, and somebody goes on
        raise
    except Exception:
        log.exception("import %d failed", key)
        _give_up(key, worker, _("Something went wrong that should not, and was written to our log."))
    ImportJob.objects.filter(pk=key, worker=worker, state=ImportState.RUNNING).update(leased_until=None, worker=None)
    return True


@transaction.atomic
def take(worker: UUID) -> int | None:
    """The key of a job that is this worker's from now on; None where there is nothing to do."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute(_NEXT, [str(worker), LEASE.total_seconds()])
        row = cursor.fetchone()
    return row[0] if row else None


@transaction.atomic
def go_on(key: int, worker: UUID) -> bool:
    """Do the next part; whether there is another one. False too where the job is not this worker's any more."""
    own = ImportJob.objects.filter(pk=key, worker=worker, state=ImportState.RUNNING)
    job = own.select_for_update(of=("self",), no_key=True).select_related("made_by__reseller").first()
    if job is None:
        return False
    if job.cancel_asked_at is not None:
        return _finish(job, ImportState.CANCELLED)
    if job.tries > MAX_TRIES:
        return _finish(job, ImportState.FAILED, _("A part of it brought our workers down again and again."))
    if not _may_go_on(job):
        return _finish(job, ImportState.FAILED, _("Whoever began it may not do so any more."))
    part = ImportPart.objects.filter(job=job, number=job.parts_done).first()
    if part is None:
        return _finish(job, ImportState.DONE)
    with translation.override(job.language):
        batch = _carry_out(job, [Line(number, cells) for number, cells in json.loads(unseal(part.sealed_rows))])
        record(job, batch)
    _keep(job, part, batch)
    count_again(job)
    return True


def _may_go_on(job: ImportJob) -> bool:
    """Whether who began it could begin it now."""
    user = job.made_by
    if user is None or not user.is_active:
        return False
    if user.role == Role.ADMIN:
        return True
    return user.reseller is not None and user.reseller.is_active and user.reseller_id == job.reseller_id


def _carry_out(job: ImportJob, lines: Sequence[Line]) -> Batch:
    kind = KINDS[job.kind]
    items, refused = kind.prepare(job, lines)
    done = _attempt(kind, job, items) if items else Batch([], [], [])
    return _joined(refused, done)


def _attempt(kind: Kind, job: ImportJob, items: Sequence[Any]) -> Batch:
    """Do them together; where PostgreSQL refuses that, each half by itself, down to the one that is refused."""
    try:
        with transaction.atomic():
            batch = kind.carry_out(job, items)
            connection.check_constraints()
            if job.is_dry_run:
                transaction.set_rollback(True)
            return batch
    except (IntegrityError, ValidationError, DataError) as error:
        if len(items) == 1:
            return _refusal(items[0], error)
    middle = len(items) // 2
    return _joined(_attempt(kind, job, items[:middle]), _attempt(kind, job, items[middle:]))


def _joined(one: Batch, other: Batch) -> Batch:
    return Batch(one.results + other.results, one.problems + other.problems, one.passwords + other.passwords)


def _refusal(item: Any, error: Exception) -> Batch:
    """What PostgreSQL says of a row is of this moment: all else was asked before."""
    wanted = getattr(item, "wanted", item)
    texts = error.messages if isinstance(error, ValidationError) else [_CHANGED]
    name = str(getattr(item, "name", "") or getattr(item, "e164", ""))
    log.info("a row of an import was refused: %s", str(error).partition("\n")[0])
    wrong = [Wrong(wanted.line, "", "conflict", text) for text in texts]
    return Batch([Result(wanted.line, Outcome.FAILED, name)], wrong, [])


_CHANGED: Final = _("It does not go together with what others wrote at the same moment. Import this row again.")


_PROGRESS: Final = [
    "rows_created", "rows_updated", "rows_unchanged", "rows_failed", "parts_done", "tries", "passwords_made",
    "leased_until",
]  # fmt: skip


def _keep(job: ImportJob, part: ImportPart, batch: Batch) -> None:
    """Write down how far the job is, and what has to be kept of the part."""
    count = dict.fromkeys(Outcome, 0)
    for result in batch.results:
        count[result.outcome] += 1
    job.rows_created += count[Outcome.CREATED]
    job.rows_updated += count[Outcome.UPDATED]
    job.rows_unchanged += count[Outcome.UNCHANGED]
    job.rows_failed += count[Outcome.FAILED]
    job.parts_done += 1
    job.tries = 1
    if not job.is_dry_run:
        job.passwords_made += len(batch.passwords)
        part.sealed_rows = ""
        part.sealed_passwords = seal(json.dumps(batch.passwords)) if batch.passwords else ""
        part.save(update_fields=["sealed_rows", "sealed_passwords"])
    job.leased_until = Now() + LEASE
    job.save(update_fields=_PROGRESS)


def _finish(job: ImportJob, state: ImportState, why: Text = "") -> bool:
    """End a job. What it has done stays; what it has not is forgotten, unless it only tried (actions.apply)."""
    ImportClaim.objects.filter(job=job).delete()
    if state != ImportState.DONE or not job.is_dry_run:
        ImportPart.objects.filter(job=job).exclude(sealed_rows="").update(sealed_rows="")
    with translation.override(job.language):
        told = str(why)
    fields: dict[str, Any] = {"state": state, "failure": told, "worker": None, "leased_until": None}
    ImportJob.objects.filter(pk=job.pk).update(finished_at=Now(), started_at=Coalesce(F("started_at"), Now()), **fields)
    return False


@transaction.atomic
def _give_up(key: int, worker: UUID, why: Text) -> None:
    own = ImportJob.objects.filter(pk=key, worker=worker, state=ImportState.RUNNING)
    job = own.select_for_update(of=("self",), no_key=True).first()
    if job is not None:
        _finish(job, ImportState.FAILED, why)
