"""Rows, goals, and the table."""

import json
import re

import pytest

from bench.figures import Spread
from bench.table import Goal, Row, columns, render


def row(measured: Spread | None, goal: Goal | None = None) -> Row:
    return Row("key", "work", "60 µs", "50 µs", measured, "×", goal, {"runs": [1]})


@pytest.mark.parametrize(
    ("goal", "value", "reached"),
    [
        (Goal("≤ 1.0", 1.0), 1.0, True),
        (Goal("≤ 1.0", 1.0), 1.01, False),
        (Goal("≥ 8,000/s", 8000, at_least=True), 8000, True),
        (Goal("≥ 8,000/s", 8000, at_least=True), 7999, False),
    ],
)
def test_a_goal_is_reached_by_the_median(goal: Goal, value: float, reached: bool) -> None:
    assert row(Spread(value, 0.0, 99_999.0), goal).reached is reached


def test_what_was_not_held_reaches_no_goal() -> None:
    assert row(None, Goal("≤ 1.0", 1.0)).reached is False
    assert row(None).reached is None
    assert row(None).cells()[3:] == ("not held", "–", "–")


def test_the_table_has_columns_of_one_width() -> None:
    lines = render([row(Spread(0.5, 0.4, 0.6), Goal("≤ 1.0 ×", 1.0)), row(None)]).splitlines()
    assert lines[0].split() == ["work", "edge", "reference", "measured", "goal", "reached"]
    assert re.split(" {2,}", lines[2]) == ["work", "60 µs", "50 µs", "0.50 (0.40–0.60) ×", "≤ 1.0 ×", "yes"]
    assert lines[3].index("not held") == lines[2].index("0.50")


def test_the_rule_is_under_the_heads() -> None:
    assert columns([("a", "bb"), ("ccc", "d")]) == "a    bb\n───  ──\nccc  d"


def test_a_row_is_ready_for_json() -> None:
    known = json.loads(json.dumps(row(Spread(0.5, 0.4, 0.6), Goal("≤ 1.0 ×", 1.0)).as_dict()))
    assert known["measured"] == {"median": 0.5, "min": 0.4, "max": 0.6}
    assert (known["goal"], known["reached"], known["details"]) == ("≤ 1.0 ×", True, {"runs": [1]})
    assert row(None).as_dict()["measured"] is None
