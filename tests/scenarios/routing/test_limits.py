"""How many calls somebody may have at the same time: each limit, and what is left of them after a kill -9."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from accounts.models import Customer, Reseller
from calls.models import Call
from subscribers.models import Subscriber
from tests.ports import GATEWAY
from tests.scenarios.routing.town import Line, NewTown, Town, local, subscriber_of
from tests.scenarios.sip_calls import IncomingCall, OutgoingCall, connect
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account
from tests.scenarios.waiting import eventually

pytestmark = pytest.mark.xdist_group("limits")

NARROW: Final = "127.0.0.11"
MOBILE: Final = "+43664123456"


def _gateways(town: Town) -> None:
    town.gateway(NARROW, prefix="43732", max_calls=2, route={"is_last": True})


@pytest.fixture(scope="module")
def town(new_town: NewTown) -> Town:
    return new_town(_gateways)


@contextmanager
def _standing(
    town: Town, who: Account, number: str, host: str = GATEWAY
) -> Iterator[tuple[OutgoingCall, IncomingCall]]:
    """A call of a subscriber that was answered by the gateway; hung up at the end, by the caller."""
    with Endpoint(town.edge.address) as phone, Endpoint(town.edge.address, host, town.port) as gateway:
        caller = OutgoingCall.begin_signed(phone, local(number), who)
        callee = IncomingCall.ringing(gateway)
        connect(caller, callee)
        yield caller
        assert caller.hang_up_heard_by(callee) == 200


def _colleague(town: Town, line: Line, username: str) -> Account:
    """Another subscriber of the same customer."""
    account = town.subscriber(username)
    Subscriber.objects.filter(username=username).update(customer=subscriber_of(line.account).customer)
    return account


def test_a_subscriber(town: Town) -> None:
    line = town.line("one", "+4311201", max_calls=1)
    with _standing(town, line.account, MOBILE):
        assert town.call_out(line.account, local(MOBILE)).final_status() == 486
        assert town.call_in(local("+4311201")).final_status() == 486
    phone = town.answers(line)
    assert town.call_in(local("+4311201")).final_status() == 200
    phone.succeeds()


def test_a_customer(town: Town) -> None:
    line = town.line("boss", "+4311211")
    colleague = _colleague(town, line, "colleague")
    Customer.objects.filter(pk=subscriber_of(colleague).customer_id).update(max_calls=1)
    with _standing(town, colleague, MOBILE):
        assert town.call_out(line.account, local(MOBILE)).final_status() == 486
        assert town.call_in(local("+4311211")).final_status() == 486
    phone = town.answers(line)
    assert town.call_in(local("+4311211")).final_status() == 200
    phone.succeeds()


def test_a_reseller(town: Town) -> None:
    """The limit is set while the edge runs, and taken back: other scenarios are of the same reseller."""
    first, second = town.line("agent1", "+4311221"), town.line("agent2", "+4311222")
    reseller = Reseller.objects.filter(pk=town.exchange.domain.reseller_id)
    reseller.update(max_calls=1)
    try:
        with _standing(town, first.account, MOBILE):
            assert town.call_out(second.account, local(MOBILE)).final_status() == 486
            assert town.call_in(local("+4311222")).final_status() == 486
        phone = town.answers(second)
        assert town.call_in(local("+4311222")).final_status() == 200
        phone.succeeds()
    finally:
        reseller.update(max_calls=None)


def test_the_channels_of_a_gateway_both_ways(town: Town) -> None:
    """Two channels: one call out and one in take them."""
    line = town.line("busy", "+4311231")
    phone = town.rings(line)
    with (
        _standing(town, line.account, "+43732123456", NARROW),
        town.call_that_rings(local("+4311231"), host=NARROW),
    ):
        assert town.call_out(line.account, local("+43732123457")).final_status() == 503
        assert town.call_in(local("+4311231"), host=NARROW).final_status() == 503
    phone.succeeds()


def test_calls_count_right_after_the_edge_was_killed(town: Town) -> None:
    """A subscriber of two calls with one, a gateway of two channels with one: each may have one more, not two."""
    line = town.line("survivor", "+4311241", max_calls=2)
    with _standing(town, line.account, "+43732123456", NARROW) as caller:
        stored = Call.objects.filter(sip_call_id=caller.call_id, state="answered")
        eventually(stored.exists, "the answered call is stored")
        town.edge.kill()
        town.edge.start()
        phone = town.rings(line)
        with town.call_that_rings(local("+4311241"), host=NARROW):
            assert town.call_out(line.account, local(MOBILE)).final_status() == 486
            assert town.call_in(local("+4311241")).final_status() == 486
            other = town.subscriber("other", "+4311242")
            assert town.call_out(other, local("+43732123457")).final_status() == 503
        phone.succeeds()
    phone = town.answers(line)
    assert town.call_in(local("+4311241"), host=NARROW).final_status() == 200
    phone.succeeds()
