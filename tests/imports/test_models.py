"""Jobs: how far they are, and that PostgreSQL has one of an owner run at a time."""

import pytest
from django.db import IntegrityError, transaction

from imports.models import ImportJob
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db


def test_progress() -> None:
    job = ImportJob(rows_total=3, rows_created=1, rows_failed=1, file_name="staff.csv")
    assert (job.rows_ok, job.rows_done, job.progress, str(job), job.is_open) == (1, 2, 66, "staff.csv", True)
    assert (ImportJob().progress, ImportJob(state="done").is_open) == (100, False)


def test_one_of_an_owner_runs(two_resellers: TwoResellers) -> None:
    for owner in (two_resellers.a.reseller, two_resellers.b.reseller, None):
        ImportJob.objects.create(kind="numbers", columns=[], reseller=owner, state="running")
        ImportJob.objects.create(kind="numbers", columns=[], reseller=owner, state="queued")
        with pytest.raises(IntegrityError, match="importjob_one_runs"), transaction.atomic():
            ImportJob.objects.create(kind="numbers", columns=[], reseller=owner, state="running")


def test_passwords_are_there_until_they_are_not() -> None:
    assert not ImportJob().has_passwords
    assert ImportJob(passwords_made=1).has_passwords
