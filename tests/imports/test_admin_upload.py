"""The panel's page that takes a file, and the page of numbers that hands large ones over."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from imports.models import ImportJob
from tests.factories.two_resellers import TwoResellers
from tests.imports.working import HEADER, run
from tests.provider.panel.panel import admin_client

pytestmark = pytest.mark.django_db
UPLOAD = "/admin/imports/importjob/upload"


def _send(two_resellers: TwoResellers, text: str, **more: Any) -> Any:
    file = SimpleUploadedFile("staff.csv", text.encode())
    told = {"kind": "subscribers", "reseller": two_resellers.a.reseller.pk, "file": file, **more}
    return admin_client(two_resellers.admin).post(f"{UPLOAD}/", {name: value for name, value in told.items() if value})


def test_a_file_becomes_a_job(two_resellers: TwoResellers) -> None:
    answer = _send(two_resellers, f"{HEADER}\ncarol,a.example.org,Bakery,,\n", make_customers="on", is_dry_run="on")
    job = ImportJob.objects.get()
    assert answer.headers["Location"] == f"/admin/imports/importjob/{job.pk}/change/"
    assert (job.reseller, job.made_by, job.file_name) == (two_resellers.a.reseller, two_resellers.admin, "staff.csv")
    assert (job.is_dry_run, job.make_customers, job.update_existing) == (True, True, False)
    assert run(job).rows_created == 1


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("username,domain,colour\n", {}, "Not known: colour."),
        ("", {}, "The file is empty"),
        (f"{HEADER}\n", {"reseller": ""}, "Say whose subscribers these are."),
    ],
)
def test_what_is_refused(two_resellers: TwoResellers, text: str, more: dict[str, str], said: str) -> None:
    answer = _send(two_resellers, text, **more)
    assert (answer.status_code, said in answer.content.decode()) == (200, True)
    assert not ImportJob.objects.exists()


def test_too_many_at_once(two_resellers: TwoResellers) -> None:
    for _ in range(5):
        assert _send(two_resellers, f"{HEADER}\n").status_code == 302
    assert "5 imports wait or run already." in _send(two_resellers, f"{HEADER}\n").content.decode()


def test_many_numbers_are_tried_out_by_a_job(two_resellers: TwoResellers) -> None:
    reseller = two_resellers.a.reseller.name
    text = "number,reseller\n" + "".join(f"+43199{number:04},{reseller}\n" for number in range(1_002))
    page = "/admin/numbering/phonenumber/import/"
    answer = admin_client(two_resellers.admin).post(page, {"file": SimpleUploadedFile("all.csv", text.encode())})
    job = ImportJob.objects.get()
    assert answer.headers["Location"] == f"/admin/imports/importjob/{job.pk}/change/"
    assert (job.kind, job.is_dry_run, job.rows_total, run(job).rows_created) == ("numbers", True, 1_002, 1_002)


def test_a_large_file_that_cannot_be_read_is_said_to_be_so(two_resellers: TwoResellers) -> None:
    page, text = "/admin/numbering/phonenumber/import/", "colour\n" + "red\n" * 1_002
    client = admin_client(two_resellers.admin)
    file = SimpleUploadedFile("all.csv", text.encode())
    assert "The first line names the columns" in client.post(page, {"file": file}, follow=True).content.decode()
