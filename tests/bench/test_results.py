"""The file of results keeps what was not measured again."""

from pathlib import Path

from bench import results
from bench.figures import Spread
from bench.stage import Plan
from bench.table import Row


def row(key: str, value: float) -> Row:
    return Row(key, key, "", "", Spread.of([value]), "×")


def test_new_rows_take_the_place_of_old_ones(tmp_path: Path) -> None:
    file = tmp_path / "results" / "latest.json"
    results.write([row("a", 1.0), row("b", 2.0)], Plan(runs=2), file)
    results.write([row("b", 3.0), row("c", 4.0)], Plan(runs=5), file)
    rows = results.read(file)
    assert [(one["key"], one["measured"]["median"], one["plan"]["runs"]) for one in rows] == [
        ("a", 1.0, 2), ("b", 3.0, 5), ("c", 4.0, 5)
    ]  # fmt: skip
    assert all(one["machine"]["cores"] for one in rows)


def test_without_a_file_there_are_no_rows(tmp_path: Path) -> None:
    assert results.read(tmp_path / "latest.json") == []
