"""Rows of numbers: what the panel's import does (numbering/imports.py), some lines at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from imports import claims
from imports.choices import Outcome
from imports.models import ImportJob
from imports.reading import FileError, Line
from imports.rows import Batch, Result, Wrong
from numbering.choices import ImportVerb
from numbering.imports import Step, apply, plan
from numbering.sheets import CellError, Row, Sheet, SheetError, row_of
from numbering.sheets import columns_of as columns_of_numbers


def columns_of(header: list[str]) -> list[str]:
    """The columns that the first line names. Raises FileError."""
    try:
        return columns_of_numbers(header)
    except SheetError as error:
        raise FileError(1, "unknown_column", error.problem.text) from error


def prepare(job: ImportJob, lines: Sequence[Line]) -> tuple[list[Row], Batch]:
    """Read lines, and refuse what can be refused without knowing what stands: cells, numbers that stand twice."""
    rows: list[Row] = []
    batch = Batch([], [], [])
    for line in lines:
        try:
            rows.append(row_of(line.number, job.columns, line.cells))
        except CellError as error:
            _refuse(batch, line.number, "", Wrong(line.number, "", "invalid", error.text))
    whose = claims.take(job, [(key, row.line) for row in rows for _column, key in _keys(row)])
    good = []
    for row in rows:
        twice = [(column, whose[key]) for column, key in _keys(row) if whose[key] != row.line]
        for column, before in twice:
            text = _("Line %(line)d says something of it already.") % {"line": before}
            _refuse(batch, row.line, row.e164, Wrong(row.line, column, "twice", text))
        if not twice:
            good.append(row)
    return good, batch


def _keys(row: Row) -> Iterator[tuple[str, str]]:
    yield "number", row.e164
    if row.main and row.subscriber:
        yield "main", f"main of {'@'.join(row.subscriber)}"[:340]


def _refuse(batch: Batch, line: int, name: str, wrong: Wrong) -> None:
    batch.problems.append(wrong)
    if not batch.results or batch.results[-1].line != line:
        batch.results.append(Result(line, Outcome.FAILED, name))


def carry_out(job: ImportJob, rows: Sequence[Row]) -> Batch:
    """Do what the rows say. Raises ValidationError where something changed meanwhile."""
    assert isinstance(job.made_by, User)  # noqa: S101 - running.py goes on for nobody else
    wanted = plan(Sheet(list(rows), []), job.made_by)
    batch = Batch([], [], [])
    numbers = {row.line: row.e164 for row in rows}
    for problem in wanted.problems:
        _refuse(batch, problem.line, numbers[problem.line], Wrong(problem.line, "", "refused", problem.text))
    apply(wanted, only_good=True)
    batch.results.extend(_result(step) for step in wanted.steps)
    return batch


def _result(step: Step) -> Result:
    outcome = Outcome.UPDATED if step.verbs else Outcome.UNCHANGED
    if ImportVerb.CREATE in step.verbs:
        outcome = Outcome.CREATED
    return Result(step.row.line, outcome, step.row.e164, step.number.uid)
