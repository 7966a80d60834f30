"""What interoperation is tried with: a domain of its own on the platform, and phones that are registered there."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from tests.interop.pjsip import pjsip_phone
from tests.scenarios.baresip import baresip_phone
from tests.scenarios.phone import How, Phone
from tests.scenarios.running import Platform, assert_no_fault
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account

DOMAIN: Final = "phones.localhost"
HERTZ: Final = {"alice": 440, "bob": 1000, "carol": 1500}
_CLIENTS: Final = {"baresip": baresip_phone, "pjsip": pjsip_phone}
_PROVISION: Final = """
import json
from accounts.models import Customer, Reseller
from numbering.models import DialSettings, NumberFormat
from subscribers.actions import add_credential, create_subscriber
from subscribers.models import Domain
reseller = Reseller.objects.get(name="Demo reseller")
domain = Domain.objects.create(reseller=reseller, name="phones.localhost")
DialSettings.objects.create(domain=domain, number_format=NumberFormat.objects.get())
customer = Customer.objects.create(reseller=reseller, name="Phones")
algorithms = dict(alice=None, bob=None, carol=None, dora=None, newer="SHA-256")
made = [create_subscriber(domain, customer, name, digest_algorithm=one) for name, one in algorithms.items()]
print(json.dumps({one.username: add_credential(one)[1] for one in made}))
"""


@dataclass(frozen=True, slots=True)
class Phones:
    """Three registered phones; alice and bob may be of two makes."""

    alice: Phone
    bob: Phone
    carol: Phone


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
    """Phones as the parameter says: such as `baresip-udp`, or `baresip-tls pjsip-udp` for alice and the others."""
    first, *rest = str(request.param).split()
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("phones")
        make = partial(_start, stack, platform, folder)
        kinds = {"alice": first, "bob": (rest or [first])[0], "carol": first}
        made = {name: make(kind, accounts[name]) for name, kind in kinds.items()}
        for phone in made.values():
            phone.registers()
        yield Phones(**made)


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


def _start(stack: ExitStack, platform: Platform, folder: Path, kind: str, account: Account) -> Phone:
    make, _, transport = kind.partition("-")
    stack.callback(_unregister, platform, account)
    hertz = HERTZ[account.username]
    return stack.enter_context(_CLIENTS[make](folder, account, platform.edge, hertz=hertz, how=How(transport)))


def _unregister(platform: Platform, account: Account) -> None:
    """No call goes to a phone that is gone."""
    with Endpoint(platform.edge) as endpoint:
        endpoint.unregister_all(account)
