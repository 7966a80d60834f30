"""The panel's page of a job: how far it is, what is wrong with which line, and what can be done with it."""

from __future__ import annotations

import pytest
from django.test import Client

from imports.models import ImportJob
from tests.factories.two_resellers import TwoResellers
from tests.imports.working import begin, imported, run
from tests.provider.panel.panel import admin_client

pytestmark = pytest.mark.django_db
LINES = ("carol,a.example.org,Customer,,", "dan,nowhere.example.org,Customer,,")


def _page(client: Client, job: ImportJob) -> str:
    return client.get(f"/admin/imports/importjob/{job.pk}/change/").content.decode()


def _press(client: Client, job: ImportJob, button: str) -> str:
    page = f"/admin/imports/importjob/{job.pk}/change/"
    answer = client.post(page, {button: ""}, follow=True)
    return "".join(map(bytes.decode, answer)) if answer.streaming else answer.content.decode()


def test_the_list(two_resellers: TwoResellers) -> None:
    imported(two_resellers.a.reseller_user, *LINES, file_name="Staff.csv", is_dry_run=True)
    client = admin_client(two_resellers.admin)
    page = client.get("/admin/imports/importjob/", {"q": "staff"}).content.decode()
    assert "Staff.csv" in page
    assert "dry run, done" in page
    assert "Staff.csv" not in client.get("/admin/imports/importjob/", {"q": "other"}).content.decode()


def test_a_job_is_watched_while_it_is_open(two_resellers: TwoResellers) -> None:
    job = begin(two_resellers.a.reseller_user, *LINES)
    client = admin_client(two_resellers.admin)
    page = _page(client, job)
    assert "js/live.js" in page
    assert "0 of 2 rows, 0 %" in page
    run(job)
    page = _page(client, job)
    assert "js/live.js" not in page
    assert "2 of 2 rows, 100 %" in page
    assert "There is nothing with this name, or it is not yours to see." in page


def test_it_is_cancelled(two_resellers: TwoResellers) -> None:
    job = begin(two_resellers.a.reseller_user, *LINES)
    client = admin_client(two_resellers.admin)
    assert "The import stops" in _press(client, job, "cancel")
    assert "has ended already" in _press(client, job, "cancel")


def test_what_was_tried_is_done(two_resellers: TwoResellers) -> None:
    job = imported(two_resellers.a.reseller_user, *LINES, is_dry_run=True)
    client = admin_client(two_resellers.admin)
    assert 'name="apply"' in _page(client, job)
    page = _press(client, job, "apply")
    done = ImportJob.objects.exclude(pk=job.pk).get()
    assert (f"{done.rows_total} rows" in page, done.is_dry_run, run(done).rows_created) == (True, False, 1)
    assert 'name="apply"' not in _page(client, job)


def test_downloads(two_resellers: TwoResellers) -> None:
    job = imported(two_resellers.a.reseller_user, *LINES)
    client = admin_client(two_resellers.admin)
    page = f"/admin/imports/importjob/{job.pk}/change/"
    for what, said in (("result", b"carol@a.example.org"), ("errors", b"does_not_exist")):
        assert said in client.get(page, {"download": what}).getvalue()
    assert "carol,a.example.org," in _press(client, job, "passwords")
    assert "they are given once" in _press(client, job, "passwords")
