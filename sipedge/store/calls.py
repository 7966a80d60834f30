"""Records of calls on their way to PostgreSQL: nobody waits for them, and nothing that can be kept is lost.

They are written in the group commit's cycle, after the bindings, some time after the first of them (`linger` of
settings.py). Of a call that changes state several times meanwhile only the latest state is written. While PostgreSQL is
away they wait, as many as there is room for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg

from sipedge.dialog.ending import changed_dialog
from sipedge.facts import CallEnd, CallRecord, CallRefresh
from sipedge.store.call_rows import END, END_LEGS, REFRESH, SAVE, Pending, arguments
from sipedge.store.commit import MAX_ROWS, REFUSED
from sipedge.store.interfaces import CallDialog, CallObserver
from sipedge.store.waiting import Waiting, resolved

if TYPE_CHECKING:
    from sipedge.store.link import Connection

log = logging.getLogger("sipedge.store")

MAX_WAITING: Final = 50_000
"""Calls that may wait, some 50 MB; beyond that the oldest are given up, with a line in the log."""

STATEMENTS: Final = ((CallRecord, SAVE), (CallRefresh, REFRESH), (CallEnd, END))


class CallWriter:
    """See interfaces.CallStore. request_commit: says that there is something to write; read: see CallDialogs.fetch."""

    def __init__(
        self, request_commit: Callable[[], None], read: Callable[[UUID, str | None], Waiting[CallDialog | None]]
    ) -> None:
        self._request_commit = request_commit
        self._read = read
        self._observer: CallObserver | None = None
        self._waiting: dict[UUID, Pending] = {}
        self._taken: dict[UUID, Pending] = {}  # what is being written
        self._ends: dict[UUID, CallEnd] = {}  # of calls that may have legs
        self.lost = 0
        """Records given up: refused for their data, or too many while PostgreSQL was away."""

    def __len__(self) -> int:
        """Calls that wait."""
        return len(self._waiting)

    def observe(self, observer: CallObserver) -> None:
        """Tell it of each call from now on."""
        self._observer = observer

    def ended_by_others(self, call_ids: Iterable[UUID] | None) -> None:
        """Somebody else ended these calls; None: perhaps any of them."""
        if self._observer is not None:
            self._observer.ended_by_others(call_ids)

    def save(self, call: CallRecord) -> None:
        """Write this state in the next cycle."""
        if self._observer is not None:
            self._observer.saved(call)
        self._waiting[call.id] = _later(self._waiting.get(call.id), call)
        self._make_room()
        self._request_commit()

    def standing(self, call_id: UUID, edge: str) -> Waiting[CallDialog | None]:
        """From its row, or from what is about to be written there; see interfaces."""
        waiting = self._waiting.get(call_id)
        if waiting is None or isinstance(waiting, CallRefresh):
            return self._read(call_id, edge)
        if waiting.ended_at is not None or isinstance(waiting, CallEnd):
            return resolved(None)
        return resolved(CallDialog(call_id, waiting.sip_call_id, waiting.dialog))

    def dialog(self, call_id: UUID) -> Waiting[CallDialog | None]:
        """The same of one that may have ended; see interfaces."""
        for known in (self._waiting.get(call_id), self._taken.get(call_id)):
            if isinstance(known, CallRecord):
                return resolved(CallDialog(call_id, known.sip_call_id, known.dialog))
        return self._read(call_id, None)

    def refresh(self, call_id: UUID, session_expires_at: float | None, dialog: str = "") -> None:
        """Write in the next cycle how long a session lasts now; see interfaces."""
        refresh = CallRefresh(call_id, session_expires_at, dialog)
        self._waiting[call_id] = _later(self._waiting.get(call_id), refresh)
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
        self._ends[call_id] = end
        self._make_room()
        self._request_commit()

    async def write(self, connection: Connection) -> bool:
        """Write what waits, as far as one cycle goes; gives whether there is more. Raises what PostgreSQL raises."""
        taken = self._taken = dict(list(self._waiting.items())[:MAX_ROWS])
        for call_id in taken:
            del self._waiting[call_id]
        # A leg that waits is written before it is ended: legs end only when nothing is left behind.
        ends = {} if self._waiting else self._ends
        if ends:
            self._ends = {}
        try:
            for kind, statement in STATEMENTS:
                await self._write_batch(connection, statement, [one for one in taken.values() if type(one) is kind])
            await self._write_batch(connection, END_LEGS, list(ends.values()))
        except BaseException:
            for call_id, call in taken.items():
                newer = self._waiting.get(call_id)
                self._waiting[call_id] = call if newer is None else _later(call, newer)
            self._ends = ends | self._ends
            raise
        finally:
            self._taken = {}
        return len(taken) == MAX_ROWS

    async def _write_batch(self, connection: Connection, statement: str, batch: list[Any]) -> None:
        if not batch:
            return
        batch.sort(key=_call_id)  # who locks in one order is never in a deadlock
        try:
            more = (batch[0].id,) if statement is END_LEGS else ()
            await connection.execute(statement, *arguments(batch), *more)
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
            if isinstance(call, CallEnd):
                self._ends.setdefault(call.id, call)
            return
        self.lost += 1
        log.error("x store: the record of call %s was refused: %r", call.id, error)

    def _make_room(self) -> None:
        if len(self._waiting) > MAX_WAITING:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            self._ends.pop(oldest, None)
            self.lost += 1
            log.error("x store: too many call records wait for PostgreSQL: gave up %s", oldest)


def _later(waiting: Pending | None, new: Pending) -> Pending:
    """What is to be written of a call when `new` comes while `waiting` was not written yet."""
    if waiting is None:
        return new
    if not isinstance(waiting, CallRefresh) and waiting.ended_at is not None:
        return waiting
    if isinstance(new, CallEnd):
        return _ended(waiting, new) if isinstance(waiting, CallRecord) else new
    if isinstance(waiting, CallRefresh):
        return _refreshed(new, waiting) if isinstance(new, CallRecord) else _both(waiting, new)
    return new if isinstance(new, CallRecord) else _refreshed(waiting, new)


def _ended(waiting: CallRecord, new: CallEnd) -> CallRecord:
    return waiting._replace(
        state="ended",
        ended_at=max(new.ended_at, waiting.started_at),
        ended_by=new.ended_by,
        status_code=waiting.status_code if new.status_code is None else new.status_code,
        reason=new.reason or waiting.reason,
        cause=waiting.cause if new.cause is None else new.cause,
    )


def _both(waiting: CallRefresh, new: CallRefresh) -> CallRefresh:
    return new._replace(dialog=changed_dialog(waiting.dialog, new.dialog))


def _refreshed(call: CallRecord, refresh: CallRefresh) -> CallRecord:
    return call._replace(
        session_expires_at=refresh.session_expires_at, dialog=changed_dialog(call.dialog, refresh.dialog)
    )


def _call_id(call: Pending) -> int:
    return call.id.int
