"""The same stock for a store in memory and for one on PostgreSQL, and what tests of stores need besides."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sipedge.auth.ha1 import Ha1Set
from sipedge.facts import DomainFacts, GatewayFacts, NumberFacts, NumberFormatFacts, RouteFacts, SubscriberFacts
from sipedge.registrar.binding import Binding
from sipedge.registrar.register import RegisterDecision
from sipedge.store.memory import MemoryStore
from sipedge.store.waiting import Waiting

if TYPE_CHECKING:
    import asyncpg

T = TypeVar("T")
Panel: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
"""A connection of somebody who is not the edge."""

DOMAIN = "north.example.org"
ALIAS = "alias.example.org"
PASSWORD = "correct horse battery"
NUMBER = "+4311001"
FREE_NUMBER = "+4311002"
BASE_NUMBER = "+4312"
"""Takes three digits behind it, and is alice's, as NUMBER is."""
PORTED_NUMBER = "+4313001"
BLOCK = ("+4314000", "+4314099", 2)
ALICE_HA1 = Ha1Set.from_password("alice", DOMAIN, PASSWORD)


@dataclass(frozen=True)
class Stock:
    """Ids of what is there: alice has a credential and NUMBER, bob neither; nobody has FREE_NUMBER; see above."""

    domain: int
    alice: int
    bob: int
    gateway: int
    credential_keys: tuple[str, ...] = ()
    others: tuple[int, ...] = ()


def stock_postgres() -> Stock:
    """Fill the test database."""
    from subscribers.actions import set_credential_from_password
    from tests.factories.numbering import (
        DialSettingsFactory,
        NumberAssignmentFactory,
        NumberBlockFactory,
        PhoneNumberFactory,
    )
    from tests.factories.subscribers import DomainFactory, SubscriberFactory
    from tests.factories.trunking import GatewayFactory, GatewaySourceFactory, RouteFactory

    domain = DomainFactory(name=DOMAIN, is_default=True)
    domain.names.create(name=ALIAS)
    DialSettingsFactory(domain=domain)
    alice = SubscriberFactory(domain=domain, username="alice", display_name="Alice")
    bob = SubscriberFactory(domain=domain, customer=alice.customer, username="bob", is_active=False)
    set_credential_from_password(alice, PASSWORD)
    number = PhoneNumberFactory(e164=NUMBER, reseller=domain.reseller)
    NumberAssignmentFactory(subscriber=alice, number=number, is_main=True)
    base = PhoneNumberFactory(e164=BASE_NUMBER, reseller=domain.reseller, extension_digits=3)
    NumberAssignmentFactory(subscriber=alice, number=base)
    for e164 in (FREE_NUMBER, f"{BASE_NUMBER}7"):
        PhoneNumberFactory(e164=e164, reseller=domain.reseller)
    PhoneNumberFactory(e164=PORTED_NUMBER, reseller=domain.reseller, ported_out=True, extension_digits=1)
    NumberBlockFactory(first=BLOCK[0], last=BLOCK[1], extension_digits=BLOCK[2])
    gateway = GatewayFactory(name="PSTN", host="127.0.0.2", tls_name="gw.example.org")
    GatewaySourceFactory(gateway=gateway, network="127.0.0.2/32")
    GatewaySourceFactory(gateway=gateway, network="198.51.100.0/24")
    RouteFactory(gateway=gateway, prefix="", priority=10)
    RouteFactory(gateway=gateway, prefix="43", priority=10)
    keys = tuple(os.environ["CREDENTIAL_KEYS"].split(","))
    return Stock(domain.pk, alice.pk, bob.pk, gateway.pk, keys)


def stock_memory() -> tuple[MemoryStore, Stock]:
    """The same in memory."""
    store, stock = MemoryStore(), Stock(domain=1, alice=11, bob=12, gateway=21)
    austria = NumberFormatFacts(1, "Austria", "43", "00", "0", "1", "e164", "plus")
    store.domains.put(DomainFacts(1, DOMAIN, (DOMAIN, ALIAS), 5, True, "MD5", austria, True))
    store.gateways.put(
        GatewayFacts(
            21, "PSTN", "127.0.0.2", 5060, "udp", austria, ("127.0.0.2/32", "198.51.100.0/24"), True, "gw.example.org"
        ),
        RouteFacts(21, "", 10),
        RouteFacts(21, "43", 10),
    )
    store.subscribers.put(
        (1, "alice"), SubscriberFacts(11, "alice", 1, 5, 6, "Alice", True, None, NUMBER, (ALICE_HA1,))
    )
    store.subscribers.put((1, "bob"), SubscriberFacts(12, "bob", 1, 5, 6, "", False, None, None, ()))
    store.numbers.put(NUMBER, NumberFacts(NUMBER, 11, 1, "alice"))
    store.numbers.put(BASE_NUMBER, NumberFacts(BASE_NUMBER, 11, 1, "alice"), extension_digits=3)
    for e164 in (FREE_NUMBER, f"{BASE_NUMBER}7"):
        store.numbers.put(e164, NumberFacts(e164, None, None, None))
    store.numbers.put(PORTED_NUMBER, NumberFacts(PORTED_NUMBER, None, None, None, is_ported_out=True), 1)
    store.numbers.put_block(*BLOCK)
    return store, stock


def a_binding(name: str = "phone", *, cseq: int = 1, seconds: float = 3600, **fields: object) -> Binding:
    """A binding that ends in so many seconds."""
    binding = Binding(
        key=f"key-{name}",
        contact=f"sip:{name}@192.0.2.1:5060",
        call_id=f"{name}@192.0.2.1",
        cseq=cseq,
        q=1000,
        expires_at=round(time.time() + seconds, 6),  # what PostgreSQL keeps
        received_from="udp:192.0.2.1:5060",
        flow=None,
        transport="udp",
        user_agent="Test 1.0",
        path="",
        instance_id="",
        reg_id=None,
        edge="edge1",
    )
    return binding._replace(**fields)  # type: ignore[arg-type]


def writing(*new: Binding, over: tuple[Binding, ...] = ()) -> RegisterDecision:
    """The decision to write `new`, where `over` was known."""
    known = {binding.key: binding for binding in over}
    standing = known | {binding.key: binding for binding in new}
    return RegisterDecision(tuple(standing.values()), tuple((known.get(binding.key), binding) for binding in new))


def removing(*gone: Binding, left: tuple[Binding, ...] = ()) -> RegisterDecision:
    """The decision to remove `gone`."""
    return RegisterDecision(left, (), gone)


def answer(waiting: Waiting[T]) -> "asyncio.Future[T]":
    """A future of asyncio's for a Waiting, so that a test may await it; it fails after ten seconds."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    timer = loop.call_later(10, lambda: future.done() or future.set_exception(TimeoutError("no answer")))

    def settle() -> None:
        timer.cancel()
        try:
            future.set_result(waiting.result())
        except Exception as error:  # noqa: BLE001  handed on to who awaits
            future.set_exception(error)

    waiting.add_wake_up(settle)
    return future


async def eventually(condition: Callable[[], bool], within: float = 1.0) -> None:
    """Wait until the condition holds; fails after so many seconds."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110  what is waited for happens in another process
            await asyncio.sleep(0.005)
