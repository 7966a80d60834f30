"""Having PostgreSQL count the tables that a job fills, so that its plans fit them.

Plans are made for what was counted last. On a platform that was empty an hour ago, or where a dry run of as many rows
was taken back, that was next to nothing: then each foreign key is checked by reading all of a reseller's customers, and
an import of n rows takes n² steps. PostgreSQL's own count comes a minute later, when most of the file is done.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

from imports.models import ImportJob

TABLES: Final = (
    "accounts_customer", "subscribers_subscriber", "subscribers_sipcredential", "subscribers_callsettings",
    "numbering_phonenumber", "numbering_numberassignment", "imports_importclaim",
)  # fmt: skip
_TOO_FEW: Final = "SELECT relname FROM pg_class WHERE oid = ANY(%s::regclass[]) AND reltuples < %s ORDER BY relname"


def count_again(job: ImportJob) -> None:
    """Behind parts 1, 4, 16, 64 …: count the tables of which fewer rows are known than the job has made. Tables that
    somebody else counts or clears up at this moment are left to them. Within the part's transaction."""
    if job.is_dry_run or not _is_power_of_four(job.parts_done):
        return
    with connection.cursor() as cursor:
        cursor.execute(_TOO_FEW, [list(TABLES), job.rows_created])
        if tables := [name for (name,) in cursor.fetchall()]:
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(tables)}")


def _is_power_of_four(number: int) -> bool:
    return number > 0 and number.bit_count() == 1 and number.bit_length() % 2 == 1
