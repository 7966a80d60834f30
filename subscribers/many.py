"""Many subscribers at once, in a statement each: for imports. Whoever calls has checked what the models would check;
what the database itself keeps true holds here, too. Within a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

_INSERT: Final = """
    INSERT INTO subscribers_subscriber
        (uid, reseller_id, domain_id, customer_id, username, display_name, is_active, digest_algorithm, created_at)
    SELECT uid, %s, domain_id, customer_id, username, display_name, is_active, digest_algorithm, statement_timestamp()
    FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::boolean[], %s::text[])
         AS made (uid, domain_id, customer_id, username, display_name, is_active, digest_algorithm)
    RETURNING uid, id
"""
_UPDATE: Final = """
    UPDATE subscribers_subscriber s
    SET customer_id = coalesce(changed.customer_id, s.customer_id),
        display_name = coalesce(changed.display_name, s.display_name),
        is_active = coalesce(changed.is_active, s.is_active),
        digest_algorithm = coalesce(changed.digest_algorithm, s.digest_algorithm)
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::boolean[], %s::text[])
         AS changed (id, customer_id, display_name, is_active, digest_algorithm)
    WHERE s.id = changed.id
"""
# A new subscriber has no credential yet; of one that stands the first is replaced.
_SECRETS: Final = """
    INSERT INTO subscribers_sipcredential (uid, subscriber_id, slot, label, secret, created_at)
    SELECT gen_random_uuid(), subscriber_id, slot, '', secret, statement_timestamp()
    FROM unnest(%s::bigint[], %s::smallint[], %s::text[]) AS given (subscriber_id, slot, secret)
    ON CONFLICT (subscriber_id, slot) DO UPDATE SET secret = excluded.secret, rotated_at = statement_timestamp()
"""
_MAX_CALLS: Final = """
    INSERT INTO subscribers_callsettings (subscriber_id, max_calls)
    SELECT * FROM unnest(%s::bigint[], %s::smallint[])
    ON CONFLICT (subscriber_id) DO UPDATE SET max_calls = excluded.max_calls
"""
_STANDING: Final = """
    SELECT s.id, s.uid, s.domain_id, s.username, s.customer_id, s.display_name, s.is_active,
           coalesce(s.digest_algorithm, ''), c.max_calls,
           ARRAY(SELECT k.slot FROM subscribers_sipcredential k WHERE k.subscriber_id = s.id ORDER BY k.slot),
           ARRAY(SELECT k.secret FROM subscribers_sipcredential k WHERE k.subscriber_id = s.id ORDER BY k.slot)
    FROM unnest(%s::bigint[], %s::text[]) AS wanted (domain_id, username)
    JOIN subscribers_subscriber s ON s.domain_id = wanted.domain_id AND s.username = wanted.username
    LEFT JOIN subscribers_callsettings c ON c.subscriber_id = s.id
    ORDER BY s.id
    FOR NO KEY UPDATE OF s
"""


class NewSubscriber(NamedTuple):
    """One to be made. digest_algorithm None: as the domain does."""

    uid: UUID
    domain_id: int
    customer_id: int
    username: str
    display_name: str
    is_active: bool
    digest_algorithm: str | None


class Change(NamedTuple):
    """What is to be changed of one; None where it stays."""

    id: int
    customer_id: int | None
    display_name: str | None
    is_active: bool | None
    digest_algorithm: str | None


class Secret(NamedTuple):
    """What a credential shall be: encrypted HA1 values, see secrets.encrypt."""

    subscriber_id: int
    slot: int
    secret: str


class Standing(NamedTuple):
    """A subscriber as it is, with the slots and secrets of its credentials."""

    id: int
    uid: UUID
    domain_id: int
    username: str
    customer_id: int
    display_name: str
    is_active: bool
    digest_algorithm: str
    max_calls: int | None
    slots: list[int]
    secrets: list[str]


def standing(names: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Standing]:
    """The subscribers of these names (key of the domain, user name) that are there, locked."""
    found = [Standing._make(row) for row in _execute(_STANDING, [], 2, list(names))]
    return {(one.domain_id, one.username): one for one in found}


def insert_subscribers(reseller_id: int, rows: Sequence[NewSubscriber]) -> dict[UUID, int]:
    """Make them all; return their keys. Raises IntegrityError where one of them is there already."""
    return dict(_execute(_INSERT, [reseller_id], 7, [(str(row.uid), *row[1:]) for row in rows]))


def change_subscribers(rows: Sequence[Change]) -> None:
    """Change each of them."""
    _execute(_UPDATE, [], 5, rows)


def set_secrets(rows: Sequence[Secret]) -> None:
    """Give each a credential, or replace the one in that slot."""
    _execute(_SECRETS, [], 3, rows)


def set_max_calls(rows: Sequence[tuple[int, int]]) -> None:
    """Say of each (by its key) how many calls it may have at the same time."""
    _execute(_MAX_CALLS, [], 2, rows)


def _execute(statement: str, first: list[Any], width: int, rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Run a statement about columns of values; nothing where there are no rows."""
    if not rows:
        return []
    columns = [list(column) for column in zip(*rows, strict=True)]
    assert len(columns) == width  # noqa: S101 - a NamedTuple that grew
    with connection.cursor() as cursor:
        cursor.execute(statement, [*first, *columns])
        return list(cursor.fetchall()) if cursor.description else []
