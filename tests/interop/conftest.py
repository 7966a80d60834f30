"""What interoperation is tried with: a domain of its own on the platform, and phones that are registered there."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from tests.interop.phones import DOMAIN, PhoneMaker, Phones
from tests.scenarios.running import Platform, assert_no_fault
from tests.scenarios.sip_message import Account

_PROVISION: Final = """
import json
from accounts.models import Customer, Reseller
from numbering.models import DialSettings, NumberFormat
from subscribers.actions import add_credential, create_subscriber
from subscribers.models import Domain
reseller = Reseller.objects.get(name="Demo reseller")
domain = Domain.objects.create(reseller=reseller, name="phones.localhost")
DialSettings.objects.create(domain=domain, number_format=NumberFormat.objects.get(shipped="at"))
customer = Customer.objects.create(reseller=reseller, name="Phones")
algorithms = dict(alice=None, bob=None, carol=None, dora=None, newer="SHA-256")
made = [create_subscriber(domain, customer, name, digest_algorithm=one) for name, one in algorithms.items()]
print(json.dumps({one.username: add_credential(one)[1] for one in made}))
"""


@pytest.fixture(scope="session")
def accounts(platform: Platform) -> dict[str, Account]:
    """The subscribers of the domain, by name."""
    passwords = json.loads(platform.manage("shell", "--no-imports", "-c", _PROVISION))
    return {name: Account(name, password, DOMAIN) for name, password in passwords.items()}


@pytest.fixture(scope="module")
def started_phones(
    request: pytest.FixtureRequest,
    platform: Platform,
    accounts: dict[str, Account],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Phones]:
    """Phones as the parameter says: such as `baresip-udp`, or `baresip-tls pjsip-udp` for alice and carol, and bob."""
    first, *rest = str(request.param).split()
    with ExitStack() as stack:
        maker = PhoneMaker(platform, accounts, tmp_path_factory.mktemp("phones"), stack)
        kinds = {"alice": first, "bob": (rest or [first])[0], "carol": first}
        made = {name: maker.start(*kind.split("-"), name) for name, kind in kinds.items()}
        for phone in made.values():
            phone.registers()
        yield Phones(**made)


@pytest.fixture
def phone_maker(platform: Platform, accounts: dict[str, Account], tmp_path: Path) -> Iterator[PhoneMaker]:
    """Starts phones for one test."""
    with ExitStack() as stack:
        yield PhoneMaker(platform, accounts, tmp_path, stack)


@pytest.fixture
def phones(started_phones: Phones) -> Iterator[Phones]:
    """The same, with no call left over from a test that failed."""
    yield started_phones
    for phone in (started_phones.alice, started_phones.bob, started_phones.carol):
        phone.clear()


@pytest.fixture(autouse=True)
def _edge_meets_no_fault(platform: Platform) -> Iterator[None]:
    """No test of interoperation makes the edge, or any other part, log an exception."""
    before = len(platform.program.said())
    yield
    assert_no_fault(platform.program.said()[before:])
