import pytest

from sipedge.store.waiting import Waiting
from sipedge.transport.resolver import Unresolvable
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import BOB, binding


class Names:
    """A resolver that answers when the test wants it to."""

    def __init__(self):
        self.asked = {}

    def lookup(self, host):
        return self.asked.setdefault(host, Waiting())


@pytest.fixture
def names(world):
    world.engine.services.resolver = names = Names()
    return names


def call_bob(world):
    gateway = world.phone(GATEWAY, 5090)
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:x@y"))
    return gateway


def test_a_phone_by_name_is_called_when_its_address_is_known(world, names):
    world.store.bindings.put(BOB.id, binding("sip:bob@phone.example:5066"))
    call_bob(world)
    assert world.wire == []
    names.asked["phone.example"].resolve("192.0.2.77")
    (invite,) = world.phone("192.0.2.77", 5066).received()
    assert invite.request_uri == "sip:bob@phone.example:5066"


def test_a_name_without_an_address_does_not_fail_the_call(world, names):
    world.store.bindings.put(BOB.id, binding("sip:bob@gone.example"), binding("sip:bob@192.0.2.70"))
    gateway = call_bob(world)
    names.asked["gone.example"].fail(Unresolvable("gone.example"))
    phone = world.phone("192.0.2.70")
    phone.answer(phone.received()[0], 200)
    assert [m.status_code for m in gateway.received()] == [200]


def test_a_name_that_is_known_only_after_the_call_ended_rings_nobody(world, names):
    world.store.bindings.put(BOB.id, binding("sip:bob@slow.example"), binding("sip:bob@192.0.2.70"))
    gateway = call_bob(world)
    phone = world.phone("192.0.2.70")
    phone.answer(phone.received()[0], 200)
    assert [m.status_code for m in gateway.received()] == [200]
    names.asked["slow.example"].resolve("192.0.2.77")
    assert world.phone("192.0.2.77").received() == []


def test_the_caller_hears_how_it_ends_when_nobody_can_be_reached(world, names):
    world.store.bindings.put(BOB.id, binding("sip:bob@gone.example"))
    gateway = call_bob(world)
    names.asked["gone.example"].fail(Unresolvable("gone.example"))
    assert [m.status_code for m in gateway.received()] == [500]
    assert world.calls[0].ended_by == "edge"
