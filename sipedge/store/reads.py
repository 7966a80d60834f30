"""What the edge reads from its views, as facts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from sipedge.auth.ha1 import Ha1Set
from sipedge.store.facts import (
    DomainFacts,
    GatewayFacts,
    NumberFacts,
    NumberFormatFacts,
    RouteFacts,
    SubscriberFacts,
)

if TYPE_CHECKING:
    from sipedge.store.interfaces import SubscriberKey
    from sipedge.store.link import Connection

log = logging.getLogger("sipedge.store")

NUMBER_FORMATS: Final = """
    SELECT id, name, country_code, international_prefix, national_prefix, area_code, bare_digits, sends_as
    FROM edge_number_format"""
DOMAINS: Final = """
    SELECT id, name, names, reseller_id, is_default, digest_algorithm, number_format_id, is_active FROM edge_domain"""
GATEWAYS: Final = """
    SELECT id, name, host, port, transport, number_format_id, sources, is_active FROM edge_gateway"""
ROUTES: Final = "SELECT gateway_id, prefix, priority FROM edge_route"
SUBSCRIBERS: Final = """
    SELECT s.id, s.username, s.domain_id, s.reseller_id, s.customer_id, s.display_name, s.is_active,
           s.digest_algorithm, s.main_number, s.secrets
    FROM unnest($1::int8[], $2::text[]) AS wanted (domain_id, username)
    JOIN edge_subscriber s ON s.domain_id = wanted.domain_id AND s.username = wanted.username"""
NUMBERS: Final = "SELECT e164, subscriber_id, domain_id, username FROM edge_number WHERE e164 = ANY($1::text[])"

_SUBSCRIBER_FIELDS: Final = [f.name for f in fields(SubscriberFacts) if f.name != "credentials"]

LONGEST_TEXT_KEY: Final = 64
"""No username and no number is longer: asking is of no use."""

DECRYPTED_AT_ONCE: Final = 64
"""Secrets (some 0.5 ms) between two looks at the rest of the loop."""


def can_exist(text: str) -> bool:
    """Whether a key from a SIP message may be in the database at all, and be asked for: short, UTF-8, no NUL."""
    return len(text) <= LONGEST_TEXT_KEY and text.isprintable() and not any("\ud800" <= c <= "\udfff" for c in text)


class Secrets:
    """Opens the stored credentials. keys: Fernet keys, newest first."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def open(self, tokens: Sequence[str], subscriber_id: int) -> tuple[Ha1Set, ...]:
        """The credentials of a subscriber; one that no key opens is left out, with a line in the log."""
        opened = []
        for token in tokens:
            try:
                opened.append(Ha1Set.unpack(self._fernet.decrypt(token)))
            except (InvalidToken, ValueError):
                log.error("x store: no key of CREDENTIAL_KEYS opens a credential of subscriber %s", subscriber_id)
        return tuple(opened)


class SubscriberReader:
    """Reads subscribers with their credentials."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    async def fetch(self, connection: Connection, keys: list[SubscriberKey]) -> dict[SubscriberKey, SubscriberFacts]:
        """The subscribers among these that exist."""
        records = await connection.fetch(SUBSCRIBERS, [key[0] for key in keys], [key[1] for key in keys])
        found = {}
        for n, record in enumerate(records, 1):
            credentials = self._secrets.open(record["secrets"], record["id"])
            values = {name: record[name] for name in _SUBSCRIBER_FIELDS}
            facts = SubscriberFacts(**values, credentials=credentials)
            found[facts.domain_id, facts.username] = facts
            if n % DECRYPTED_AT_ONCE == 0:
                await asyncio.sleep(0)
        return found


async def fetch_numbers(connection: Connection, keys: list[str]) -> dict[str, NumberFacts]:
    """The numbers among these that are ours."""
    return {record["e164"]: NumberFacts(*record) for record in await connection.fetch(NUMBERS, keys)}


async def fetch_tables(
    connection: Connection,
) -> tuple[list[DomainFacts], list[GatewayFacts], list[RouteFacts]]:
    """The tables that are in memory as a whole, of one moment."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        formats = {row["id"]: NumberFormatFacts(*row) for row in await connection.fetch(NUMBER_FORMATS)}
        domains = [_domain(row, formats) for row in await connection.fetch(DOMAINS)]
        gateways = [_gateway(row, formats) for row in await connection.fetch(GATEWAYS)]
        routes = [RouteFacts(*row) for row in await connection.fetch(ROUTES)]
    return domains, gateways, routes


def _domain(row: Any, formats: dict[int, NumberFormatFacts]) -> DomainFacts:
    return DomainFacts(
        id=row["id"],
        name=row["name"],
        names=tuple(row["names"]),
        reseller_id=row["reseller_id"],
        is_default=row["is_default"],
        digest_algorithm=row["digest_algorithm"],
        number_format=formats.get(row["number_format_id"]),
        is_active=row["is_active"],
    )


def _gateway(row: Any, formats: dict[int, NumberFormatFacts]) -> GatewayFacts:
    return GatewayFacts(
        id=row["id"],
        name=row["name"],
        host=row["host"],
        port=row["port"],
        transport=row["transport"],
        number_format=formats.get(row["number_format_id"]),
        sources=tuple(row["sources"]),
        is_active=row["is_active"],
    )
