"""The group commit: decided REGISTERs that come together are written together, and answered when they are committed.

One statement writes the rows of all AoRs that merely renew one binding, a second one those that make or change one, a
third one removes, and only a request that changes several rows has a transaction of its own, so that it is done whole
or not at all. What PostgreSQL refuses for its data is halved until the culprit stands alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import asyncpg

from sipedge.store import rows
from sipedge.store.interfaces import CommitOutcome, Miss, RowRefused, StoreUnavailable
from sipedge.store.waiting import Waiting

if TYPE_CHECKING:
    from sipedge.registrar.binding import Binding
    from sipedge.registrar.register import RegisterDecision
    from sipedge.store.link import Connection

MAX_ROWS: Final = 500
"""Rows of a statement: some 10 ms of PostgreSQL's; more only make the answers later."""
MAX_SEVERAL: Final = 8
"""Requests that change several rows, each some 1 ms, in one cycle: they must not hold up the others."""
MAX_WAITING: Final = 20_000
"""Changes that may wait: more than the deadline lets through. The next one is refused at once."""

REFUSED: Final = (
    asyncpg.DataError,  # asyncpg's own refusal to encode a value, too
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    asyncpg.LockNotAvailableError,
    ValueError,  # a row that cannot be made an argument
)
"""What is the fault of a row, and not of the connection or of PostgreSQL."""

_Statement: TypeAlias = tuple[str, Callable[[list[rows.Row]], list[Any]]]
_RENEW: Final[_Statement] = (rows.RENEW_BATCH, rows.renewal_arguments)
_UPSERT: Final[_Statement] = (rows.UPSERT_BATCH, rows.upsert_arguments)
_UPSERT_AOR: Final[_Statement] = (rows.UPSERT_AOR, rows.upsert_arguments)
_DELETE: Final[_Statement] = (rows.DELETE, rows.delete_arguments)

log = logging.getLogger("sipedge.store")


class Change:
    """One decision on its way. before: what memory held when it was decided."""

    __slots__ = ("before", "decision", "is_decided", "rows", "subscriber_id", "waiting")

    def __init__(
        self, subscriber_id: int, decision: RegisterDecision, before: tuple[Binding, ...] | Literal[Miss.MISS] | None
    ) -> None:
        self.subscriber_id = subscriber_id
        self.decision = decision
        self.before = before
        self.rows = len(decision.upserts) + len(decision.removals)
        self.is_decided = False
        self.waiting: Waiting[CommitOutcome] = Waiting()

    def fail(self, error: Exception) -> None:
        """Nothing was written, or nobody knows."""
        self.is_decided = True
        self.waiting.fail(error)


class GroupCommit:
    """Changes that wait for the next commit. At most one change of an AoR is in it at a time.

    on_written: told of each change that was written, before who waits for it is. on_changed: told of each one whose
    rows somebody else changed; it must see to it that the change's Waiting ends.
    """

    def __init__(self, on_written: Callable[[Change], None], on_changed: Callable[[Change], None]) -> None:
        self._on_written = on_written
        self._on_changed = on_changed
        self._waiting: dict[int, Change] = {}
        self.statements = 0
        self.written = 0
        self.refused = 0

    def __len__(self) -> int:
        """Changes that wait."""
        return len(self._waiting)

    def add(self, change: Change) -> None:
        """Have it written by the next `write`. Raises ValueError if the AoR has a change in it already."""
        if change.subscriber_id in self._waiting:
            raise ValueError(f"subscriber {change.subscriber_id} has an undecided change: its turn was not awaited")
        if len(self._waiting) >= MAX_WAITING:
            change.fail(StoreUnavailable("too many changes wait"))
        else:
            self._waiting[change.subscriber_id] = change

    def fail_all(self, error: StoreUnavailable) -> None:
        """Fail all who wait."""
        changes, self._waiting = self._waiting, {}
        for change in changes.values():
            change.fail(error)

    async def write(self, connection: Connection) -> None:
        """Write what waits, as far as one cycle goes; what is left is in `len`.

        Raises what says that PostgreSQL or the connection is at fault; what was taken has then failed with
        StoreUnavailable.
        """
        taken = self._take()
        try:
            await self._write_taken(connection, taken)
        finally:
            for change in taken:
                if not change.is_decided:
                    change.fail(StoreUnavailable("PostgreSQL did not confirm the commit"))

    def _take(self) -> list[Change]:
        if len(self._waiting) <= MAX_SEVERAL:
            taken = list(self._waiting.values())
            self._waiting = {}
            return taken
        taken = []
        several = 0
        for change in self._waiting.values():
            if len(taken) == MAX_ROWS:
                break
            if change.rows > 1:
                several += 1
            if change.rows == 1 or several <= MAX_SEVERAL:
                taken.append(change)
        for change in taken:
            del self._waiting[change.subscriber_id]
        return taken

    async def _write_taken(self, connection: Connection, taken: list[Change]) -> None:
        renewals, upserts, removals = {}, {}, {}
        several = []
        for change in taken:
            if change.rows > 1:
                several.append(change)
            elif not change.decision.upserts:
                removals[change.subscriber_id] = change
            elif rows.is_renewal(*change.decision.upserts[0]):
                renewals[change.subscriber_id] = change
            else:
                upserts[change.subscriber_id] = change
        if renewals:
            await self._write_batch(connection, _RENEW, _renewal_rows(renewals.values()), renewals)
        if upserts:
            await self._write_batch(connection, _UPSERT, _upsert_rows(upserts.values()), upserts)
        if removals:
            await self._write_batch(connection, _DELETE, _delete_rows(removals.values()), removals)
        for change in several:
            await self._write_several(connection, change)

    async def _write_batch(
        self, connection: Connection, statement: _Statement, batch: list[rows.Row], changes: dict[int, Change]
    ) -> None:
        """One row for each AoR, in one statement; refused ones in halves, down to the culprit."""
        try:
            records = await _run(connection, statement, batch)
        except REFUSED as error:
            if len(batch) == 1:
                self._refuse(changes[batch[0][0]], error)
                return
            middle = len(batch) // 2
            await self._write_batch(connection, statement, batch[:middle], changes)
            await self._write_batch(connection, statement, batch[middle:], changes)
            return
        self.statements += 1
        written = {record[0] for record in records}
        for row in batch:
            self._settle(changes[row[0]], row[0] in written)

    async def _write_several(self, connection: Connection, change: Change) -> None:
        """Several rows of one AoR, all or nothing."""
        transaction = connection.transaction()
        await transaction.start()
        try:
            is_whole = await _is_written(connection, _UPSERT_AOR, _upsert_rows([change]))
            is_whole = is_whole and await _is_written(connection, _DELETE, _delete_rows([change]))
        except REFUSED as error:
            await transaction.rollback()
            self._refuse(change, error)
            return
        if is_whole:
            await transaction.commit()
            self.statements += 1
        else:
            await transaction.rollback()
        self._settle(change, is_whole)

    def _settle(self, change: Change, is_written: bool) -> None:
        change.is_decided = True
        if is_written:
            self.written += 1
            self._on_written(change)
            change.waiting.resolve(CommitOutcome.COMMITTED)
        else:
            self._on_changed(change)

    def _refuse(self, change: Change, error: Exception) -> None:
        self.refused += 1
        log.warning("x store: the change of subscriber %s was refused: %r", change.subscriber_id, error)
        if isinstance(error, asyncpg.LockNotAvailableError):
            change.fail(StoreUnavailable("somebody holds the row locked"))
        else:
            change.fail(RowRefused(type(error).__name__))


async def _run(connection: Connection, statement: _Statement, batch: list[rows.Row]) -> list[asyncpg.Record]:
    sql, arguments = statement
    records: list[asyncpg.Record] = await connection.fetch(sql, *arguments(batch))
    return records


async def _is_written(connection: Connection, statement: _Statement, batch: list[rows.Row]) -> bool:
    return not batch or len(await _run(connection, statement, batch)) == len(batch)


def _renewal_rows(changes: Iterable[Change]) -> list[rows.Row]:
    return [
        rows.renewal_row(change.subscriber_id, known, new)
        for change in changes
        for known, new in change.decision.upserts
        if known is not None
    ]


def _upsert_rows(changes: Iterable[Change]) -> list[rows.Row]:
    return [
        rows.upsert_row(change.subscriber_id, known, new)
        for change in changes
        for known, new in change.decision.upserts
    ]


def _delete_rows(changes: Iterable[Change]) -> list[rows.Row]:
    return [rows.delete_row(change.subscriber_id, known) for change in changes for known in change.decision.removals]
