import pytest

from sipedge.sip.message import make_cancel
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import BOB, binding


@pytest.fixture
def gateway(world):
    return world.phone(GATEWAY, 5090)


@pytest.fixture
def bob(world):
    phone = world.phone("192.0.2.70")
    phone.register("bob")
    return phone


def call_in(phone):
    return phone.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example")


def statuses(messages):
    return [(message.status_code, message.cseq.method) for message in messages]


def test_the_caller_gives_up(world, gateway, bob):
    invite = call_in(gateway)
    gateway.ask(invite)
    (ringing,) = bob.received()
    bob.answer(ringing, 180)
    gateway.received()
    assert statuses(gateway.ask(make_cancel(invite))) == [(200, "CANCEL")]
    (cancel,) = bob.received()
    assert (cancel.method, cancel.top_via.branch) == ("CANCEL", ringing.top_via.branch)
    bob.answer(cancel, 200)
    bob.answer(ringing, 487)
    assert statuses(gateway.received()) == [(487, "INVITE")]
    (call,) = world.calls
    assert (call.status_code, call.ended_by, call.cause) == (487, "caller", 16)


def test_before_the_phone_has_said_anything(gateway, bob):
    invite = call_in(gateway)
    gateway.ask(invite)
    (silent,) = bob.received()
    gateway.ask(make_cancel(invite))
    assert bob.received() == []
    bob.answer(silent, 180)
    assert [m.method for m in bob.received()] == ["CANCEL"]


def test_while_the_facts_are_still_being_fetched(cold_world):
    gateway, phone = cold_world.phone(GATEWAY), cold_world.phone("192.0.2.70")
    cold_world.store.bindings.put(BOB.id, binding("sip:bob@192.0.2.70"))
    invite = call_in(gateway)
    gateway.ask(invite)
    assert statuses(gateway.ask(make_cancel(invite))) == [(200, "CANCEL")]
    for _ in range(6):
        cold_world.store.settle()
    assert statuses(gateway.received()) == [(487, "INVITE")]
    assert phone.received() == []


def test_of_nothing_is_481(gateway):
    assert statuses(gateway.ask(make_cancel(call_in(gateway)))) == [(481, "CANCEL")]


def test_from_elsewhere_is_481_and_cancels_nothing(world, gateway, bob):
    invite = call_in(gateway)
    gateway.ask(invite)
    bob.answer(bob.received()[0], 180)
    stranger = world.phone("203.0.113.5")
    assert statuses(stranger.ask(make_cancel(invite))) == [(481, "CANCEL")]
    assert bob.received() == []


def test_after_the_answer_changes_nothing(world, gateway, bob):
    invite = call_in(gateway)
    gateway.ask(invite)
    (ringing,) = bob.received()
    bob.answer(ringing, 200)
    gateway.received()
    assert statuses(gateway.ask(make_cancel(invite))) == [(200, "CANCEL")]
    assert bob.received() == []
    assert world.calls[0].state == "answered"


def test_a_phone_that_ignores_its_cancel_is_given_up(world, gateway, bob):
    invite = call_in(gateway)
    gateway.ask(invite)
    (ringing,) = bob.received()
    bob.answer(ringing, 180)
    gateway.ask(make_cancel(invite))
    world.pass_time(33, step=0.5)
    assert (487, "INVITE") in statuses(gateway.received())
    world.pass_time(70, step=0.5)
    assert world.engine.counts()["transactions"] == 0
