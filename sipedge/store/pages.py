"""All flows of one edge, page by page: for those who walk through them in the background.

A page looks at a bounded number of rows, in the order of the table's key, so no statement is long and nothing is kept
in memory but the page.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

import asyncpg

from sipedge.store.interfaces import FlowKey, FlowPage, KnownFlow, StoreUnavailable
from sipedge.store.waiting import Waiting, failed

if TYPE_CHECKING:
    from sipedge.store.link import Connection, Link

PAGE: Final = 500
"""Rows looked at: some 2 ms of PostgreSQL's and 1 ms of ours."""
MAX_PENDING: Final = 4

_SELECT: Final = """
    SELECT subscriber_id, key, contact, flow, extract(epoch FROM expires_at)::float8, edge
    FROM edge_binding WHERE (subscriber_id, key) > ($1::int8, $2::text)
    ORDER BY subscriber_id, key LIMIT $3"""

log = logging.getLogger("sipedge.store")


class FlowPages:
    """Reads pages over a link."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._reading: dict[asyncio.Task[None], Waiting[FlowPage]] = {}

    def page(self, edge: str, after: FlowKey) -> Waiting[FlowPage]:
        """See interfaces.LocationStore."""
        if not self._link.is_up:
            return failed(StoreUnavailable("PostgreSQL cannot be reached"))
        if len(self._reading) >= MAX_PENDING:
            return failed(StoreUnavailable("too many pages are being read"))
        waiting: Waiting[FlowPage] = Waiting()
        task = asyncio.get_running_loop().create_task(self._read(edge, after, waiting))
        self._reading[task] = waiting
        task.add_done_callback(self._reading.pop)
        return waiting

    def stop(self) -> None:
        """Fail all who wait."""
        for task, waiting in list(self._reading.items()):
            task.cancel()
            waiting.fail(StoreUnavailable("the store stops"))

    async def _read(self, edge: str, after: FlowKey, waiting: Waiting[FlowPage]) -> None:
        try:
            async with self._link.use() as connection:
                page = await fetch_page(connection, edge, after)
        except StoreUnavailable as error:
            waiting.fail(error)
        except asyncpg.PostgresError as error:
            log.error("x store: flows cannot be read: %r", error)
            waiting.fail(StoreUnavailable(f"reading failed: {error!r}"))
        else:
            waiting.resolve(page)


async def fetch_page(connection: Connection, edge: str, after: FlowKey, size: int = PAGE) -> FlowPage:
    """The flows of `edge` among the next `size` bindings."""
    records = await connection.fetch(_SELECT, *after, size)
    flows = tuple(KnownFlow(*row[:5]) for row in map(tuple, records) if row[5] == edge and row[3] is not None)
    return FlowPage(flows, (records[-1][0], records[-1][1]) if len(records) == size else None)
