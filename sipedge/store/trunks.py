"""What the edge reads of gateways, routes and destination rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from sipedge.facts import DestinationRuleFacts, GatewayFacts, NumberFormatFacts, RouteFacts

if TYPE_CHECKING:
    import asyncpg

    from sipedge.store.link import Connection

GATEWAYS: Final = """
    SELECT id, name, host, port, transport, number_format_id, sources, is_active, tls_name FROM edge_gateway"""
ROUTES: Final = "SELECT gateway_id, prefix, priority, id FROM edge_route"


class Trunks(NamedTuple):
    """All of it, as directories.Gateways loads it."""

    gateways: list[GatewayFacts]
    routes: list[RouteFacts]
    rules: list[DestinationRuleFacts]


async def fetch_trunks(connection: Connection, formats: Mapping[int, NumberFormatFacts]) -> Trunks:
    """Read the tables. formats: by id, read in the same transaction."""
    gateways = [_gateway(row, formats) for row in await connection.fetch(GATEWAYS)]
    routes = [RouteFacts(*row) for row in await connection.fetch(ROUTES)]
    return Trunks(gateways, routes, [])


def _gateway(row: asyncpg.Record, formats: Mapping[int, NumberFormatFacts]) -> GatewayFacts:
    return GatewayFacts(
        id=row["id"],
        name=row["name"],
        host=row["host"],
        port=row["port"],
        transport=row["transport"],
        number_format=formats.get(row["number_format_id"]),
        sources=tuple(row["sources"]),
        is_active=row["is_active"],
        tls_name=row["tls_name"],
    )
