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
from typing import TYPE_CHECKING, Final
from uuid import UUID

if TYPE_CHECKING:
    from subscribers.models import Domain

DOMAIN: Final = "localhost"
GATEWAY_ADDRESS: Final = "127.0.0.2"
CHUNK: Final = 20_000
_COPIES: Final = {
    "subscribers_subscriber": "uid, domain_id, customer_id, reseller_id, username, display_name, is_active, created_at",
    "subscribers_sipcredential": "uid, subscriber_id, slot, label, secret, created_at",
    "numbering_phonenumber": "uid, reseller_id, e164, note, created_at",
    "numbering_numberassignment": "uid, number_id, subscriber_id, reseller_id, valid_from, is_main",
}


def username(number: int) -> str:
    """The name of the n-th subscriber."""
    return f"u{number}"


def e164(number: int) -> str:
    """His number."""
    return f"+431{number:07d}"


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
    for first in range(there, wanted, CHUNK):
        _add(domain, range(first, min(first + CHUNK, wanted)), password)
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
    austria = NumberFormat.objects.create(name="Austria", country_code="43", area_code="1")
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
    """One chunk, in one transaction: subscribers, then what refers to them."""
    from django.db import transaction

    from accounts.models import Customer
    from subscribers.models import Subscriber

    reseller = domain.reseller_id
    customer = Customer.objects.get(reseller_id=reseller).pk
    names = [username(n) for n in numbers]
    with transaction.atomic():
        _copy(
            "subscribers_subscriber",
            ((_uid(), domain.pk, customer, reseller, name, "", "t", "now") for name in names),
        )
        ids = dict(Subscriber.objects.filter(domain=domain, username__in=names).values_list("username", "id"))
        _copy(
            "subscribers_sipcredential",
            ((_uid(), ids[name], 1, "bench", _secret(name, password), "now") for name in names),
        )
        _add_numbers(reseller, {e164(n): ids[username(n)] for n in numbers})


def _add_numbers(reseller: int, owners: dict[str, int]) -> None:
    from numbering.models import PhoneNumber

    _copy("numbering_phonenumber", ((_uid(), reseller, number, "", "now") for number in owners))
    ids = dict(PhoneNumber.objects.filter(e164__in=list(owners)).values_list("e164", "id"))
    _copy(
        "numbering_numberassignment",
        ((_uid(), ids[number], owner, reseller, "2020-01-01", "t") for number, owner in owners.items()),
    )


def _secret(name: str, password: str) -> str:
    from sipedge.auth.ha1 import Ha1Set
    from subscribers.secrets import encrypt

    return encrypt(Ha1Set.from_password(name, DOMAIN, password))


def _uid() -> str:
    return str(UUID(bytes=os.urandom(16), version=4))


def _copy(table: str, rows: Iterable[tuple[object, ...]]) -> None:
    from django.db import connection

    text = StringIO("".join("\t".join(map(str, row)) + "\n" for row in rows))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({_COPIES[table]}) FROM STDIN", text)


if __name__ == "__main__":
    sys.exit(main())
