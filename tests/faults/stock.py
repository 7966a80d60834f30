"""`python -m tests.faults.stock COUNT NUMBERED`: fills the empty database that DATABASE_URL names.

Migrations, a domain with a gateway, COUNT subscribers `phone0` to `phoneN` with one password, and a number for each of
the first NUMBERED. A process of its own, because a fault's cluster is not the database that Django's tests know.
"""

import os
import sys
from typing import Final

PASSWORD: Final = "correct horse battery"
DOMAIN: Final = "localhost"
BATCH: Final = 5_000


def username(number: int) -> str:
    """The name of a phone."""
    return f"phone{number}"


def e164(number: int) -> str:
    """Its number."""
    return f"+431{number:07}"


def main() -> int:
    """Makes the stock; returns the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provider.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    count, numbered = map(int, sys.argv[1:])
    _fill(count, numbered)
    return 0


def _fill(count: int, numbered: int) -> None:
    """Two resellers, as in every fixture: the other one has subscribers of the same names."""
    from subscribers.models import Subscriber
    from tests.factories.accounts import CustomerFactory
    from tests.factories.subscribers import DomainFactory, SubscriberFactory
    from tests.scenarios.provisioning import make_exchange

    exchange = make_exchange(5060)
    other = DomainFactory(name="other.example.org")
    SubscriberFactory.create_batch(10, domain=other, customer=CustomerFactory(reseller=other.reseller))
    owner = {"domain": exchange.domain, "reseller": exchange.domain.reseller}
    customer = CustomerFactory(reseller=exchange.domain.reseller)
    for start in range(0, count, BATCH):
        names = [username(number) for number in range(start, min(start + BATCH, count))]
        people = Subscriber.objects.bulk_create(Subscriber(**owner, customer=customer, username=name) for name in names)
        _give_credentials(people)
    _give_numbers(numbered)


def _give_credentials(people: list) -> None:  # type: ignore[type-arg]
    from sipedge.auth.ha1 import Ha1Set
    from subscribers.models import SipCredential
    from subscribers.secrets import encrypt

    SipCredential.objects.bulk_create(
        SipCredential(subscriber=one, slot=1, secret=encrypt(Ha1Set.from_password(one.username, DOMAIN, PASSWORD)))
        for one in people
    )


def _give_numbers(numbered: int) -> None:
    from numbering.actions import assign_number
    from numbering.models import PhoneNumber
    from subscribers.models import Domain, Subscriber

    reseller = Domain.objects.get(names__name=DOMAIN).reseller
    for number in range(numbered):
        owner = Subscriber.objects.get(username=username(number), domain__names__name=DOMAIN)
        assign_number(PhoneNumber.objects.create(reseller=reseller, e164=e164(number)), owner)


if __name__ == "__main__":
    sys.exit(main())
