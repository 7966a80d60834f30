"""Imports by the API: who may send which file, what is answered, what can be fetched of it afterwards."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.actions import create_token
from accounts.models import ApiToken
from imports.models import ImportJob, ImportPart
from imports.tasks import SECRETS_KEPT, forget_import_secrets
from sipedge.auth.ha1 import Ha1Set
from subscribers.models import Subscriber
from subscribers.secrets import decrypt
from tests.factories.two_resellers import TwoResellers
from tests.imports.working import HEADER, problems, run
from tests.provider.api.asking import ask, refused_fields, rows, send

LINES = "carol,a.example.org,Customer,=Carol,+4311003\ndan,a.example.org,Customer,,\nbob,b.example.org,Customer,,\n"


def _post(token: str, text: str | bytes = f"{HEADER}\n{LINES}", **parameters: Any) -> HttpResponse:
    headers = {"Authorization": f"Bearer {token}", **parameters.pop("headers", {})}
    return Client().post(
        "/api/v1/imports/",
        text,
        content_type=parameters.pop("content_type", "text/csv"),
        query_params={"kind": "subscribers", **parameters},
        headers=headers,
    )


def _job(response: HttpResponse) -> ImportJob:
    assert response.status_code == 202, response.content
    return ImportJob.objects.get(uid=response.json()["id"])


def _table(response: Any) -> list[list[str]]:
    assert response.status_code == 200
    return list(csv.reader(StringIO(response.getvalue().decode("utf-8-sig"))))


def test_a_file_becomes_a_job(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    sent = _post(token)
    body = sent.json()
    told = {name: body[name] for name in ("kind", "state", "rows_total", "rows_done", "progress", "made_by")}
    assert told == {
        "kind": "subscribers", "state": "queued", "rows_total": 3, "rows_done": 0, "progress": 0,
        "made_by": "reseller-a",
    }  # fmt: skip
    assert sent.headers["Location"] == f"http://testserver/api/v1/imports/{body['id']}/"
    run(_job(sent))
    body = ask(token, f"imports/{body['id']}/").json()
    assert (body["state"], body["progress"], body["rows_ok"], body["rows_failed"]) == ("done", 100, 2, 1)
    assert (body["passwords_made"], body["has_passwords"]) == (2, True)


def test_the_file_may_come_in_a_form(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    file = SimpleUploadedFile("C:\\fakepath\\staff.csv", f"\ufeff{HEADER.replace(',', ';')}\n{LINES}".encode())
    sent = Client().post(
        "/api/v1/imports/",
        {"file": file},
        query_params={"kind": "subscribers", "dry_run": "1"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert (sent.json()["file_name"], sent.json()["is_dry_run"]) == ("staff.csv", True)
    assert run(_job(sent)).rows_failed == 3  # the lines have commas
    refused = Client().post(
        "/api/v1/imports/", {"dry_run": "1"}, headers={"Authorization": f"Bearer {token}"},
        query_params={"kind": "subscribers"},
    )  # fmt: skip
    assert refused_fields(refused) == {"dry_run": "unknown"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "required"),
        (b"\n", "empty"),
        (b"username,domain,colour,size\n", "unknown_column"),
        (b"username,username,domain\n", "column_twice"),
        (b"username,customer\n", "column_missing"),
        (b"username,domain\ncarol,\xe4\n", "not_utf8"),
        ("username,domain\n".encode("utf-16"), "not_utf8"),
        (b'username,domain\n"carol,a.example.org\n', "not_csv"),
        (b"username,domain\ncar\0ol,a.example.org\n", "not_csv"),
        (b"username,domain\n" + b"x" * 100_001, "not_csv"),
    ],
)
def test_what_is_no_such_file(two_resellers: TwoResellers, text: bytes, code: str) -> None:
    refused = _post(two_resellers.a.reseller_token_text, text)
    assert refused_fields(refused) == {"file": code}
    assert not ImportJob.objects.exists()


def test_unknown_columns_are_named(two_resellers: TwoResellers) -> None:
    refused = _post(two_resellers.a.reseller_token_text, "username,domain,colour,size\n").json()
    assert "colour, size" in refused["errors"][0]["message"]


def test_what_is_too_large_is_not_read(two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imports.api.parsing.MAX_BYTES", 100)
    refused = _post(two_resellers.a.reseller_token_text, f"{HEADER}\n" + "x" * 100)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    monkeypatch.setattr("imports.reading.MAX_ROWS", 2)
    refused = _post(two_resellers.a.reseller_token_text, "username,domain\na,b\na,b\na,b\n")
    assert refused_fields(refused) == {"file": "too_many_rows"}


@pytest.mark.parametrize(
    ("parameters", "fields"),
    [
        ({"kind": "cows"}, {"kind": "invalid_choice"}),
        ({"dry_run": "maybe"}, {"dry_run": "invalid"}),
        ({"colour": "red"}, {"colour": "unknown_parameter"}),
    ],
)
def test_what_the_address_says_is_checked(
    two_resellers: TwoResellers, parameters: dict[str, str], fields: dict[str, str]
) -> None:
    assert refused_fields(_post(two_resellers.a.reseller_token_text, **parameters)) == fields


def test_whose_things_they_are(two_resellers: TwoResellers) -> None:
    a, b, admin = two_resellers.a, two_resellers.b, two_resellers.admin_token_text
    assert refused_fields(_post(a.reseller_token_text, reseller=str(b.reseller.uid))) == {"reseller": "does_not_exist"}
    assert refused_fields(_post(admin)) == {"reseller": "required"}
    named = {"kind": "numbers", "reseller": str(a.reseller.uid)}
    assert refused_fields(_post(admin, "number\n+4311003\n", **named)) == {"reseller": "contradiction"}
    job = _job(_post(admin, reseller=str(a.reseller.uid)))
    assert (job.reseller, run(job).rows_ok) == (a.reseller, 2)
    assert [row["id"] for row in rows(a.reseller_token_text, "imports/")] == [str(job.uid)]
    assert rows(b.reseller_token_text, "imports/") == rows(a.customer_token_text, "imports/") == []


def test_customers_import_nothing(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.customer_token
    ApiToken.objects.filter(pk=token.pk).update(scopes=["write"])
    refused = _post(two_resellers.a.customer_token_text)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")


def test_a_token_needs_all_three_areas(two_resellers: TwoResellers) -> None:
    token = ApiToken.objects.filter(pk=two_resellers.a.reseller_token.pk)
    token.update(scopes=["subscribers:write", "numbers:write", "credentials:read"])
    assert _post(two_resellers.a.reseller_token_text).status_code == 403
    token.update(scopes=["subscribers:write", "numbers:write", "credentials:write"])
    assert _post(two_resellers.a.reseller_token_text).status_code == 202


def test_sent_again_it_is_the_same_job(two_resellers: TwoResellers) -> None:
    token, key = two_resellers.a.reseller_token_text, {"Idempotency-Key": "one"}
    first, second = (_post(token, headers=key) for _ in range(2))
    assert (first.json(), second.headers["Idempotency-Replayed"]) == (second.json(), "true")
    assert ImportJob.objects.count() == 1
    refused = _post(token, f"{HEADER}\n{LINES}x", headers=key)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


def test_an_owner_has_so_many_jobs_at_once(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    assert [_post(token).status_code for _ in range(6)] == [202] * 5 + [409]
    assert _post(two_resellers.b.reseller_token_text).status_code == 202


def test_other_bodies_are_not_read(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    assert _post(token, "{}", content_type="application/json").status_code == 415
    csv_elsewhere = Client().post(
        "/api/v1/customers/", "name", content_type="text/csv", headers={"Authorization": f"Bearer {token}"}
    )
    assert csv_elsewhere.status_code == 415


def test_errors_are_paged_and_downloaded(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    text = f"{HEADER}\n" + "".join(f"u{number},nowhere.example.org,,,\n" for number in range(5))
    job = run(_job(_post(token, text)))
    page = ask(token, f"imports/{job.uid}/errors/", page_size="2", count="1").json()
    assert [(row["line"], row["column"], row["code"]) for row in page["results"]] == [
        (2, "domain", "does_not_exist"),
        (3, "domain", "does_not_exist"),
    ]
    assert page["count"] == 5
    following = Client().get(page["next"], headers={"Authorization": f"Bearer {token}"}).json()
    assert [row["line"] for row in following["results"]] == [4, 5]
    table = _table(ask(token, f"imports/{job.uid}/errors/export/"))
    assert (table[0], [line for line, *_ in table[1:]]) == (["line", "column", "code", "message"], list("23456"))


def test_the_result_says_what_became_of_each_row(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    job = run(_job(_post(token)))
    ids = {one.username: str(one.uid) for one in Subscriber.objects.filter(reseller=two_resellers.a.reseller)}
    assert _table(ask(token, f"imports/{job.uid}/result/")) == [
        ["line", "outcome", "name", "id"],
        ["2", "created", "carol@a.example.org", ids["carol"]],
        ["3", "created", "dan@a.example.org", ids["dan"]],
        ["4", "failed", "bob@b.example.org", ""],
    ]


def test_passwords_come_once(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    job = _job(_post(token))
    path = f"imports/{job.uid}/passwords/"
    early = send("POST", token, path)
    assert (early.status_code, early.json()["code"]) == (409, "not_finished")
    run(job)
    given = send("POST", token, path)
    assert given.headers["Cache-Control"] == "no-store"
    table = _table(given)
    assert table[0] == ["line", "username", "domain", "password"]
    assert [row[:3] for row in table[1:]] == [["2", "carol", "a.example.org"], ["3", "dan", "a.example.org"]]
    for _line, username, domain, password in table[1:]:
        stored = Subscriber.objects.get(username=username, domain__name=domain).credentials.get()
        assert decrypt(stored.secret) == Ha1Set.from_password(username, domain, password)
    again = send("POST", token, path)
    assert (again.status_code, again.json()["code"], again.json()["title"]) == (410, "taken", "Gone")
    assert not ImportPart.objects.exclude(sealed_passwords="").exists()
    assert ask(token, f"imports/{job.uid}/").json()["has_passwords"] is False


def test_passwords_cannot_be_tried_out(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    job = run(_job(_post(token)))
    refused = send("POST", token, f"imports/{job.uid}/passwords/", dry_run="1")
    assert refused_fields(refused) == {"dry_run": "unknown_parameter"}
    job.refresh_from_db()
    assert job.has_passwords


def test_passwords_are_deleted_after_a_day(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    job = run(_job(_post(token)))
    assert forget_import_secrets() == 0
    ImportJob.objects.update(finished_at=timezone.now() - SECRETS_KEPT)
    assert (forget_import_secrets(), ImportPart.objects.count()) == (1, 0)
    gone = send("POST", token, f"imports/{job.uid}/passwords/")
    assert (gone.status_code, gone.json()["code"]) == (410, "deleted")


def test_where_no_passwords_were_made_there_are_none(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    job = run(_job(_post(token, dry_run="1")))
    none = send("POST", token, f"imports/{job.uid}/passwords/")
    assert (none.status_code, none.json()["code"]) == (409, "none_made")


def test_what_a_dry_run_tried_is_done(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    tried = run(_job(_post(token, dry_run="1")))
    applied = send("POST", token, f"imports/{tried.uid}/apply/")
    assert applied.headers["Location"] == f"http://testserver/api/v1/imports/{applied.json()['id']}/"
    done = run(_job(applied))
    assert (done.rows_ok, done.is_dry_run, problems(done)) == (2, False, problems(tried))
    for job, code in ((tried, "file_gone"), (done, "not_tried")):
        refused = send("POST", token, f"imports/{job.uid}/apply/")
        assert (refused.status_code, refused.json()["code"]) == (409, code)


def test_a_job_that_waits_is_cancelled_at_once(two_resellers: TwoResellers) -> None:
    token = two_resellers.a.reseller_token_text
    job = _job(_post(token))
    assert send("POST", token, f"imports/{job.uid}/cancel/").json()["state"] == "cancelled"
    refused = send("POST", token, f"imports/{job.uid}/cancel/")
    assert (refused.status_code, refused.json()["code"]) == (409, "ended")
    assert not ImportPart.objects.exclude(sealed_rows="").exists()


def test_other_resellers_jobs_are_not_there(two_resellers: TwoResellers) -> None:
    job = run(_job(_post(two_resellers.a.reseller_token_text)))
    token = two_resellers.b.reseller_token_text
    for what in ("", "errors/", "errors/export/", "result/"):
        assert ask(token, f"imports/{job.uid}/{what}").status_code == 404
    for what in ("cancel/", "apply/", "passwords/"):
        assert send("POST", token, f"imports/{job.uid}/{what}").status_code == 404
    job.refresh_from_db()
    assert job.has_passwords


def test_who_may_not_make_customers_makes_none_by_a_file(two_resellers: TwoResellers) -> None:
    user = two_resellers.a.reseller_user
    scopes = ["subscribers:write", "credentials:write", "numbers:write"]
    token = create_token(user, "no customers", scopes)[1]
    text = f"{HEADER}\nerin,a.example.org,New customer,,\n"
    for asked in ({}, {"dry_run": "1"}):
        refused = _post(token, text, make_customers="1", **asked)
        assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
        assert "accounts:write" in refused.json()["detail"]
    run(_job(_post(token, text)))
    whole = create_token(user, "customers too", [*scopes, "accounts:write"])[1]
    tried = _job(_post(whole, text, make_customers="1", dry_run="1"))
    run(tried)
    refused = send("POST", token, f"imports/{tried.uid}/apply/")
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert send("POST", whole, f"imports/{tried.uid}/apply/").status_code == 202
