"""How often a case is asked for, and what a row says about it; the worker is one that answers by heart."""

from collections.abc import Iterator
from typing import Any

from bench.web.asking import Answer, Query
from bench.web.cases import Case, Finding, combined, once
from bench.web.measure import CLEAR, GOAL, LEAST, measure, measure_one

PERSON: Any = type("Person", (), {"name": "admin", "pairs": True})()


class ByHeart:
    """Gives these times one after the other, the last of them for ever; counts the requests."""

    def __init__(self, *seconds: float, status: int = 200) -> None:
        self._seconds, self._status, self.asked = list(seconds), status, 0

    def get(self, _person: Any, _path: str, _query: Query = ()) -> Answer:
        """The next answer."""
        self.asked += 1
        seconds = self._seconds.pop(0) if len(self._seconds) > 1 else self._seconds[0]
        return Answer(self._status, b"body", seconds, 4, seconds / 2, seconds / 4, ())


def _case(wrong: str = "") -> Case:
    return Case("/page/", PERSON, "/page/", (("a", "b"),), lambda _answer: Finding(7, wrong))


def test_the_first_answer_is_looked_at_and_not_timed() -> None:
    worker: Any = ByHeart(9.0, 0.06, 0.07, 0.08)
    row = measure_one(worker, _case(), 3)
    assert (row.times, row.p50, row.p95, row.rows, row.parameters) == (3, 0.07, 0.08, 7, "a=b")
    assert (row.sql, row.cpu, row.queries, row.size) == (0.035, 0.0175, 4, 4)
    assert not row.is_slow


def test_what_is_clearly_quick_is_let_be() -> None:
    worker: Any = ByHeart(GOAL / 10)
    assert measure_one(worker, _case(), 40).times == CLEAR
    worker = ByHeart(GOAL * 0.9)
    assert measure_one(worker, _case(), 40).times == 40


def test_a_wrong_answer_and_a_wrong_status_are_errors_and_are_not_repeated() -> None:
    worker: Any = ByHeart(0.01)
    row = measure_one(worker, _case("two rows are missing"), 40)
    assert (row.wrong, worker.asked, row.times) == ("two rows are missing", 1, 1)
    broken: Any = ByHeart(0.01, status=500)
    assert measure_one(broken, _case(), 40).wrong == "status 500"


def test_every_case_gives_a_row_and_is_told() -> None:
    worker: Any = ByHeart(0.2)
    told: list[str] = []
    rows = measure(worker, [_case(), _case()], LEAST, lambda case, row: told.append(f"{case.page} {row.p95}"))
    assert [row.is_slow for row in rows] == [True, True]
    assert told == ["/page/ 0.2", "/page/ 0.2"]
    assert rows[0].as_json()["p95"] == 200.0


def _queries(*values: tuple[str, str]) -> list[Query]:
    return [(value,) for value in values]


def test_parameters_are_tried_alone_and_two_together() -> None:
    choices = {"a": _queries(("a", "1"), ("a", "2"), ("a", "3")), "b": _queries(("b", "1"))}
    found: Iterator[Query] = combined(choices)
    assert list(found) == [
        (), *choices["a"], *choices["b"],
        (("a", "1"), ("b", "1")), (("a", "2"), ("b", "1")),
    ]  # fmt: skip
    assert len(list(combined(choices, pairs=False))) == 4


def test_nothing_is_asked_twice() -> None:
    assert once([(), (("a", "1"),), (), (("a", "1"),)]) == [(), (("a", "1"),)]
