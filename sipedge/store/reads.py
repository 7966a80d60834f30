"""What the edge reads from its views, as facts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from sipedge.auth.ha1 import Ha1Set
from sipedge.auth.passwords import unpack_password
from sipedge.facts import DomainFacts, NumberFormatFacts, SubscriberFacts
from sipedge.store.call_settings import settings_of
from sipedge.store.number_formats import OF_SUBSCRIBER, fetch_formats, format_of
from sipedge.store.trunks import Trunks, fetch_trunks

if TYPE_CHECKING:
    import asyncpg

    from sipedge.store.interfaces import DomainDirectory, SubscriberKey
    from sipedge.store.link import Connection

Shared = TypeVar("Shared", int, int | None)

log = logging.getLogger("sipedge.store")

DOMAINS: Final = """
    SELECT id, name, names, reseller_id, is_default, digest_algorithm, number_format_id, is_active, strict_call_id
    FROM edge_domain"""
_SUBSCRIBERS: Final = f"""
    SELECT s.id, s.username, s.domain_id, s.reseller_id, s.customer_id, s.display_name, s.is_active,
           s.digest_algorithm, s.main_number, s.settings, s.customer_max_calls, s.reseller_max_calls,
           {OF_SUBSCRIBER}{{more}}
    FROM unnest($1::int8[], $2::text[]) AS wanted (domain_id, username)
    JOIN edge_subscriber s ON s.domain_id = wanted.domain_id AND s.username = wanted.username"""  # noqa: S608  a constant
SUBSCRIBERS: Final = _SUBSCRIBERS.format(more=", s.secrets")
SUBSCRIBERS_WITHOUT_SECRETS: Final = _SUBSCRIBERS.format(more="")
"""For those who explain calls, and prove nobody."""
USER_AGENTS: Final = "SELECT pattern FROM edge_user_agent_ban"

LONGEST_TEXT_KEY: Final = 64
"""No username is longer: asking is of no use."""

DECRYPTED_AT_ONCE: Final = 64
"""Secrets (some 0.5 ms) between two looks at the rest of the loop."""


def can_exist(text: str) -> bool:
    """Whether a key from a SIP message may be in the database at all, and be asked for: short, UTF-8, no NUL."""
    return len(text) <= LONGEST_TEXT_KEY and text.isprintable() and not any("\ud800" <= c <= "\udfff" for c in text)


class Secrets:
    """Opens the stored credentials. keys: Fernet keys, newest first."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def open(self, tokens: Sequence[str], subscriber_id: int, algorithm: str | None) -> tuple[Ha1Set, ...]:
        """The credentials of a subscriber; one that no key opens is left out, with a line in the log.

        Only the hashes of the digest algorithm that the subscriber is asked for are kept (of all when it is None):
        what is not in memory takes no room and cannot leak from it.
        """
        opened = []
        for token in tokens:
            try:
                opened.append(_of_algorithm(Ha1Set.unpack(self._fernet.decrypt(token)), algorithm))
            except (InvalidToken, ValueError):
                log.error("x store: no key of CREDENTIAL_KEYS opens a credential of subscriber %s", subscriber_id)
        return tuple(opened)

    def password(self, token: str, whose: str) -> str | None:
        """A gateway's password; None, with a line in the log that says whose, when no key opens it."""
        try:
            return unpack_password(self._fernet.decrypt(token))
        except (InvalidToken, ValueError):
            log.error("x store: no key of CREDENTIAL_KEYS opens %s", whose)
            return None


def _of_algorithm(ha1: Ha1Set, algorithm: str | None) -> Ha1Set:
    if algorithm == "MD5":
        return Ha1Set(md5=ha1.md5, md5_at=ha1.md5_at)
    if algorithm == "SHA-256":
        return Ha1Set(sha256=ha1.sha256, sha256_at=ha1.sha256_at)
    return ha1


@lru_cache(maxsize=65536)
def _shared(number: Shared) -> Shared:
    """The same object for the same id: a thousand subscribers of a domain need not each hold a copy of its id."""
    return number


class SubscriberReader:
    """Reads subscribers with their credentials. domains: say which digest algorithm is asked for."""

    def __init__(self, secrets: Secrets, domains: DomainDirectory) -> None:
        self._secrets = secrets
        self._domains = domains

    async def fetch(self, connection: Connection, keys: list[SubscriberKey]) -> dict[SubscriberKey, SubscriberFacts]:
        """The subscribers among these that exist."""
        records = await connection.fetch(SUBSCRIBERS, [key[0] for key in keys], [key[1] for key in keys])
        found = {}
        for n, record in enumerate(records, 1):
            facts = subscriber_of(record, self._credentials(record))
            found[facts.domain_id, facts.username] = facts
            if n % DECRYPTED_AT_ONCE == 0:
                await asyncio.sleep(0)
        return found

    def _credentials(self, record: asyncpg.Record) -> tuple[Ha1Set, ...]:
        domain = self._domains.by_id(record["domain_id"])
        algorithm: str | None = record["digest_algorithm"]
        if algorithm is None and domain is not None:
            algorithm = domain.digest_algorithm
        return self._secrets.open(record["secrets"], record["id"], algorithm)


def subscriber_of(record: asyncpg.Record, credentials: tuple[Ha1Set, ...] = ()) -> SubscriberFacts:
    """The facts of a row of SUBSCRIBERS, or of SUBSCRIBERS_WITHOUT_SECRETS."""
    return SubscriberFacts(
        id=record["id"],
        username=record["username"],
        domain_id=_shared(record["domain_id"]),
        reseller_id=_shared(record["reseller_id"]),
        customer_id=_shared(record["customer_id"]),
        display_name=record["display_name"],
        is_active=record["is_active"],
        digest_algorithm=record["digest_algorithm"],
        main_number=record["main_number"],
        credentials=credentials,
        settings=settings_of(record["settings"]),
        customer_max_calls=_shared(record["customer_max_calls"]),
        reseller_max_calls=_shared(record["reseller_max_calls"]),
        number_format=format_of(record["number_format"]),
    )


async def fetch_tables(connection: Connection, secrets: Secrets) -> tuple[list[DomainFacts], Trunks]:
    """The tables that are in memory as a whole, of one moment."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        formats = await fetch_formats(connection)
        domains = [domain_of(row, formats) for row in await connection.fetch(DOMAINS)]
        trunks = await fetch_trunks(connection, formats, secrets.password)
    return domains, trunks


async def fetch_user_agents(connection: Connection) -> list[str]:
    """The patterns of User-Agents that are not served."""
    return [record["pattern"] for record in await connection.fetch(USER_AGENTS)]


def domain_of(row: asyncpg.Record, formats: dict[int, NumberFormatFacts]) -> DomainFacts:
    """The facts of a row of DOMAINS."""
    return DomainFacts(
        id=row["id"],
        name=row["name"],
        names=tuple(row["names"]),
        reseller_id=row["reseller_id"],
        is_default=row["is_default"],
        digest_algorithm=row["digest_algorithm"],
        number_format=formats.get(row["number_format_id"]),
        is_active=row["is_active"],
        strict_call_id=row["strict_call_id"],
    )
