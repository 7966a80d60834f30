"""`python -m bench.seed COUNT`: domain, gateway, subscribers with credentials and numbers, by COPY.

Runs as a process of its own, since it needs Django. Subscriber n is u<n>, has the number +431<n with seven digits>,
and the password that stands in $DATA_DIR/password. What is there already stays; later calls add what is missing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import UUID

if TYPE_CHECKING:
    from subscribers.models import Domain

DOMAIN: Final = "localhost"
GATEWAY_ADDRESS: Final = "127.0.0.2"
CHUNK: Final = 20_000
WITH_PASSWORD: Final = 300_000
"""Subscribers from this one on have a credential of the same size that no phone knows: it saves making it."""
BLOCK: Final = 1_000
"""Numbers in a block."""
_BLOCKS: Final = """
    INSERT INTO numbering_numberblock (id, uid, reseller_id, first, last, extension_digits, created_at)
    SELECT 1 + n, gen_random_uuid(), %s, '+431' || lpad((n * 1000)::text, 7, '0'),
           '+431' || lpad((n * 1000 + 999)::text, 7, '0'), CASE WHEN n %% 10 = 0 THEN 3 ELSE 0 END, now()
    FROM generate_series(%s, %s) AS n
    ON CONFLICT (id) DO NOTHING
"""
Rows: TypeAlias = Iterable[tuple[object, ...]]
_COPIES: Final = {
    "subscribers_subscriber": (
        "id, uid, domain_id, customer_id, reseller_id, username, display_name, is_active, created_at"
    ),
    "subscribers_sipcredential": "id, uid, subscriber_id, slot, label, secret, created_at",
    "numbering_phonenumber": "id, uid, reseller_id, block_id, e164, extension_digits, note, created_at",
    "numbering_numberassignment": "id, uid, number_id, subscriber_id, reseller_id, valid_from, is_main",
}


def username(number: int) -> str:
    """The name of the n-th subscriber."""
    return f"u{number}"


def e164(number: int) -> str:
    """His number."""
    return f"+431{number:07d}"


def extension_digits(number: int) -> int:
    """How many digits may follow it: three in one block of ten."""
    return 3 if number // BLOCK % 10 == 0 else 0


def main() -> int:
    """Adds what is missing; returns the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provider.settings")
    import django

    django.setup()
    from subscribers.models import Subscriber

    domain = _base()
    wanted = int(sys.argv[1])
    there = Subscriber.objects.filter(domain=domain, username__regex="^u[0-9]+$").count()
    password = (Path(os.environ["DATA_DIR"]) / "password").read_text().strip()
    if there < wanted:
        _add(domain, range(there, wanted), password)
    return 0


def _base() -> Domain:
    """The two resellers, the domain, its number format, and the gateway; made once."""
    from accounts.models import Customer, Reseller
    from numbering.models import DialSettings, NumberFormat
    from subscribers.models import Domain
    from trunking.models import Carrier, Gateway, GatewaySource, Route

    known = Domain.objects.filter(name=DOMAIN).first()
    if known is not None:
        return known
    of_vienna = {"country_code": "43", "area_code": "1"}
    austria, _ = NumberFormat.objects.update_or_create(name="Austria", defaults=of_vienna)
    gateway = Gateway.objects.create(
        carrier=Carrier.objects.create(name="Carrier"), name="Gateway", host=GATEWAY_ADDRESS, number_format=austria
    )
    GatewaySource.objects.create(gateway=gateway, network=GATEWAY_ADDRESS)
    Route.objects.create(gateway=gateway, prefix="")
    for name in (DOMAIN, "second.localhost"):
        reseller = Reseller.objects.create(name=f"Reseller of {name}")
        Customer.objects.create(reseller=reseller, name=f"Customer of {name}")
        domain = Domain.objects.create(reseller=reseller, name=name, is_default=name == DOMAIN)
        DialSettings.objects.create(domain=domain, number_format=austria)
    return Domain.objects.get(name=DOMAIN)


def _add(domain: Domain, numbers: range, password: str) -> None:
    """All that is missing, in one transaction: rows with ids of our own, triggers and foreign keys left aside.

    Exclusion constraints, which cost more than everything else, are taken off and made again at the end.
    """
    from django.db import connection, transaction

    from accounts.models import Customer

    reseller = domain.reseller_id
    owner = (domain.pk, Customer.objects.get(reseller_id=reseller).pk, reseller)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        again = [_take_off(cursor, *row) for row in _exclusions(cursor)]
        cursor.execute(_BLOCKS, [reseller, numbers.start // BLOCK, (numbers.stop - 1) // BLOCK])
        first = {table: _next_id(cursor, table) - numbers.start for table in _COPIES}
        for start in range(numbers.start, numbers.stop, CHUNK):
            chunk = range(start, min(start + CHUNK, numbers.stop))
            _copy(cursor, "subscribers_subscriber", _subscribers(first, chunk, owner))
            _copy(cursor, "subscribers_sipcredential", _credentials(first, chunk, password))
            _copy(cursor, "numbering_phonenumber", _numbers(first, chunk, reseller))
            _copy(cursor, "numbering_numberassignment", _assignments(first, chunk, reseller))
        for table in ("numbering_numberblock", *_COPIES):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        for statement in again:
            cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def _subscribers(first: dict[str, int], chunk: range, owner: tuple[int, int, int]) -> Rows:
    ids = first["subscribers_subscriber"]
    return ((ids + n, uid(), *owner, username(n), "", "t", "now") for n in chunk)


def _credentials(first: dict[str, int], chunk: range, password: str) -> Rows:
    ids, owners = first["subscribers_sipcredential"], first["subscribers_subscriber"]
    nobodys = _secret("nobody", password)
    secrets = (_secret(username(n), password) if n < WITH_PASSWORD else nobodys for n in chunk)
    return ((ids + n, uid(), owners + n, 1, "bench", secret, "now") for n, secret in zip(chunk, secrets, strict=True))


def _numbers(first: dict[str, int], chunk: range, reseller: int) -> Rows:
    ids = first["numbering_phonenumber"]
    return ((ids + n, uid(), reseller, 1 + n // BLOCK, e164(n), extension_digits(n), "", "now") for n in chunk)


def _assignments(first: dict[str, int], chunk: range, reseller: int) -> Rows:
    ids, numbers = first["numbering_numberassignment"], first["numbering_phonenumber"]
    owners = first["subscribers_subscriber"]
    return ((ids + n, uid(), numbers + n, owners + n, reseller, "2020-01-01", "t") for n in chunk)


def _next_id(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")
    found: int = cursor.fetchone()[0]
    return found


def _exclusions(cursor: Any) -> list[tuple[str, str, str]]:
    """Table, name and definition of the exclusion constraints of the tables that are filled."""
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'x' AND conrelid::regclass::text = ANY(%s)",
        [list(_COPIES)],
    )
    found: list[tuple[str, str, str]] = cursor.fetchall()
    return found


def _take_off(cursor: Any, table: str, name: str, definition: str) -> str:
    """Drops a constraint; gives the statement that makes it again."""
    cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    return f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'


def _secret(name: str, password: str) -> str:
    from sipedge.auth.ha1 import Ha1Set
    from subscribers.secrets import encrypt

    return encrypt(Ha1Set.from_password(name, DOMAIN, password))


def uid() -> str:
    """A random UUID, quicker than uuid4."""
    return str(UUID(bytes=os.urandom(16), version=4))


def _copy(cursor: Any, table: str, rows: Rows) -> None:
    text = StringIO("".join("\t".join(map(str, row)) + "\n" for row in rows))
    cursor.copy_expert(f"COPY {table} ({_COPIES[table]}) FROM STDIN", text)


if __name__ == "__main__":
    sys.exit(main())
