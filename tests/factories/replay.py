"""Rows that very many tests begin with: made once by the product's own code, and put back as rows after that.

What stands in the database and in Python is the same each time but for the clock: all times are moved to now. Nothing
is told to anybody (no trigger fires), so it is for tests that run in one transaction and are rolled back.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model
from django.utils import timezone

Made = TypeVar("Made")
Place = tuple[str, str]

TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
"""
COLUMNS = """
    SELECT quote_ident(attname), format_type(atttypid, NULL) FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""
SEQUENCE = """
    SELECT format('SELECT setval(%%1$L, (SELECT greatest(max(id), nextval(%%1$L)) FROM %%2$s))',
                  pg_get_serial_sequence(attrelid::regclass::text, attname), attrelid::regclass)
    FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'id' AND attidentity <> ''
"""
PLACE = "tableoid::regclass || ' ' || ctid"


@dataclass(frozen=True, slots=True)
class Kept:
    """What was made: the moment, one statement that puts the rows back, their JSON, and what `make` gave, pickled."""

    at: datetime
    statement: str
    rows: list[str]
    made: bytes


class Replay(Generic[Made]):
    """`make`, which is run once in this process, and whose rows are put back from then on."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._kept: Kept | None = None

    def __call__(self) -> Made:
        """What `make` gives."""
        if self._kept is None:
            return self._first()
        passed = timezone.now() - self._kept.at
        with connection.cursor() as cursor:
            cursor.execute(self._kept.statement, [part for rows in self._kept.rows for part in (passed, rows)])
        made: Made = pickle.loads(self._kept.made)  # noqa: S301 - our own, of a moment ago
        for row in _rows_in(made, set()):
            _move(row, passed)
        return made

    def _first(self) -> Made:
        before = _places()
        made = self._make()
        at, after = timezone.now(), _places()
        if before - after:
            message = f"It changed rows that stood already, which cannot be put back: {before - after}"
            raise AssertionError(message)
        new = sorted(after - before)
        tables = sorted({table for table, _place in new})
        statements = ["SET LOCAL session_replication_role = replica", *(_insertion(table) for table in tables)]
        advances = [advance for table in tables for advance in _advances(table)]
        statement = "; ".join([*statements, "SET LOCAL session_replication_role = origin", *advances])
        rows = [_as_json(table, [place for name, place in new if name == table]) for table in tables]
        self._kept = Kept(at, statement, rows, pickle.dumps(made))
        return made


def _places() -> set[Place]:
    """Where all rows of all our tables stand: table and place."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [table for (table,) in cursor.fetchall()]
        looks = [f"SELECT '{table}', {PLACE} FROM {connection.ops.quote_name(table)}" for table in tables]  # noqa: S608 - our own tables
        cursor.execute(" UNION ALL ".join(looks))
        return set(cursor.fetchall())


def _as_json(table: str, places: list[str]) -> str:
    with connection.cursor() as cursor:
        rows = f"SELECT * FROM {connection.ops.quote_name(table)} WHERE {PLACE} = ANY(%s)"  # noqa: S608 - as above
        cursor.execute(f"SELECT json_agg(kept)::text FROM ({rows}) kept", [places])  # noqa: S608 - as above
        return str(cursor.fetchone()[0])


def _insertion(table: str) -> str:
    """The statement that puts rows of a table back: its parameters are the time that has passed, and their JSON."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [connection.ops.quote_name(table)])
        columns = dict(cursor.fetchall())
    moved = {"timestamp with time zone": "{} + passed", "xid8": "pg_current_xact_id()"}
    values = ", ".join(moved.get(kind, "{}").format(name) for name, kind in columns.items())
    name = connection.ops.quote_name(table)
    source = f"(SELECT %s::interval AS passed) AS clock, json_populate_recordset(NULL::{name}, %s)"
    return f"INSERT INTO {name} ({', '.join(columns)}) SELECT {values} FROM {source}"  # noqa: S608 - as above


def _advances(table: str) -> list[str]:
    """What keeps the table's keys from being given out again: tests that count from one put its sequence back."""
    with connection.cursor() as cursor:
        cursor.execute(SEQUENCE, [connection.ops.quote_name(table)])
        return [advance for (advance,) in cursor.fetchall()]


def _rows_in(thing: Any, seen: set[int]) -> Iterator[Model]:
    """All models that a dataclass holds, and those that they refer to, each once."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, Model):
        yield thing
        for other in thing._state.fields_cache.values():
            yield from _rows_in(other, seen)
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from _rows_in(getattr(thing, field.name), seen)


def _move(row: Model, passed: timedelta) -> None:
    for name, value in row.__dict__.items():
        if isinstance(value, datetime):
            row.__dict__[name] = value + passed
