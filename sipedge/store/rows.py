"""The statements that write bindings, and rows in the form that they take.

Rows are plain tuples here, transposed into one argument for each column: this is done for every registration. A
column of text goes as one joined text, which costs a tenth of an array of texts at asyncpg, and the same at PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from sipedge.registrar.binding import Binding

Row: TypeAlias = tuple[Any, ...]
"""(subscriber_id, *Binding, expires_at as we knew it or None)."""

SEPARATOR: Final = "\x1f"
_NULL: Final = "\x1e"

_NUMBERS: Final = {"cseq": "int8", "q": "int4", "expires_at": "float8", "reg_id": "int4"}
_MAYBE_EMPTY: Final = ("user_agent", "path", "instance_id", "edge")
_COLUMNS: Final = ", ".join(Binding._fields)
_ASSIGNMENTS: Final = ", ".join(f"{name} = excluded.{name}" for name in Binding._fields[1:])
_FIRST_COLUMN: Final = 2
"""$1 are the subscriber ids."""


def _column(name: str, position: int) -> str:
    if name in _NUMBERS:
        return f"${position}::{_NUMBERS[name]}[]"
    return f"string_to_array(${position}::text, chr({ord(SEPARATOR)}), chr({ord(_NULL)}))"


def _value(name: str) -> str:
    if name == "expires_at":
        return "to_timestamp(expires_at)"
    # A joined text of one empty value cannot be told from one of no values: the row has NULL there.
    return f"coalesce({name}, '')" if name in _MAYBE_EMPTY else name


_ARRAYS: Final = ", ".join(_column(name, n) for n, name in enumerate(Binding._fields, _FIRST_COLUMN))
_VALUES: Final = ", ".join(map(_value, Binding._fields))
_IS_TEXT: Final = (False, *(name not in _NUMBERS for name in Binding._fields), False)


def _upsert(position: str) -> str:
    # A row is written over only while it is as we knew it: every write moves expires_at, and it has microseconds, so
    # it stands for the whole row. Who believes that there is no row has NULL there, and an existing one is not touched.
    return f"""
        INSERT INTO edge_binding AS b (subscriber_id, {_COLUMNS})
        SELECT subscriber_id, {_VALUES} FROM unnest($1::int8[], {_ARRAYS}) AS n (subscriber_id, {_COLUMNS})
        ON CONFLICT (subscriber_id, key) DO UPDATE SET {_ASSIGNMENTS}, updated_at = now()
        WHERE b.expires_at = to_timestamp(($16::float8[])[{position}])
        RETURNING subscriber_id"""  # noqa: S608  built from Binding's field names alone


UPSERT_BATCH: Final = _upsert("array_position($1, excluded.subscriber_id)")
"""One row for each AoR: subscriber ids are unique in the batch. Gives the ids of the rows that were written."""

UPSERT_AOR: Final = _upsert(f"array_position({_column('key', _FIRST_COLUMN)}, excluded.key)")
"""Several rows of one AoR: keys are unique."""

RENEW_BATCH: Final = f"""
    UPDATE edge_binding b
    SET call_id = n.call_id, cseq = n.cseq, expires_at = to_timestamp(n.expires_at), updated_at = now()
    FROM unnest($1::int8[], {_column("key", 2)}, {_column("call_id", 3)}, $4::int8[], $5::float8[], $6::float8[])
        AS n (subscriber_id, key, call_id, cseq, expires_at, known)
    WHERE b.subscriber_id = n.subscriber_id AND b.key = n.key AND b.expires_at = to_timestamp(n.known)
    RETURNING b.subscriber_id"""  # noqa: S608  as above
"""The same for rows of which a mere renewal changes these alone: two thirds of an upsert's time at PostgreSQL, which
makes a row with its defaults before it finds that there is one."""

DELETE: Final = """
    DELETE FROM edge_binding b
    USING unnest($1::int8[], $2::text[], $3::float8[]) AS n (subscriber_id, key, expires_at)
    WHERE b.subscriber_id = n.subscriber_id AND b.key = n.key AND b.expires_at = to_timestamp(n.expires_at)
    RETURNING b.subscriber_id"""
"""Remove rows that are as we knew them; gives the ids of their AoRs."""

SELECT: Final = f"""
    SELECT b.subscriber_id, {_COLUMNS.replace("expires_at", "extract(epoch FROM b.expires_at)::float8")}
    FROM edge_binding b WHERE b.subscriber_id = ANY($1::int8[])"""  # noqa: S608  as above
"""All bindings of these AoRs. float8 holds microseconds exactly until the year 2255."""


def bindings_of(records: Iterable[Any]) -> dict[int, tuple[Binding, ...]]:
    """The bindings in rows of SELECT, by AoR; one without bindings is not in it."""
    found: dict[int, list[Binding]] = {}
    for subscriber_id, *values in records:
        found.setdefault(subscriber_id, []).append(Binding(*values))
    return {subscriber_id: tuple(bindings) for subscriber_id, bindings in found.items()}


def is_renewal(known: Binding | None, new: Binding) -> bool:
    """Whether nothing else changes than what RENEW_BATCH writes."""
    # All but call_id, cseq and expires_at; slices, because this is asked for every registration.
    return known is not None and known[:2] == new[:2] and known[4] == new[4] and known[6:] == new[6:]


def renewal_row(subscriber_id: int, known: Binding, new: Binding) -> Row:
    """The row of one renewal."""
    return subscriber_id, new.key, new.call_id, new.cseq, new.expires_at, known.expires_at


def renewal_arguments(rows: list[Row]) -> list[Any]:
    """The arguments of RENEW_BATCH for these rows. Raises ValueError as `upsert_arguments`."""
    subscriber_ids, keys, call_ids, cseqs, expires_at, known = _sorted_columns(rows)
    return [subscriber_ids, _joined(keys), _joined(call_ids), cseqs, expires_at, known]


def upsert_row(subscriber_id: int, known: Binding | None, new: Binding) -> Row:
    """The row of one upsert."""
    return (subscriber_id, *new, None if known is None else known.expires_at)


def delete_row(subscriber_id: int, known: Binding) -> Row:
    """The row of one removal."""
    return (subscriber_id, known.key, known.expires_at)


def upsert_arguments(rows: list[Row]) -> list[Any]:
    """The arguments of an upsert of these rows. Raises ValueError when a text has a control character in it."""
    return [
        _joined(column) if is_text else column for column, is_text in zip(_sorted_columns(rows), _IS_TEXT, strict=True)
    ]


def delete_arguments(rows: list[Row]) -> list[Any]:
    """The arguments of DELETE for these rows."""
    return _sorted_columns(rows)


def _joined(column: Row) -> str:
    try:
        text = SEPARATOR.join(column)
    except TypeError:
        text = SEPARATOR.join([_NULL if value is None else value for value in column])
    if text.count(SEPARATOR) != len(column) - 1:
        raise ValueError("a text contains the separator of columns")
    return text


def _sorted_columns(rows: list[Row]) -> list[Row]:
    """By AoR and key: who locks in one order is never in a deadlock."""
    rows.sort(key=_order)
    return list(zip(*rows, strict=True))


def _order(row: Row) -> tuple[int, str]:
    return row[0], row[1]
