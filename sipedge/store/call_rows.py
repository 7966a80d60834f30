"""How records of calls are written to edge_call: the statements, and their columns as PostgreSQL takes them.

A column of text goes as one joined text, as in rows.py: that costs a tenth of an array of texts at asyncpg.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, TypeAlias

from sipedge.facts import CallEnd, CallRecord, CallRefresh
from sipedge.store.rows import SEPARATOR

Pending: TypeAlias = CallRecord | CallRefresh | CallEnd

_TIMES: Final = ("started_at", "ringing_at", "answered_at", "ended_at", "session_expires_at")
_JSON: Final = ("steps", "attempts", "dialog")
_KEPT_ONCE_KNOWN: Final = (
    "ringing_at",
    "answered_at",
    "ended_at",
    "status_code",
    "cause",
    "session_expires_at",
    *_JSON,
)
_NUMBERS: Final = {
    "status_code": "int4",
    "cause": "int4",
    **{name: "int8" for name in CallRecord._fields if name.endswith("_id") and name != "sip_call_id"},
    **dict.fromkeys(_TIMES, "float8"),
    "id": "uuid",
    "parent_id": "uuid",
}


def _source(record: type[Pending]) -> str:
    columns = ", ".join(_column(name, n) for n, name in enumerate(record._fields, 1))
    return f"unnest({columns}) AS n ({', '.join(record._fields)})"


def _column(name: str, position: int) -> str:
    if name in _NUMBERS:
        return f"${position}::{_NUMBERS[name]}[]"
    return f"string_to_array(${position}::text, chr({ord(SEPARATOR)}))"


def _value(name: str) -> str:
    if name in _NUMBERS:
        return f"to_timestamp(n.{name})" if name in _TIMES else f"n.{name}"
    if name in _JSON:
        return f"nullif(n.{name}, '')::jsonb"
    # A joined text of one empty value cannot be told from one of no values: the row has NULL there.
    return f"coalesce(n.{name}, '')"


def _assignment(name: str) -> str:
    value = f"coalesce(excluded.{name}, c.{name})" if name in _KEPT_ONCE_KNOWN else f"excluded.{name}"
    return f"{name} = {value}"


# S608: built from the fields of our own tuples alone.
SAVE: Final = f"""
    INSERT INTO edge_call AS c ({", ".join(CallRecord._fields)})
    SELECT {", ".join(map(_value, CallRecord._fields))} FROM {_source(CallRecord)}
    ON CONFLICT (id) DO UPDATE SET {", ".join(map(_assignment, CallRecord._fields[1:]))}
    WHERE c.ended_at IS NULL"""  # noqa: S608
"""Write states of calls. A time that is known stays, and a call that ended stays as it ended."""

REFRESH: Final = f"""
    UPDATE edge_call c
    SET session_expires_at = to_timestamp(n.session_expires_at),
        dialog = CASE WHEN coalesce(n.dialog, '') = '' THEN c.dialog ELSE c.dialog || n.dialog::jsonb END
    FROM {_source(CallRefresh)} WHERE c.id = n.id AND c.ended_at IS NULL"""  # noqa: S608
"""Write how long sessions last now, and what has changed in what is needed to end their calls."""

_ENDING: Final = """
    UPDATE edge_call c
    SET state = 'ended', ended_by = coalesce(n.ended_by, ''),
        ended_at = greatest(to_timestamp(n.ended_at), c.answered_at, c.started_at),
        status_code = coalesce(n.status_code, c.status_code), cause = coalesce(n.cause, c.cause),
        reason = coalesce(nullif(n.reason, ''), c.reason)
    FROM"""

END: Final = f"{_ENDING} {_source(CallEnd)} WHERE c.id = n.id AND c.ended_at IS NULL"
"""End calls of which nothing else is known; never before they began, whatever the clock did."""

END_LEGS: Final = (
    f"{_ENDING} {_source(CallEnd)}"
    f" WHERE c.parent_id = n.id AND c.id >= ${len(CallEnd._fields) + 1} AND c.ended_at IS NULL"
)
"""End the forwardings of calls that have ended. The last argument is the oldest of these calls: no forwarding of theirs
is older, so months before it need not be looked at."""


def arguments(batch: list[Any]) -> list[Any]:
    """One for each column. batch: of one type."""
    names = batch[0]._fields
    return [
        column if name in _NUMBERS else _joined(column, is_json=name in _JSON)
        for name, column in zip(names, zip(*batch, strict=True), strict=True)
    ]


def _joined(column: tuple[str, ...], *, is_json: bool) -> str:
    text = SEPARATOR.join(column)
    if is_json and _UNSTORABLE.search(text):
        return SEPARATOR.join([_json(value) for value in column])
    if text.isascii() and "\0" not in text and text.count(SEPARATOR) == len(column) - 1:
        return text
    return SEPARATOR.join([_text(value) for value in column])


def _text(text: str) -> str:
    """Text that PostgreSQL takes: valid UTF-8 without NUL, and without what separates the texts of a column."""
    clean = text.replace("\0", "").replace(SEPARATOR, "")
    return clean.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


_UNSTORABLE: Final = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)
"""Escapes of JSON that jsonb refuses, and those that it takes in pairs only."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def _json(text: str) -> str:
    return json.dumps(_storable(json.loads(text))) if text else ""


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value).replace("\0", "")
    if isinstance(value, list):
        return [_storable(one) for one in value]
    return {_storable(key): _storable(one) for key, one in value.items()} if isinstance(value, dict) else value
