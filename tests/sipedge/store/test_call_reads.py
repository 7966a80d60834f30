"""Calls that stand are asked for while PostgreSQL answers, and not for ever."""

import asyncio
from uuid import uuid4

import pytest

from sipedge.store.call_reads import CallReader
from sipedge.store.interfaces import StoreUnavailable
from sipedge.store.postgres import PostgresStore
from tests.sipedge.store.stock import Panel


class Gone:
    is_up = False


def test_while_postgresql_is_away_nothing_is_known() -> None:
    with pytest.raises(StoreUnavailable):
        CallReader(Gone()).fetch(uuid4(), "edge1").result()  # type: ignore[arg-type]


async def test_who_waits_learns_that_the_store_stops(store: PostgresStore) -> None:
    waiting = store._call_reader.fetch(uuid4(), "edge1")
    store._call_reader.stop()
    with pytest.raises(StoreUnavailable):
        waiting.result()


async def test_what_is_asked_of_a_lost_table_fails(store: PostgresStore, panel: Panel) -> None:
    await panel.execute("ALTER VIEW edge_call RENAME TO edge_call_away")
    try:
        waiting = store._call_reader.fetch(uuid4(), "edge1")
        done = asyncio.Event()
        waiting.add_wake_up(done.set)
        await asyncio.wait_for(done.wait(), 5)
        with pytest.raises(StoreUnavailable):
            waiting.result()
    finally:
        await panel.execute("ALTER VIEW edge_call_away RENAME TO edge_call")
