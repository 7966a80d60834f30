"""Stores with the same stock in them: one in memory, one on PostgreSQL."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from sipedge.store.memory import MemoryStore
from sipedge.store.postgres import PostgresStore
from sipedge.store.settings import StoreSettings
from tests.sipedge.store.stock import Stock, stock_memory, stock_postgres

SETTINGS = StoreSettings(pace=0.005, deadline=2.0)


@pytest.fixture
def stock(edge_dsn: str) -> Stock:
    """What stands in the database."""
    return stock_postgres()


@pytest_asyncio.fixture
async def store(stock: Stock, edge_dsn: str) -> AsyncIterator[PostgresStore]:
    """A store on PostgreSQL, started."""
    store = PostgresStore(edge_dsn, stock.credential_keys, SETTINGS)
    await store.start()
    yield store
    await store.stop()


@pytest_asyncio.fixture
async def other_store(stock: Stock, edge_dsn: str) -> AsyncIterator[PostgresStore]:
    """The store of a second edge on the same database."""
    store = PostgresStore(edge_dsn, stock.credential_keys, SETTINGS)
    await store.start()
    yield store
    await store.stop()


@pytest_asyncio.fixture
async def panel(edge_dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of somebody who is not the edge."""
    connection = await asyncpg.connect(edge_dsn)
    yield connection
    await connection.close()


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.django_db(transaction=True))])
def stocked_database(request: pytest.FixtureRequest) -> tuple[Stock, str] | None:
    """None for the store in memory; for the other the stock and its database's address."""
    if request.param == "memory":
        return None
    return request.getfixturevalue("stock"), request.getfixturevalue("edge_dsn")


@pytest_asyncio.fixture
async def stocked(
    stocked_database: tuple[Stock, str] | None,
) -> AsyncIterator[tuple[MemoryStore | PostgresStore, Stock]]:
    """Either store, and what is in it: for the promises that both keep."""
    if stocked_database is None:
        yield stock_memory()
        return
    stock, dsn = stocked_database
    store = PostgresStore(dsn, stock.credential_keys, SETTINGS)
    await store.start()
    yield store, stock
    await store.stop()
