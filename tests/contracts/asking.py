"""Rows of a view, asked for as the edge does: by SQL."""

from typing import Any

from django.db import connection


def rows(statement: str, values: Any = None) -> list[dict[str, Any]]:
    """What a statement gives, by column."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.description is not None
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def row(view: str, **where: Any) -> dict[str, Any]:
    """The only row of a view where these columns have these values."""
    conditions = " AND ".join(f"{name} = %({name})s" for name in where) or "true"
    (found,) = rows(f"SELECT * FROM {view} WHERE {conditions}", where)  # noqa: S608 - names of the tests
    return found
