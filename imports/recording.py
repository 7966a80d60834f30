"""Writing down what became of rows, a statement for all of a part."""

from __future__ import annotations

from typing import Final

from django.db import connection

from imports.choices import Outcome
from imports.models import ImportJob
from imports.rows import Batch

MAX_MESSAGE: Final = 500
_ROWS: Final = """
    INSERT INTO imports_importrow (job_id, line, outcome, name, row_uid)
    SELECT %s, * FROM unnest(%s::integer[], %s::text[], %s::text[], %s::uuid[])
"""
_PROBLEMS: Final = """
    INSERT INTO imports_importproblem (job_id, line, "column", code, message)
    SELECT %s, * FROM unnest(%s::integer[], %s::text[], %s::text[], %s::text[])
"""


def record(job: ImportJob, batch: Batch) -> None:
    """Write the outcomes and problems of some rows; of what was only tried there is no id."""
    rows = sorted(batch.results)
    problems = sorted(batch.problems, key=lambda wrong: wrong.line)
    with connection.cursor() as cursor:
        uids = [None if _was_tried(job, row.outcome) or row.uid is None else str(row.uid) for row in rows]
        names = [row.name[:340] for row in rows]
        cursor.execute(_ROWS, [job.pk, [row.line for row in rows], [row.outcome for row in rows], names, uids])
        if not problems:
            return
        lines, columns = [one.line for one in problems], [one.column for one in problems]
        messages = [str(one.message)[:MAX_MESSAGE] for one in problems]
        cursor.execute(_PROBLEMS, [job.pk, lines, columns, [one.code for one in problems], messages])


def _was_tried(job: ImportJob, outcome: Outcome) -> bool:
    return job.is_dry_run and outcome == Outcome.CREATED
