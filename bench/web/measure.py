"""How often a case is asked for, and what comes of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from bench.figures import percentile
from bench.web.asking import Answer, Worker
from bench.web.cases import Case, Finding

GOAL: Final = 0.1
"""Seconds: what PERFORMANCE.md wants of p95."""

MOST_SECONDS: Final = 20.0
"""For one case: a page of seconds is not asked for forty times."""

LEAST: Final = 3
"""Times that even the slowest case is asked for."""

CLEAR: Final = 6
"""Times after which a case whose slowest answer took less than half of the goal is let be."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one case took, in seconds: the whole answer; its CPU time, PostgreSQL's included; its queries (medians).

    wrong: what is not as it must be.
    """

    page: str
    who: str
    parameters: str
    rows: int | None
    queries: int
    times: int
    p50: float
    p95: float
    cpu: float
    sql: float
    size: int
    wrong: str = ""

    @property
    def is_slow(self) -> bool:
        """Whether the goal is missed."""
        return self.p95 >= GOAL

    def as_json(self) -> dict[str, Any]:
        """The row with times in milliseconds."""
        found = asdict(self)
        return found | {name: round(found[name] * 1000, 2) for name in ("p50", "p95", "cpu", "sql")}


def measure(
    worker: Worker, cases: Iterable[Case], repeat: int, tell: Callable[[Case, Row], None] = lambda _case, _row: None
) -> list[Row]:
    """Ask for each case `repeat` times, one after the other."""
    rows = []
    for case in cases:
        rows.append(measure_one(worker, case, repeat))
        tell(case, rows[-1])
    return rows


def measure_one(worker: Worker, case: Case, repeat: int) -> Row:
    """One case. The first answer is looked at and not timed: it compiles templates and plans, as a worker does once.

    It alone counts where `repeat` is 0, or where it is wrong.
    """
    first = worker.get(case.person, case.path, case.query)
    finding = Finding(None, f"status {first.status}") if first.status != 200 else case.look(first)
    answers = [first] if finding.wrong else _ask(worker, case, repeat) or [first]
    seconds = [answer.seconds for answer in answers]
    sql = [answer.sql_seconds for answer in answers]
    return Row(
        case.page,
        case.person.name,
        case.label,
        finding.rows,
        max(answer.queries for answer in answers),
        len(answers),
        percentile(seconds, 0.5),
        percentile(seconds, 0.95),
        percentile([answer.cpu_seconds for answer in answers], 0.5),
        percentile(sql, 0.5),
        len(first.body),
        finding.wrong,
    )


@dataclass(frozen=True, slots=True)
class Growth:
    """The queries of a page with ten rows and with fifty."""

    page: str
    who: str
    few: int
    many: int

    @property
    def grows(self) -> bool:
        """Whether more rows cost more queries."""
        return self.many > self.few


def _ask(worker: Worker, case: Case, repeat: int) -> list[Answer]:
    answers: list[Answer] = []
    until = time.perf_counter() + MOST_SECONDS
    while len(answers) < repeat and (len(answers) < LEAST or time.perf_counter() < until):
        answers.append(worker.get(case.person, case.path, case.query))
        if len(answers) == CLEAR and max(answer.seconds for answer in answers) < GOAL / 2:
            break
    return answers
