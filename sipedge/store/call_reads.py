"""What a call can be ended with, read from its row: for an edge that knows nothing of it any more."""

from __future__ import annotations

import asyncio
import logging
from typing import Final
from uuid import UUID

import asyncpg

from sipedge.store.interfaces import CallDialog, StoreUnavailable
from sipedge.store.link import Link
from sipedge.store.waiting import Waiting, failed

MAX_PENDING: Final = 100

_SELECT: Final = """
    SELECT id, sip_call_id, coalesce(dialog::text, '') FROM edge_call
    WHERE id = $1 AND ($2::text IS NULL OR edge = $2 AND ended_at IS NULL)"""

log = logging.getLogger("sipedge.store")


class CallReader:
    """Reads them over a link."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._reading: dict[asyncio.Task[None], Waiting[CallDialog | None]] = {}

    def fetch(self, call_id: UUID, edge: str | None) -> Waiting[CallDialog | None]:
        """As it was written last, if `edge` began it and it has not ended; None: in any case. Awaiting raises
        StoreUnavailable."""
        if not self._link.is_up or len(self._reading) >= MAX_PENDING:
            return failed(StoreUnavailable("PostgreSQL cannot be asked for calls"))
        waiting: Waiting[CallDialog | None] = Waiting()
        task = asyncio.get_running_loop().create_task(self._read(call_id, edge, waiting))
        self._reading[task] = waiting
        task.add_done_callback(self._reading.pop)
        return waiting

    def stop(self) -> None:
        """Fail all who wait."""
        for task, waiting in list(self._reading.items()):
            task.cancel()
            waiting.fail(StoreUnavailable("the store stops"))

    async def _read(self, call_id: UUID, edge: str | None, waiting: Waiting[CallDialog | None]) -> None:
        try:
            async with self._link.use() as connection:
                row = await connection.fetchrow(_SELECT, call_id, edge)
        except StoreUnavailable as error:
            waiting.fail(error)
        except asyncpg.PostgresError as error:
            log.error("x store: calls cannot be read: %r", error)
            waiting.fail(StoreUnavailable(f"reading failed: {error!r}"))
        else:
            waiting.resolve(CallDialog(*row) if row else None)
