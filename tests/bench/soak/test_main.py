"""The soak's table and its lines."""

from dataclasses import replace

from bench.soak.__main__ import describe, table
from tests.bench.soak.looks import WELL


def test_the_table_shows_some_looks_and_the_end() -> None:
    looks = [replace(WELL, seconds=60.0 * number) for number in range(60)]
    lines = table(looks, replace(WELL, seconds=3700.0, transactions=0.0)).splitlines()
    assert len(lines) == 2 + 15 + 1
    assert lines[2].split()[:4] == ["0.0", "100.0", "80.0", "25"]
    assert lines[-1].split()[0] == "61.7"


def test_a_look_in_a_line() -> None:
    assert describe(WELL).startswith(
        "RSS 100.0 MB, PSS 80.0, files 25, transactions 7000, cached 11000, p50 2 p99 9 ms"
    )
