"""What counts as a good run, and what is made of several."""

from types import SimpleNamespace
from typing import Any

import pytest

from bench import work
from bench.cpu import Usage
from bench.processes import BenchError
from bench.sipp import Counts
from bench.work import LostError, Sample, Samples


def counts(well: int = 1000, failed: int = 0, again: int = 0) -> Counts:
    return Counts(0 if not failed else 1, well, failed, again, 2.0, (1.0, 3.0))


def sample(program: float, database: float) -> Sample:
    return Sample(Usage(program, database), counts())


@pytest.fixture
def stage() -> Any:
    said: list[str] = []
    return SimpleNamespace(say=said.append, said=said, database=SimpleNamespace(pid=1))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server whose tree uses 0.1 s, and PostgreSQL's 0.05 s, between two looks."""
    used = {7: 5.0, 1: 50.0}

    def seconds(pid: int) -> float:
        used[pid] += 0.1 if pid == 7 else 0.05
        return used[pid]

    monkeypatch.setattr("bench.cpu.seconds", seconds)
    program = SimpleNamespace(pid=7, is_alive=True, last_words=lambda: "segmentation fault")
    return SimpleNamespace(name="edge", program=program, address=("127.0.0.1", 5060), settle_seconds=0.0)


def test_a_good_run_gives_microseconds_for_each_piece(stage: Any, server: Any) -> None:
    found = work.measure(stage, server, 1000, counts)
    assert (found.usage.program, found.usage.database) == pytest.approx((100.0, 50.0))


@pytest.mark.parametrize("lost", [counts(999), counts(999, 1), counts(again=1)])
def test_a_run_that_lost_work_or_repeated_it_counts_for_nothing(stage: Any, server: Any, lost: Counts) -> None:
    with pytest.raises(LostError):
        work.measure(stage, server, 1000, lambda: lost)


def test_a_server_that_died_ends_the_bench(stage: Any, server: Any) -> None:
    server.program.is_alive = False
    with pytest.raises(BenchError, match="edge has died: segmentation fault"):
        work.measure(stage, server, 1000, counts)


def test_a_lost_run_is_repeated_twice_at_most(stage: Any) -> None:
    attempts = []

    def attempt() -> Sample:
        attempts.append(1)
        if len(attempts) < 3:
            raise LostError("7 lost")
        return sample(1, 1)

    assert work.until_held(stage, "edge", attempt) == sample(1, 1)
    assert "thrown away (7 lost), attempt 2 of 3" in stage.said[1]

    def never() -> Sample:
        raise LostError("all lost")

    assert work.until_held(stage, "edge", never) is None
    assert len(stage.said) == 6


def test_servers_work_in_turns_and_one_that_does_not_hold_is_left_out(stage: Any) -> None:
    order = []

    def attempt_of(server: Any) -> Any:
        def attempt() -> Sample:
            order.append(server.name)
            if server.name == "b":
                raise LostError("stalled")
            return sample(1, 1)

        return attempt

    servers: list[Any] = [SimpleNamespace(name="a"), SimpleNamespace(name="b")]
    found = work.in_turns(stage, servers, 3, attempt_of)
    assert order == ["a", "b", "b", "b", "a", "a"]
    assert (len(found["a"].samples), len(found["b"].samples)) == (3, 0)


def test_ratios_are_of_neighbours() -> None:
    ours = Samples("edge", (sample(40, 10), sample(80, 20)))
    reference = Samples("kamailio", (sample(45, 5), sample(90, 10)))
    assert work.ratio(ours, reference).least == work.ratio(ours, reference).most == 1.0
    assert ours.total.median == 75.0
    assert (ours.program.most, ours.database.least) == (80, 10)
    assert ours.percentile(0.99).median == 3.0
    assert ours.as_dict()["cpu_us_postgresql"] == [10, 20]


def test_a_run_in_a_line() -> None:
    assert work.describe(sample(61.04, 14.0)) == (
        "  61.0 + PostgreSQL   14.0 µs each at 500/s, p50 1 p99 3 ms, 0 sent again"
    )
