"""What begins, ends and empties an import; most of it is tried by the API (api/test_views.py)."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.utils import timezone

from imports import actions
from imports.actions import ImportRefused, Order, PasswordsGone
from imports.choices import ImportKind
from imports.models import ImportJob, ImportPart
from imports.reading import FileError
from tests.factories.two_resellers import TwoResellers
from tests.imports.working import begin, imported

pytestmark = pytest.mark.django_db
LINE = "carol,a.example.org,Customer,,"


def test_a_file_that_cannot_be_read_to_its_end_leaves_nothing(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    file = BytesIO(b"username,domain\n" + b"x,y\n" * 2_500 + b'"\n')
    with pytest.raises(FileError):
        actions.begin(a.reseller_user, Order(ImportKind.SUBSCRIBERS, a.reseller), file)
    assert not ImportJob.objects.exists()
    assert not ImportPart.objects.exists()


def test_names_of_files_are_harmless(two_resellers: TwoResellers) -> None:
    job = begin(two_resellers.a.reseller_user, LINE, file_name="../../etc\\pass\x00wd\n.csv" + "x" * 300)
    assert (job.file_name[:10], len(job.file_name)) == ("passwd.csv", 255)


def test_a_worker_is_told_once_all_is_written(
    two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    told = []
    monkeypatch.setattr("imports.tasks.run_imports.apply_async", lambda **_: told.append(ImportPart.objects.count()))
    with django_capture_on_commit_callbacks(execute=True):
        begin(two_resellers.a.reseller_user, LINE)
    assert told == [1]


def test_without_redis_it_is_begun_all_the_same(
    two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    def away(**_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("imports.tasks.run_imports.apply_async", away)
    with django_capture_on_commit_callbacks(execute=True):
        assert begin(two_resellers.a.reseller_user, LINE).state == "queued"


def test_passwords_once(two_resellers: TwoResellers) -> None:
    job = imported(two_resellers.a.reseller_user, LINE)
    assert [one.username for one in actions.take_passwords(job)] == ["carol"]
    with pytest.raises(PasswordsGone):
        actions.take_passwords(job)


def test_secrets_of_old_jobs_are_forgotten(two_resellers: TwoResellers) -> None:
    done, tried = imported(two_resellers.a.reseller_user, LINE), imported(two_resellers.admin, LINE,
        is_dry_run=True, reseller=two_resellers.b.reseller)  # fmt: skip
    waits = begin(two_resellers.b.reseller_user, LINE)
    assert actions.forget_secrets(timezone.now()) == 2
    assert list(ImportPart.objects.values_list("job", flat=True)) == [waits.pk]
    done.refresh_from_db()
    assert not done.has_passwords
    assert done.passwords_deleted_at is not None
    with pytest.raises(ImportRefused, match="not kept any more"):
        actions.do_it(tried, two_resellers.admin)
