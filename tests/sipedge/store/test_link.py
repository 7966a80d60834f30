"""One connection: exclusive, bounded in time, made anew when it is lost."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from sipedge.store.interfaces import StoreUnavailable
from sipedge.store.link import Connection, Link
from tests.sipedge.store.stock import eventually


@pytest_asyncio.fixture
async def link(edge_dsn: str) -> AsyncIterator[Link]:
    link = Link(edge_dsn, "tests", 0.5)
    await link.start()
    yield link
    await link.stop()


async def test_a_connection_of_the_edge_says_so(link: Link) -> None:
    async with link.use() as connection:
        assert await connection.fetchval("SELECT current_setting('freiton.edge')") == "on"
        assert await connection.fetchval("SELECT current_setting('application_name')") == "freiton-edge"


async def test_users_wait_for_each_other(link: Link) -> None:
    async def ask(number: int) -> int:
        async with link.use() as connection:
            return int(await connection.fetchval("SELECT $1::int", number))

    assert await asyncio.gather(*map(ask, range(10))) == list(range(10))


async def test_an_error_in_a_statement_is_no_loss(link: Link) -> None:
    for statement, argument in (("SELECT 1 / $1::int8", 0), ("SELECT nothing + $1", 0), ("SELECT $1::int8", 2**63)):
        with pytest.raises(asyncpg.PostgresError):
            async with link.use() as connection:
                await connection.fetchval(statement, argument)

    assert link.is_up
    assert link.reconnects == 0


async def test_past_the_deadline_the_connection_is_replaced(link: Link) -> None:
    with pytest.raises(StoreUnavailable):
        async with link.use() as connection:
            await connection.execute("SELECT pg_sleep(10)")

    assert not link.is_up
    await eventually(lambda: link.is_up, within=5)
    assert link.reconnects == 1


async def test_each_new_connection_is_greeted_and_announced(edge_dsn: str) -> None:
    log: list[str] = []

    async def greet(connection: Connection) -> None:
        log.append(f"greet {await connection.fetchval('SELECT 1')}")

    link = Link(edge_dsn, "tests", 0.5, greet=greet, on_up=lambda: log.append("up"))
    await link.start()
    async with link.use() as connection:
        pass
    link.drop(connection)
    link.drop(connection)
    await eventually(lambda: link.is_up, within=5)
    await link.stop()

    assert log == ["greet 1", "up", "greet 1", "up"]
    with pytest.raises(StoreUnavailable):
        async with link.use():
            pass


async def test_a_greeting_that_fails_is_a_failure_to_connect(edge_dsn: str) -> None:
    async def greet(connection: Connection) -> None:
        await connection.execute("LISTEN to nothing")

    with pytest.raises(StoreUnavailable):
        await Link(edge_dsn, "tests", 0.5, greet=greet).start()


async def test_a_database_that_does_not_exist_is_unavailable(edge_dsn: str) -> None:
    server, _, _ = edge_dsn.rpartition("/")

    with pytest.raises(StoreUnavailable, match="no_such"):
        await Link(f"{server}/no_such", "tests", 0.5).start()
