"""How samples stand in the table."""

from bench.cpu import Usage
from bench.rows.words import cost, times
from bench.sipp import Counts
from bench.work import Sample, Samples

SAMPLES = Samples("edge", (Sample(Usage(40.0, 12.0), Counts(0, 10, 0, 0, 1.0, (1.0, 4.0))),))


def test_costs_and_times() -> None:
    assert cost(SAMPLES) == "52.0 (52.0–52.0) µs, of it PostgreSQL 12"
    assert times(SAMPLES) == "1 and 4 ms"


def test_what_was_not_measured() -> None:
    assert cost(Samples("edge", ())) == "not held"
    assert cost(Samples("kamailio", ())) == times(Samples("kamailio", ())) == "–"
