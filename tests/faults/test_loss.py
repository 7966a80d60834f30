"""A bad network on the way: datagrams are lost, doubled, delayed and reordered."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.calls import Call, Callees, misrecorded
from tests.faults.cluster import Cluster
from tests.faults.conftest import IS_LONG
from tests.faults.phones import Phone, phones_at
from tests.faults.relay import Relay, Weather
from tests.faults.report import Row
from tests.faults.wire import Peer
from tests.ports import GATEWAY, Ports
from tests.scenarios.running import RunningEdge

FAULT = "loss, duplication, reordering"
BAD = Weather(loss=10, doubled=5, late=10)
TERRIBLE = Weather(loss=30, doubled=10, late=20)
EXPECTED = {("REGISTER", 401), ("REGISTER", 200), ("INVITE", 200), ("BYE", 200)}
GIVEN_UP = {("INVITE", 408), ("BYE", 408)}  # the edge heard nothing from the other side for 32 s
PHONES, CALLS = (400, 120) if IS_LONG else (100, 40)
APART = 0.02  # seconds between the beginnings


@pytest.fixture
def weather() -> Weather:
    """The network of a test; `parametrize` gives another one."""
    return BAD


@pytest_asyncio.fixture
async def sides(ports: Ports, weather: Weather, seed: int) -> AsyncIterator[tuple[Peer, Peer, list[Relay]]]:
    """Phones and gateway, each behind a relay."""
    edge = ("127.0.0.1", ports.sip)
    phones, gateway = await Peer.open(edge), await Peer.open(edge)
    callees = Callees(phones)
    relays = [
        await Relay.before(phones, "127.0.0.1", weather, seed),
        await Relay.before(gateway, GATEWAY, weather, seed + 1),
    ]
    yield phones, gateway, relays
    await callees.close()
    for one in (*relays, phones, gateway):
        await one.close()


@pytest.fixture
def seed() -> int:
    """What makes the network's dice roll alike; shown in the table."""
    return random.randrange(10_000)


@pytest.mark.parametrize("weather", [BAD, TERRIBLE] if IS_LONG else [BAD], ids=lambda weather: f"{weather.loss}%")
async def test_registrations_and_calls_get_through(
    cluster: Cluster,
    edge: RunningEdge,
    sides: tuple[Peer, Peer, list[Relay]],
    weather: Weather,
    seed: int,
    row: Row,
) -> None:
    most_failed = 0 if weather.loss <= 10 else (PHONES + CALLS) // 100
    row.begin(
        f"{PHONES} phones register, are called ({CALLS}) and unregister; {weather} (seed {seed})",
        f"{'every one completes' if not most_failed else '≥ 99 % complete'}, no error that a retransmission caused",
    )
    phones, gateway, relays = sides
    known = phones_at(phones, range(PHONES))
    registered = await asyncio.gather(*(_later(number, phone) for number, phone in enumerate(known)))
    calls = await asyncio.gather(*(_called(number, gateway, known[number % 40]) for number in range(CALLS)))
    gone = await asyncio.gather(*(_later(number, phone, registered=False) for number, phone in enumerate(known)))
    failed = sum(status != 200 for status in (*registered, *gone))
    failed_calls = [f"INVITE {call.status}, BYE {call.bye}" for call in calls if (call.status, call.bye) != (200, 200)]
    statuses = {*phones.statuses, *gateway.statuses} - (GIVEN_UP if most_failed else set())
    left = [phone.name for phone in known if (phone.name in cluster.bindings()) not in phone.may_be]
    answered = [call for call in calls if call.bye == 200]
    misread = await misrecorded(answered, cluster)
    row.measured(
        f"{2 * PHONES - failed} of {2 * PHONES} registrations and {CALLS - len(failed_calls)} of {CALLS} calls; "
        f"{sum(relay.lost for relay in relays)} of {sum(relay.lost + relay.passed for relay in relays)} datagrams "
        f"lost, {phones.retransmitted + gateway.retransmitted} requests sent again; "
        f"{len(statuses - EXPECTED)} statuses that do not belong there"
    )
    assert statuses <= EXPECTED, statuses - EXPECTED
    assert not [offence for phone in known for offence in phone.offences]
    assert failed <= 2 * most_failed
    assert len(failed_calls) <= most_failed, failed_calls
    assert (left, misread) == ([], [])


async def _later(number: int, phone: Phone, *, registered: bool = True) -> int:
    """Not all at once: what the network loses is to be the only thing that is lost."""
    await asyncio.sleep(number * APART)
    return await phone.set(registered)


async def _called(number: int, gateway: Peer, phone: Phone) -> Call:
    await asyncio.sleep(number * APART)
    call = await Call.dial(gateway, int(phone.name.removeprefix("phone")))
    if call.status == 200:
        await asyncio.sleep(0.2)
        await call.hang_up()
    return call
