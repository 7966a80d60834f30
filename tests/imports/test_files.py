"""Downloads of imports: in the order of lines, however many, and nothing in them that a spreadsheet computes."""

import csv
from io import StringIO
from typing import Any

import pytest

from imports.files import passwords_file, problems_file, result_file
from imports.models import ImportJob, ImportProblem, ImportRow
from imports.rows import Password

pytestmark = pytest.mark.django_db


def _table(response: Any) -> list[list[str]]:
    return list(csv.reader(StringIO(response.getvalue().decode("utf-8-sig"))))


def test_all_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imports.files.AT_ONCE", 2)
    job, other = (ImportJob.objects.create(kind="numbers", columns=[]) for _ in range(2))
    for line in (5, 3, 2, 4, 6):
        ImportRow.objects.create(job=job, line=line, outcome="failed", name=f"=n{line}")
        ImportProblem.objects.create(job=job, line=2, column=f"c{line}", code="x", message="y")
    ImportRow.objects.create(job=other, line=2, outcome="failed", name="other")
    assert _table(result_file(job))[1:] == [[str(line), "failed", f"'=n{line}", ""] for line in (2, 3, 4, 5, 6)]
    assert [row[1] for row in _table(problems_file(job))[1:]] == ["c5", "c3", "c2", "c4", "c6"]


def test_passwords_are_for_no_cache() -> None:
    response = passwords_file([Password(2, "carol", "a.example.org", "secret")])
    assert response.headers["Cache-Control"] == "no-store"
    assert _table(response) == [["line", "username", "domain", "password"], ["2", "carol", "a.example.org", "secret"]]
