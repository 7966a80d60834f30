"""Calls of all kinds over half a year; the few that hardly call have theirs."""

from collections import Counter
from datetime import UTC, datetime

from bench.web.call_rows import COLUMNS, FEW, RARE_GATEWAY, SPAN, call_rows
from bench.web.shape import SPARSE, Shape

SHAPE = Shape(0.004)
END = datetime(2026, 11, 23, tzinfo=UTC)
NAMES = COLUMNS.split(", ")
ROWS = [
    dict(zip(NAMES, row.rstrip("\n").split("\t"), strict=True))
    for row in call_rows(SHAPE, END - SPAN, END, SHAPE.calls, live=30)
]


def _of_reseller(number: int) -> list[dict[str, str]]:
    return [row for row in ROWS if str(number) in (row["caller_reseller_id"], row["callee_reseller_id"])]


def test_they_come_in_the_order_of_time_with_ids_that_say_so() -> None:
    assert len({row["id"] for row in ROWS}) == SHAPE.calls
    assert [row["started_at"] for row in ROWS] == sorted(row["started_at"] for row in ROWS)
    assert [row["id"][:13] for row in ROWS] == sorted(row["id"][:13] for row in ROWS)
    assert {row["id"][14] for row in ROWS} == {"7"}


def test_all_directions_states_and_outcomes_are_there() -> None:
    directions = Counter(row["direction"] for row in ROWS)
    assert min(directions["inbound"], directions["outbound"], directions["internal"]) > SHAPE.calls / 20
    assert sum(row["state"] != "ended" for row in ROWS) == 30
    assert {row["ended_at"] == r"\N" for row in ROWS if row["state"] == "ended"} == {False}
    assert len(Counter(row["status_code"] for row in ROWS)) >= 6
    assert 0 < sum(row["gateway_in_id"] == str(RARE_GATEWAY) for row in ROWS) < 5


def test_the_sparse_ones_have_few_calls_all_over_long_ago_or_none() -> None:
    first = SHAPE.resellers - SPARSE + 1
    spread, old, none = (_of_reseller(number) for number in range(first, first + SPARSE))
    assert (len(spread), len(old), len(none)) == (FEW, FEW, 0)
    assert ROWS.index(spread[-1]) > 0.9 * len(ROWS)
    assert ROWS.index(old[-1]) < 0.1 * len(ROWS)


def test_calls_between_resellers_exist() -> None:
    sides = {(row["caller_reseller_id"], row["callee_reseller_id"]) for row in ROWS}
    assert ("1", "2") in sides
    assert ("1", "1") in sides
