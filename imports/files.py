"""What can be downloaded of an import: what became of each row, what is wrong with which line, passwords."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from imports.models import ImportJob, ImportProblem, ImportRow
from imports.rows import Password
from provider.csv_rows import csv_response

AT_ONCE: Final = 5_000


def result_file(job: ImportJob) -> StreamingHttpResponse:
    """What became of each row, in the file's order; name: of what it is about; id: the API's."""
    rows = ImportRow.objects.filter(job=job)
    return csv_response("import-result", ["line", "outcome", "name", "id"], _read(rows, "outcome", "name", "row_uid"))


def problems_file(job: ImportJob) -> StreamingHttpResponse:
    """What is wrong with which line."""
    rows = ImportProblem.objects.filter(job=job)
    return csv_response(
        "import-errors", ["line", "column", "code", "message"], _read(rows, "column", "code", "message")
    )


def passwords_file(passwords: Iterable[Password]) -> StreamingHttpResponse:
    """Passwords, for the only time."""
    response = csv_response("import-passwords", Password._fields, passwords)
    response["Cache-Control"] = "no-store"
    return response


def _read(rows: QuerySet[Any], *columns: str) -> Iterator[tuple[Any, ...]]:
    """In the order of lines, some thousands at a time."""
    ordered = rows.order_by("line", "id").values_list("id", "line", *columns)
    found = list(ordered[:AT_ONCE])
    while found:
        yield from (values for _key, *values in found)  # type: ignore[misc]
        key, line, *_others = found[-1]
        behind = ordered.filter(line__gt=line) | ordered.filter(line=line, id__gt=key)
        found = list(behind[:AT_ONCE])
