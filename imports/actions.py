"""Beginning an import, cancelling it, doing what was only tried, fetching the passwords that it made."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from itertools import islice
from typing import IO, Any, Final, NamedTuple

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from accounts.models import Reseller, User
from accounts.sealing import seal, unseal
from imports import number_rows, subscriber_cells
from imports.choices import ImportKind, ImportState
from imports.models import ImportJob, ImportPart
from imports.reading import open_sheet
from imports.rows import Password

log = logging.getLogger(__name__)

PART: Final = 1_000
"""Rows of a part: done in less than a second, so that progress is seen and a cancel waits for no longer."""
MOST_OPEN: Final = 5
"""Jobs of an owner that wait or run."""
_COLUMNS: Final[dict[str, Callable[[list[str]], list[str]]]] = {
    ImportKind.SUBSCRIBERS: subscriber_cells.columns_of,
    ImportKind.NUMBERS: number_rows.columns_of,
}


class Order(NamedTuple):
    """What is to be imported, and how. reseller: whose things; None where the rows say it (numbers, by an
    administrator)."""

    kind: ImportKind
    reseller: Reseller | None
    file_name: str = ""
    is_dry_run: bool = False
    make_customers: bool = False
    update_existing: bool = False
    language: str = "en"


class ImportRefused(Exception):
    """What stands now does not allow it: `code` for programs, `text` in words."""

    def __init__(self, code: str, text: str | Promise) -> None:
        super().__init__(code, text)
        self.code, self.text = code, text


class PasswordsGone(ImportRefused):
    """They were fetched, or are too old."""


@transaction.atomic
def begin(user: User, order: Order, file: IO[bytes]) -> ImportJob:
    """Keep a file in encrypted parts, for a worker to go through. Raises FileError, ImportRefused."""
    _refuse_too_many(order.reseller)
    sheet = open_sheet(file, _COLUMNS[order.kind])
    job = ImportJob.objects.create(
        made_by=user,
        made_by_name=user.get_username(),
        columns=sheet.columns,
        **order._asdict() | {"file_name": _shown(order.file_name)},
    )
    for number, lines in enumerate(iter(lambda: list(islice(sheet.lines, PART)), [])):
        ImportPart.objects.create(job=job, number=number, sealed_rows=seal(json.dumps(lines)))
        job.rows_total += len(lines)
    job.save(update_fields=["rows_total"])
    wake()
    return job


def _shown(file_name: str) -> str:
    """The last part of a file's name, without what could not be shown."""
    name = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in name if character.isprintable())[:255]


def _refuse_too_many(owner: Reseller | None) -> None:
    """Who begins one at the same time waits here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('imports_of'), %s)", [owner.pk if owner else 0])
    if ImportJob.objects.open().filter(reseller=owner).count() >= MOST_OPEN:
        text = _("%(most)d imports wait or run already. Wait for one to end, or cancel one.") % {"most": MOST_OPEN}
        raise ImportRefused("too_many_imports", text)


def wake() -> None:
    """Have a worker look for work once this is committed. Where it is not told (Redis is away), it looks by itself
    within seconds (tasks.SCHEDULE)."""
    from imports.tasks import run_imports

    def tell() -> None:
        try:
            run_imports.apply_async(retry=False, ignore_result=True)
        except (OSError, RedisError, run_imports.OperationalError) as error:
            log.warning("no worker could be told of an import: %s", error)

    transaction.on_commit(tell)


@transaction.atomic
def cancel(job: ImportJob) -> ImportJob:
    """Stop a job behind the part that is under way; what was done stays. Raises ImportRefused where it has ended."""
    locked = ImportJob.objects.select_for_update(of=("self",), no_key=True).get(pk=job.pk)
    if not locked.is_open:
        raise ImportRefused("ended", _("This import has ended already."))
    fields: dict[str, Any] = {"cancel_asked_at": timezone.now()}
    if locked.state == ImportState.QUEUED:
        fields |= {"state": ImportState.CANCELLED, "finished_at": timezone.now()}
        ImportPart.objects.filter(job=job).update(sealed_rows="")
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(fields))
    return locked


def has_file(job: ImportJob) -> bool:
    """Whether the rows of a file are kept still."""
    return ImportPart.objects.filter(job=job).exclude(sealed_rows="").exists()


@transaction.atomic
def do_it(job: ImportJob, user: User) -> ImportJob:
    """Import what a dry run tried, from the same file. Raises ImportRefused."""
    tried = ImportJob.objects.select_for_update(of=("self",), no_key=True).get(pk=job.pk)
    if not tried.is_dry_run or tried.state != ImportState.DONE:
        raise ImportRefused("not_tried", _("Only a dry run that is done can be carried out."))
    if not has_file(tried):
        raise ImportRefused("file_gone", _("The file is not kept any more: send it again."))
    _refuse_too_many(tried.reseller)
    same = ("kind", "reseller", "file_name", "columns", "language", "make_customers", "update_existing", "rows_total")
    fields = {name: getattr(tried, name) for name in same}
    made = ImportJob.objects.create(made_by=user, made_by_name=user.get_username(), **fields)
    ImportPart.objects.filter(job=tried).update(job=made)
    wake()
    return made


@transaction.atomic
def take_passwords(job: ImportJob) -> list[Password]:
    """The passwords that a job has made, this once: they are deleted. Raises ImportRefused; PasswordsGone where they
    were fetched before, or are too old."""
    locked = ImportJob.objects.select_for_update(of=("self",), no_key=True).get(pk=job.pk)
    if locked.is_open:
        raise ImportRefused("not_finished", _("This import has not ended yet: its passwords come when it has."))
    if locked.passwords_taken_at is not None:
        when = {"when": f"{locked.passwords_taken_at:%Y-%m-%d %H:%M} UTC"}
        raise PasswordsGone("taken", _("These passwords were fetched on %(when)s: they are given once.") % when)
    if locked.passwords_deleted_at is not None:
        raise PasswordsGone("deleted", _("These passwords were deleted, since nobody fetched them for a day."))
    if not locked.passwords_made:
        raise ImportRefused("none_made", _("This import made no passwords."))
    parts = ImportPart.objects.filter(job=job).exclude(sealed_passwords="")
    sealed = list(parts.order_by("number").values_list("sealed_passwords", flat=True))
    passwords = [Password(*row) for text in sealed for row in json.loads(unseal(text))]
    parts.update(sealed_passwords="")
    locked.passwords_taken_at = timezone.now()
    locked.save(update_fields=["passwords_taken_at"])
    return passwords


def forget_secrets(older_than: Any) -> int:
    """Delete what files and jobs hold in secret, of jobs that ended before that moment; return of how many."""
    old = ImportJob.objects.filter(finished_at__lt=older_than)
    holding = ImportPart.objects.filter(job__in=old.order_by().values("pk"))
    keys = set(holding.exclude(sealed_rows="", sealed_passwords="").values_list("job_id", flat=True))
    for key in sorted(keys):
        with transaction.atomic():
            job = ImportJob.objects.select_for_update(of=("self",), no_key=True).get(pk=key)
            ImportPart.objects.filter(job=job).delete()
            if job.has_passwords:
                ImportJob.objects.filter(pk=key).update(passwords_deleted_at=Now())
    return len(keys)
