"""The bench from its start to its table, with a few hundred registrations and calls."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bench.kamailio import schema
from bench.rows import calls, refresh, registration
from bench.stage import Plan, Stage, set_up
from bench.table import Row, render
from provider.run.processes import works_in
from tests.tools import require

# So many that each of the programs uses some of the ticks of 10 ms in which the kernel counts its CPU time.
PLAN = Plan(runs=1, rate=400, seconds=3.0, calls=60, subscribers=150)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    require("sipp")
    folder = tmp_path_factory.mktemp("bench")
    with set_up(PLAN, folder, fresh=False) as found:
        yield found
        postmaster = found.database.pid
    assert not works_in(postmaster, folder / "postgres" / "data")


def assert_measured(row: Row, *, has_reference: bool) -> None:
    assert "not held" not in row.edge, row
    if has_reference:
        assert row.measured is not None, row
        assert row.reference != "–"
        assert all(cost > 0 for cost in row.details["kamailio"]["cpu_us_program"])
    assert all(cost > 0 for cost in row.details["edge"]["cpu_us_program"])
    assert row.key in {"registration", "call"}


def test_registrations_are_measured_and_found_in_postgresql(stage: Stage) -> None:
    costs, times = registration.in_memory(stage)
    assert_measured(costs, has_reference=shutil.which("kamailio") is not None)
    assert times.measured is not None
    assert times.measured.median < 1000
    assert stage.database.value("SELECT count(*) FROM edge_binding") == PLAN.subscribers
    assert "registration at 400/s" in render([costs, times])


def test_calls_are_measured_and_have_their_records(stage: Stage) -> None:
    (row,) = calls.calls_in(stage)
    assert_measured(row, has_reference=shutil.which("kamailio") is not None)
    ended = stage.database.value("SELECT count(*) FROM edge_call WHERE state = 'ended'")
    assert ended >= PLAN.calls


def test_refreshes_are_one_request_each(stage: Stage) -> None:
    (row,) = refresh.refreshes(replace(stage, has_kamailio=False))
    assert row.measured is not None, row


@pytest.mark.skipif(shutil.which("kamailio") is None, reason="kamailio is not installed")
def test_the_reference_has_the_same_subscribers(stage: Stage) -> None:
    for query in ("SELECT count(*) FROM subscriber", "SELECT count(*) FROM dbaliases"):
        assert stage.database.value(query, name=schema.NAME) == PLAN.subscribers


def test_a_second_start_finds_what_is_there(stage: Stage) -> None:
    stage.database.run([sys.executable, "-m", "bench.seed", str(PLAN.subscribers)])
    assert stage.database.value("SELECT count(*) FROM subscribers_subscriber") == PLAN.subscribers
    stage.database.run([sys.executable, "-m", "bench.seed", str(PLAN.subscribers + 5)])
    assert stage.database.value("SELECT count(*) FROM subscribers_sipcredential") == PLAN.subscribers + 5
    assert stage.database.value("SELECT count(*) FROM edge_number WHERE subscriber_id IS NOT NULL") == (
        PLAN.subscribers + 5
    )
