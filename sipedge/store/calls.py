"""Records of calls on their way to PostgreSQL: nobody waits for them, and nothing that can be kept is lost.

They are written in the group commit's cycle, after the bindings, some time after the first of them (`linger` of
settings.py). Of a call that changes state several times meanwhile only the latest state is written. While PostgreSQL is
away they wait, as many as there is room for.

A column of text goes as one joined text, as in rows.py: that costs a tenth of an array of texts at asyncpg.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import UUID

import asyncpg

from sipedge.facts import CallEnd, CallRecord
from sipedge.store.commit import MAX_ROWS, REFUSED
from sipedge.store.interfaces import CallObserver
from sipedge.store.rows import SEPARATOR

if TYPE_CHECKING:
    from sipedge.store.link import Connection

Pending: TypeAlias = CallRecord | CallEnd

log = logging.getLogger("sipedge.store")

MAX_WAITING: Final = 50_000
"""Calls that may wait, some 50 MB; beyond that the oldest are given up, with a line in the log."""

_TIMES: Final = ("started_at", "ringing_at", "answered_at", "ended_at")
_KEPT_ONCE_KNOWN: Final = ("ringing_at", "answered_at", "ended_at", "status_code", "cause")
_NUMBERS: Final = {
    "id": "uuid",
    **dict.fromkeys(_TIMES, "float8"),
    "status_code": "int4",
    "cause": "int4",
    **{name: "int8" for name in CallRecord._fields if name.endswith("_id") and name != "sip_call_id"},
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

END: Final = f"""
    UPDATE edge_call c
    SET state = 'ended', ended_by = coalesce(n.ended_by, ''),
        ended_at = greatest(to_timestamp(n.ended_at), c.answered_at, c.started_at),
        status_code = coalesce(n.status_code, c.status_code), cause = coalesce(n.cause, c.cause),
        reason = coalesce(nullif(n.reason, ''), c.reason)
    FROM {_source(CallEnd)} WHERE c.id = n.id AND c.ended_at IS NULL"""  # noqa: S608
"""End calls of which nothing else is known; never before they began, whatever the clock did."""


class CallWriter:
    """See interfaces.CallStore. request_commit: says that there is something to write."""

    def __init__(self, request_commit: Callable[[], None]) -> None:
        self._request_commit = request_commit
        self._observer: CallObserver | None = None
        self._waiting: dict[UUID, Pending] = {}
        self.lost = 0
        """Records given up: refused for their data, or too many while PostgreSQL was away."""

    def __len__(self) -> int:
        """Calls that wait."""
        return len(self._waiting)

    def observe(self, observer: CallObserver) -> None:
        """Tell it of each call from now on."""
        self._observer = observer

    def save(self, call: CallRecord) -> None:
        """Write this state in the next cycle."""
        if self._observer is not None:
            self._observer.saved(call)
        self._waiting[call.id] = _later(self._waiting.get(call.id), call)
        self._make_room()
        self._request_commit()

    def end(
        self,
        call_id: UUID,
        ended_at: float,
        ended_by: str,
        *,
        status_code: int | None = None,
        reason: str = "",
        cause: int | None = None,
    ) -> None:
        """End a call in the next cycle; ended_at in seconds since the epoch."""
        if self._observer is not None:
            self._observer.ended(call_id)
        end = CallEnd(call_id, ended_at, ended_by, status_code, reason, cause)
        self._waiting[call_id] = _later(self._waiting.get(call_id), end)
        self._make_room()
        self._request_commit()

    async def write(self, connection: Connection) -> bool:
        """Write what waits, as far as one cycle goes; gives whether there is more. Raises what PostgreSQL raises."""
        taken = dict(list(self._waiting.items())[:MAX_ROWS])
        for call_id in taken:
            del self._waiting[call_id]
        try:
            await self._write_batch(connection, SAVE, [call for call in taken.values() if isinstance(call, CallRecord)])
            await self._write_batch(connection, END, [call for call in taken.values() if isinstance(call, CallEnd)])
        except BaseException:
            for call_id, call in taken.items():
                newer = self._waiting.get(call_id)
                self._waiting[call_id] = call if newer is None else _later(call, newer)
            raise
        return len(taken) == MAX_ROWS

    async def _write_batch(self, connection: Connection, statement: str, batch: list[Any]) -> None:
        if not batch:
            return
        batch.sort(key=_call_id)  # who locks in one order is never in a deadlock
        try:
            await connection.execute(statement, *_arguments(batch))
        except REFUSED as error:
            if len(batch) == 1:
                self._refused(batch[0], error)
                return
            middle = len(batch) // 2
            await self._write_batch(connection, statement, batch[:middle])
            await self._write_batch(connection, statement, batch[middle:])

    def _refused(self, call: Pending, error: Exception) -> None:
        if isinstance(error, asyncpg.LockNotAvailableError):
            self._waiting.setdefault(call.id, call)  # for the next cycle that there is
            return
        self.lost += 1
        log.error("x store: the record of call %s was refused: %r", call.id, error)

    def _make_room(self) -> None:
        if len(self._waiting) > MAX_WAITING:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            self.lost += 1
            log.error("x store: too many call records wait for PostgreSQL: gave up %s", oldest)


def _later(waiting: Pending | None, new: Pending) -> Pending:
    """What is to be written of a call when `new` comes while `waiting` was not written yet."""
    if waiting is None:
        return new
    if waiting.ended_at is not None:
        return waiting
    if isinstance(new, CallRecord):
        return new
    return waiting._replace(
        state="ended",
        ended_at=max(new.ended_at, waiting.started_at),
        ended_by=new.ended_by,
        status_code=waiting.status_code if new.status_code is None else new.status_code,
        reason=new.reason or waiting.reason,
        cause=waiting.cause if new.cause is None else new.cause,
    )


def _call_id(call: Pending) -> int:
    return call.id.int


def _arguments(batch: list[Any]) -> list[Any]:
    """One for each column. batch: of one type."""
    names = batch[0]._fields
    return [
        column if name in _NUMBERS else _joined(column)
        for name, column in zip(names, zip(*batch, strict=True), strict=True)
    ]


def _joined(column: tuple[str, ...]) -> str:
    text = SEPARATOR.join(column)
    if text.isascii() and "\0" not in text and text.count(SEPARATOR) == len(column) - 1:
        return text
    return SEPARATOR.join([_text(value) for value in column])


def _text(text: str) -> str:
    """Text that PostgreSQL takes: valid UTF-8 without NUL, and without what separates the texts of a column."""
    clean = text.replace("\0", "").replace(SEPARATOR, "")
    return clean.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
