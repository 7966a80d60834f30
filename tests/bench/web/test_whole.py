"""The whole of `make bench-web`, small: every page and operation is found, answers what was asked, and few queries do.

The numbers of queries are pinned: a page that needs one more fails here, whatever its speed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin

from bench.web.__main__ import examine
from bench.web.report import Result, text, write
from bench.web.shape import Shape
from calls.models import Call
from provider.api.router import router
from provider.run.environment import ROOT

API_QUERIES = {"customers": 2, "domains": 3, "subscribers": 4, "numbers": 4, "registrations": 5, "calls": 4}
"""The token; the page; what is prefetched; the row that a filter names by its id; of calls and
subscribers the page's keys; of registrations how many subscribers they may be of, and how many a customer has."""

PANEL_QUERIES = 12
"""Session, user, badges, count, page; keys of a page far down; what is prefetched; choices of filters."""


@pytest.fixture
def result(shape: Shape, settings: Any) -> Result:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    return examine(shape, 0, few=True)


def test_every_page_and_operation_is_measured_and_right(result: Result, tmp_path: Path) -> None:
    assert result.wrong == []
    assert result.growing == []
    pages = {row.page for row in result.rows}
    for page in admin.site._registry.values():
        assert f"/admin/{page.opts.app_label}/{page.opts.model_name}/" in pages
    for collection, _view, _name in router.registry:
        assert {f"/api/v1/{collection}/", f"/api/v1/{collection}/<uuid:id>/"} <= pages
    assert {"/", "/live/phones/", "/live/calls/", "/settings/<uuid:uid>/", "/reseller/", "/admin/"} <= pages
    assert {"/admin/search/"} <= pages
    _queries_are_few(result)
    _parameters_are_tried(result)
    _is_written(result, tmp_path)


def _queries_are_few(result: Result) -> None:
    most: defaultdict[str, int] = defaultdict(int)
    for row in result.rows:
        most[row.page] = max(most[row.page], row.queries)
    assert {name: most[f"/api/v1/{name}/"] for name in API_QUERIES} == API_QUERIES
    lists = {page: count for page, count in most.items() if page.startswith("/admin/") and page.count("/") == 4}
    assert {page: count for page, count in lists.items() if count > PANEL_QUERIES} == {}


def _parameters_are_tried(result: Result) -> None:
    tried = {row.parameters for row in result.rows if row.page == "/api/v1/calls/" and row.who == "admin"}
    for parameter in ("direction=inbound", "is_live=true", "ordering=started_at"):
        assert parameter in tried
    assert any("cursor=" in parameters for parameters in tried)
    tried = {row.parameters for row in result.rows if row.page == "/admin/numbering/phonenumber/"}
    assert {"-", "state=free", "state=assigned"} <= tried, tried
    assert any(parameters.startswith("o=-") for parameters in tried), tried
    assert any(parameters.startswith("q=+4") for parameters in tried)
    assert len({row.who for row in result.rows if row.page == "/api/v1/calls/"}) == 3


def _is_written(result: Result, tmp_path: Path) -> None:
    printed = text(result)
    assert f"{len(result.rows)} cases" in printed
    write(result, tmp_path / "latest-web.json")
    written = json.loads((tmp_path / "latest-web.json").read_text())
    assert len(written["rows"]) == len(result.rows)
    assert {"processor", "cores", "kernel", "python", "postgresql", "django", "commit", "date"} <= set(
        written["machine"]
    )


def test_an_answer_that_is_wrong_is_found(shape: Shape, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(Call.objects.all()), "of_reseller", lambda rows, _reseller: rows)
    monkeypatch.setattr("calls.api.views.CallFilter.live", lambda _self, rows, _name, _value: rows)
    found = examine(shape, 0, "/api/v1/calls/", few=True)
    assert any(row.wrong.startswith("is_live=") for row in found.wrong)
    assert not found.holds


def test_the_command_makes_its_own_instance_and_uses_it_again(tmp_path: Path) -> None:
    results, command = tmp_path / "latest-web.json", [sys.executable, "-m", "bench.web", "--scale", "0.001"]
    command += ["--repeat", "1", "--folder", str(tmp_path / "data"), "--only", "/live/calls/"]
    command += ["--results", str(results)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "FREITON_"))}
    runs = [
        subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        for _ in range(2)
    ]
    for run in runs:
        assert "/live/calls/" in run.stdout, run.stdout + run.stderr
        assert "WRONG" not in run.stdout
    assert "calls_call" in runs[0].stdout
    assert "calls_call" not in runs[1].stdout
    assert not results.exists()  # a part of the pages is no result
