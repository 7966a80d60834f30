"""An import costs the same for each of its rows, whatever PostgreSQL believed before: its plans are looked at."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from django.db import connection

from imports import counting
from imports.models import ImportJob
from tests.factories.numbering import NumberBlockFactory
from tests.factories.two_resellers import TwoResellers
from tests.imports.working import begin, run

pytestmark = pytest.mark.django_db

ROWS = 2_000
MOST = 300
"""Rows that all statements of a kind may look at, for each row of the file: some 50 is usual, a check that reads all
customers for each row until they are counted comes to 125, one that goes on with that to 1,000 and more."""
HEADER = "username,domain,customer,numbers,max_calls"
EXPLAIN = {"log_min_duration": "0", "log_nested_statements": "on", "log_analyze": "on", "log_timing": "off",
           "log_format": "json"}  # fmt: skip
PLAN = re.compile(r"duration: [\d.]+ ms  plan:\n(\{.*?\n\})", re.DOTALL)
VALUES = re.compile(r"ARRAY\[.*?\]|\(.*?\)|[0-9]+", re.DOTALL)


class _Notices:
    """What PostgreSQL says; of a list psycopg2 keeps the last fifty."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def append(self, text: str) -> None:
        self.texts.append(text)


def _visits(node: dict[str, Any]) -> int:
    """How many rows a plan looked at on its whole way."""
    members = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")
    own = sum(int(node.get(name, 0)) for name in members) * int(node.get("Actual Loops", 1))
    return own + sum(map(_visits, node.get("Plans", [])))


def _explained(notices: _Notices) -> Counter[str]:
    found: Counter[str] = Counter()
    for text in notices.texts:
        for plan in PLAN.findall(text):
            told = json.loads(plan)
            found[" ".join(VALUES.sub("…", told["Query Text"]).split())[:200]] += _visits(told["Plan"])
    return found


def _of(two_resellers: TwoResellers, customers: int) -> list[str]:
    NumberBlockFactory(first="+43120000", last="+43129999", reseller=two_resellers.a.reseller)
    return [f"u{number},a.example.org,c{number % customers},+4312{number:04},2" for number in range(ROWS)]


@pytest.mark.parametrize("customers", [500, ROWS])
def test_what_was_tried_before_spoils_no_plan(
    two_resellers: TwoResellers, monkeypatch: pytest.MonkeyPatch, customers: int
) -> None:
    """A dry run leaves pages without rows behind: who counts them then takes the tables for empty ones."""
    monkeypatch.setattr("imports.actions.PART", ROWS // 16)
    user, lines = two_resellers.a.reseller_user, _of(two_resellers, customers)
    run(begin(user, *lines, header=HEADER, is_dry_run=True, make_customers=True))
    job = begin(user, *lines, header=HEADER, make_customers=True)
    notices = _Notices()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("LOAD 'auto_explain'")
        for name, value in EXPLAIN.items():
            cursor.execute(f"SET LOCAL auto_explain.{name} = '{value}'")
        cursor.execute("SET LOCAL client_min_messages = log")
        monkeypatch.setattr(connection.connection, "notices", notices)
        run(job)
        cursor.execute("SET LOCAL client_min_messages = warning")
        cursor.execute("SET LOCAL auto_explain.log_min_duration = -1")
    assert (job.rows_created, job.rows_failed) == (ROWS, 0)
    visits = _explained(notices)
    assert len(visits) > 20, "plans were seen"
    dear = {statement: count / ROWS for statement, count in visits.items() if count > MOST * ROWS}
    assert dear == {}


def _known(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        return int(cursor.fetchone()[0])


def test_tables_are_counted_where_fewer_rows_are_known_than_were_made(two_resellers: TwoResellers) -> None:
    lines = _of(two_resellers, 10)[:20]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    known = _known("subscribers_subscriber")
    tried = run(begin(two_resellers.a.reseller_user, *lines, header=HEADER, is_dry_run=True, make_customers=True))
    assert (tried.rows_ok, _known("subscribers_subscriber")) == (20, known)
    run(begin(two_resellers.a.reseller_user, *lines, header=HEADER, make_customers=True))
    assert _known("subscribers_subscriber") == known + 20
    job = ImportJob(parts_done=4, rows_created=1)
    counting.count_again(job)
    assert _known("subscribers_subscriber") == known + 20


def test_behind_ever_more_parts() -> None:
    assert [number for number in range(300) if counting._is_power_of_four(number)] == [1, 4, 16, 64, 256]
