"""What the edge reads of gateways, routes and destination rules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from sipedge.facts import (
    DestinationRuleFacts,
    GatewayAccount,
    GatewayFacts,
    GatewayRegistration,
    NumberFormatFacts,
    RouteFacts,
)
from sipedge.store.directories import RouteTables

if TYPE_CHECKING:
    import asyncpg

    from sipedge.store.link import Connection

# In the order of their facts, which are made of whole rows; what is not plain stands at the end.
GATEWAYS: Final = """
    SELECT id, name, host, port, transport, number_format_id, sources, is_active, tls_name, outbound_proxy,
           called_number_in, caller_in, identity_as, from_as, diverted_as, max_calls, max_calls_per_second,
           probe_interval, failover_codes, ringing_within, inbound_username, inbound_secret, outbound_username,
           outbound_secret, outbound_realm, registers, registrar, registration_aor, registration_user,
           registration_expires, registration_edge
    FROM edge_gateway"""
GATEWAYS_WITHOUT_SECRETS: Final = GATEWAYS.replace("inbound_secret", "'' AS inbound_secret").replace(
    "outbound_secret", "'' AS outbound_secret"
)
"""For those who explain calls, and prove nobody."""
ROUTES: Final = """
    SELECT gateway_id, prefix, priority, id, kind, reseller_id, customer_id, domain_id, weight, cost, weekdays, opens,
           closes, timezone, is_last
    FROM edge_route"""
RULES: Final = "SELECT prefix, is_allowed, reason, reseller_id, customer_id, kind FROM edge_destination_rule"

OpenPassword: TypeAlias = Callable[[str, str], "str | None"]
"""Takes a token and in words whose it is; gives the password, None where no key opens it."""


class Trunks(NamedTuple):
    """All of it, as directories.Gateways.replace takes it."""

    gateways: list[GatewayFacts]
    tables: RouteTables


async def fetch_trunks(
    connection: Connection, formats: Mapping[int, NumberFormatFacts], open_password: OpenPassword
) -> Trunks:
    """Read the tables. formats: by id, read in the same transaction."""
    gateways = [gateway_of(row, formats, open_password) for row in await connection.fetch(GATEWAYS)]
    routes, rules = await connection.fetch(ROUTES), await connection.fetch(RULES)
    return Trunks(gateways, await asyncio.to_thread(_tables, routes, rules))


def _tables(routes: list[asyncpg.Record], rules: list[asyncpg.Record]) -> RouteTables:
    """In a thread: with many routes it takes longer than phones should wait for the edge."""
    return RouteTables(routes_of(routes), [DestinationRuleFacts(*row) for row in rules])


def routes_of(rows: list[asyncpg.Record]) -> list[RouteFacts]:
    """The facts of rows of ROUTES. Twenty thousand of them share their few sets of weekdays."""
    known: dict[tuple[int, ...], tuple[int, ...]] = {}
    weekdays = RouteFacts._fields.index("weekdays")
    routes = []
    for row in rows:
        days = tuple(row[weekdays])
        routes.append(RouteFacts._make((*row[:weekdays], known.setdefault(days, days), *row[weekdays + 1 :])))
    return routes


def gateway_of(
    row: asyncpg.Record, formats: Mapping[int, NumberFormatFacts], open_password: OpenPassword
) -> GatewayFacts:
    """The facts of a row of GATEWAYS, or of GATEWAYS_WITHOUT_SECRETS."""
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
        outbound_proxy=row["outbound_proxy"],
        called_number_in=row["called_number_in"],
        caller_in=row["caller_in"],
        identity_as=row["identity_as"],
        from_as=row["from_as"],
        diverted_as=row["diverted_as"],
        max_calls=row["max_calls"],
        max_calls_per_second=row["max_calls_per_second"],
        probe_interval=row["probe_interval"],
        failover_codes=tuple(row["failover_codes"]),
        ringing_within=row["ringing_within"],
        inbound=_account(row, "inbound", "", open_password),
        outbound=_account(row, "outbound", row["outbound_realm"], open_password),
        registration=_registration(row),
    )


def _account(row: asyncpg.Record, side: str, realm: str, open_password: OpenPassword) -> GatewayAccount | None:
    """None where it has none, or where its password cannot be read: then nobody proves anything by it."""
    username = row[f"{side}_username"]
    if not username:
        return None
    password = open_password(row[f"{side}_secret"], f"the {side} password of gateway {row['name']}")
    return None if password is None else GatewayAccount(username, password, realm)


def _registration(row: asyncpg.Record) -> GatewayRegistration | None:
    if not row["registers"]:
        return None
    return GatewayRegistration(
        registrar=row["registrar"],
        aor=row["registration_aor"],
        contact_user=row["registration_user"],
        expires=row["registration_expires"],
        edge=row["registration_edge"],
    )
