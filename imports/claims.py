"""A file says each thing once: a line that is about the same as one before it is refused, whichever part it is in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import connection

from imports.models import ImportJob

_TAKE: Final = """
    INSERT INTO imports_importclaim (job_id, key, line)
    SELECT %s, key, line FROM unnest(%s::text[], %s::integer[]) WITH ORDINALITY AS wanted (key, line, place)
    ORDER BY place
    ON CONFLICT (job_id, key) DO NOTHING
"""
_WHOSE: Final = "SELECT key, line FROM imports_importclaim WHERE job_id = %s AND key = ANY(%s::text[])"


def take(job: ImportJob, wanted: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Of each key the line that it belongs to: that of the pair (key, line), or an earlier one."""
    if not wanted:
        return {}
    keys, lines = [key for key, _line in wanted], [line for _key, line in wanted]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [job.pk, keys, lines])
        if cursor.rowcount == len(wanted):
            return dict(wanted)
        cursor.execute(_WHOSE, [job.pk, keys])
        return dict(cursor.fetchall())
