"""Rows of the views as facts; that the views have these columns is tests/contracts/test_edge_views.py's."""

from typing import Any, cast

import asyncpg

from sipedge.facts import NumberFormatFacts, RouteFacts
from sipedge.store.trunks import GATEWAYS, ROUTES, fetch_trunks

AUSTRIA = NumberFormatFacts(1, "Austria", "43", "00", "0", "1", "e164", "plus")
GATEWAY = {
    "id": 21, "name": "PSTN", "host": "192.0.2.1", "port": None, "transport": "udp", "number_format_id": 1,
    "sources": ["192.0.2.0/28"], "is_active": True, "tls_name": "gw.example.org",
}  # fmt: skip


class Connection:
    """Gives the rows that a statement has in `tables`."""

    def __init__(self, tables: dict[str, list[Any]]) -> None:
        self._tables = tables

    async def fetch(self, statement: str) -> list[Any]:
        return self._tables.get(statement, [])


def _connection(tables: dict[str, list[Any]]) -> "asyncpg.Connection[asyncpg.Record]":
    return cast("asyncpg.Connection[asyncpg.Record]", Connection(tables))


async def test_gateways_with_their_number_format_and_routes() -> None:
    connection = _connection({GATEWAYS: [GATEWAY], ROUTES: [(21, "43", 10, 7)]})

    trunks = await fetch_trunks(connection, {1: AUSTRIA})

    (gateway,) = trunks.gateways
    assert (gateway.id, gateway.name, gateway.host, gateway.port) == (21, "PSTN", "192.0.2.1", None)
    assert (gateway.number_format, gateway.sources, gateway.tls_name) == (AUSTRIA, ("192.0.2.0/28",), "gw.example.org")
    assert trunks.routes == [RouteFacts(21, "43", 10, 7)]
    assert trunks.rules == []
