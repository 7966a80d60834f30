"""How the database is emptied after a test that committed: row by row, which for a few rows costs a fortieth of
TRUNCATE, whose price is the files of all tables and indexes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

_FUNCTIONS = "SELECT prosrc FROM pg_proc JOIN pg_trigger ON tgfoid = pg_proc.oid WHERE tgtype & 32 > 0"
_TOPIC = re.compile(r"edge_notify_all\('(\w+)'\)")


def sql_flush(operations: DatabaseOperations, _style: Any, tables: Sequence[str], **_options: bool) -> list[str]:
    """In place of Django's: waits for who still writes; no trigger fires, but what TRUNCATE's tell the edge is told."""
    if not tables:
        return []
    names = [operations.quote_name(table) for table in sorted(tables)]
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTIONS)
        topics = {topic for (source,) in cursor.fetchall() for topic in _TOPIC.findall(source)}
    return [
        "SET LOCAL session_replication_role = replica",
        f"LOCK TABLE {', '.join(names)} IN SHARE ROW EXCLUSIVE MODE",
        "; ".join(f"DELETE FROM {name}" for name in names),  # noqa: S608 - our own tables
        "SET LOCAL session_replication_role = origin",
        *(f"SELECT edge_notify_all('{topic}')" for topic in sorted(topics)),
    ]
