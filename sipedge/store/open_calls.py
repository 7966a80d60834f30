"""Calls that stand, read from their rows: what an edge counts that did not see them begin.

Read are answered calls alone. One that rang when its edge went rings no longer for anybody: nobody is left who would
pass its answer on.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from sipedge.facts import OpenCall
from sipedge.load.parties import PARTY_FIELDS
from sipedge.store.interfaces import StoreUnavailable
from sipedge.store.link import Link

PAGE: Final = 500
"""Calls a query: some 5 ms, for which nothing else is done."""

# By the partial index of open calls (calls/models.py): its first column orders the pages.
OPEN: Final = f"""
    SELECT id, edge, extract(epoch FROM started_at)::float8, parent_id, {", ".join(PARTY_FIELDS)}
    FROM edge_call
    WHERE ended_at IS NULL AND answered_at IS NOT NULL AND (edge = ANY($1::text[])) = $2
      AND (started_at, id) > (to_timestamp($3::float8), $4::uuid)
    ORDER BY started_at, id LIMIT {PAGE}"""  # noqa: S608  built from names of our own alone

ENDED: Final = "SELECT id FROM edge_call WHERE id = ANY($1::uuid[]) AND ended_at IS NOT NULL"

_PARTIES: Final = slice(4, 4 + len(PARTY_FIELDS))
_BEFORE_ALL: Final = (-math.inf, UUID(int=0))


class PostgresOpenCalls:
    """See interfaces.OpenCallReader."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def of(self, edges: Collection[str]) -> AsyncIterator[list[OpenCall]]:
        """The calls of these edges."""
        return self._pages(list(edges), True)

    def of_others(self, edges: Collection[str]) -> AsyncIterator[list[OpenCall]]:
        """The calls of all edges but these."""
        return self._pages(list(edges), False)

    async def ended(self, call_ids: Sequence[UUID]) -> set[UUID]:
        """Those of these calls that have ended."""
        ended: set[UUID] = set()
        for first in range(0, len(call_ids), PAGE):
            ended.update(record[0] for record in await self._fetch(ENDED, call_ids[first : first + PAGE]))
        return ended

    async def _pages(self, edges: list[str], inside: bool) -> AsyncIterator[list[OpenCall]]:
        after, has_more = _BEFORE_ALL, True
        while has_more:
            records = await self._fetch(OPEN, edges, inside, *after)
            calls = [OpenCall(row[0], row[1], row[2], row[3], row[_PARTIES]) for row in map(tuple, records)]
            yield calls
            has_more = len(calls) == PAGE
            after = (calls[-1].started_at, calls[-1].id) if calls else after

    async def _fetch(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        try:
            async with self._link.use() as connection:
                records: list[asyncpg.Record] = await connection.fetch(statement, *values)
                return records
        except asyncpg.PostgresError as error:
            raise StoreUnavailable(f"calls cannot be read: {error!r}") from error
