"""What an edge knows of gateways reaches PostgreSQL, late or never, and holds up nobody."""

from datetime import UTC, datetime

import asyncpg
import pytest

from sipedge.facts import GatewayStateRecord
from sipedge.store.gateway_states import MAX_TEXT, GatewayStateWriter
from sipedge.store.postgres import PostgresStore
from tests.sipedge.store.stock import Panel, Stock, eventually

NOW = 1_800_000_000.25


async def _written(store: PostgresStore) -> None:
    await eventually(lambda: len(store.gateway_states) == 0 and not store._commits.is_busy)


async def test_one_row_for_a_gateway_and_an_edge(store: PostgresStore, panel: Panel, stock: Stock) -> None:
    up = GatewayStateRecord(
        stock.gateway, "edge1", NOW, True, NOW - 60, 200, "", 12, NOW - 1, NOW + 3600, 200, "slow registrar"
    )
    store.gateway_states.save(up._replace(is_up=False, last_error="no answer"))
    await _written(store)
    store.gateway_states.save(up)
    store.gateway_states.save(up._replace(edge="edge2", is_up=None, since=None, last_status=None))
    await _written(store)

    first, second = await panel.fetch("SELECT * FROM edge_gateway_state ORDER BY edge")
    assert tuple(first)[1:] == (
        *(stock.gateway, "edge1", _time(NOW), True, _time(NOW - 60), 200, "", 12, _time(NOW - 1)),
        *(_time(NOW + 3600), 200, "slow registrar"),
    )
    assert (second["edge"], second["is_up"], second["since"], second["last_status"]) == ("edge2", None, None, None)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


async def test_what_the_far_end_said_is_stored_whatever_it_is(store: PostgresStore, panel: Panel, stock: Stock) -> None:
    store.gateway_states.save(GatewayStateRecord(stock.gateway, "edge1", NOW, last_error="\0\udcff;é" + 500 * "x"))
    await _written(store)

    error = await panel.fetchval("SELECT last_error FROM edge_gateway_state")
    assert error.startswith("?;éx")
    assert len(error) == MAX_TEXT - 1


async def test_the_state_of_a_gateway_that_is_gone_does_not_hold_up_the_others(
    store: PostgresStore, panel: Panel, stock: Stock
) -> None:
    store.gateway_states.save(GatewayStateRecord(stock.gateway + 1000, "edge1", NOW))
    store.gateway_states.save(GatewayStateRecord(stock.gateway, "edge1", NOW))
    await _written(store)

    assert await panel.fetchval("SELECT count(*) FROM edge_gateway_state") == 1


async def test_what_postgresql_refuses_is_forgotten(
    store: PostgresStore, panel: Panel, stock: Stock, caplog: pytest.LogCaptureFixture
) -> None:
    store.gateway_states.save(GatewayStateRecord(stock.gateway, "edge1", NOW, last_status=7))
    await _written(store)

    assert await panel.fetchval("SELECT count(*) FROM edge_gateway_state") == 0
    assert "refused" in caplog.text


class Away:
    """A connection that is lost while it is used."""

    async def execute(self, *_: object) -> None:
        raise asyncpg.ConnectionDoesNotExistError


async def test_while_postgresql_is_away_the_latest_waits() -> None:
    requests: list[int] = []
    writer = GatewayStateWriter(lambda: requests.append(1))
    old = GatewayStateRecord(1, "edge1", NOW)
    writer.save(old)
    writer.save(old._replace(gateway_id=2))

    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await writer.write(Away())  # type: ignore[arg-type]
    writer.save(old._replace(saved_at=NOW + 1))

    assert len(writer) == 2
    assert len(requests) == 3
