"""Responses whose connection is gone, and callers that are gone with it."""

import pytest

from sipedge.sip.flow import Flow
from tests.sipedge.handlers.names import Names
from tests.sipedge.routing.network import BOB, binding

HOST = "192.0.2.60"


class SenderNames(Names):
    """Knows where senders are by the name that they call themselves."""

    def locate_sender(self, via):
        return self.locate(via)


@pytest.fixture
def names(world):
    return SenderNames(world)


@pytest.fixture
def bob(world):
    world.store.bindings.put(BOB.id, binding("sip:bob@192.0.2.70"))
    return world.phone("192.0.2.70")


def call(world, bob, transport="tcp", via_host=HOST):
    """Alice's call by a stream connection, and its flow, while bob's phone rings."""
    alice = world.phone(HOST, 5060, transport, connection=7)
    message = alice.request("INVITE", "sip:bob@north.example", sender="sip:alice@north.example")
    message.set("Via", message.get("Via").replace(f" {HOST}:5060", f" {via_host}"))
    alice.ask_as("alice", message, status=407)
    (invite,) = bob.received()
    bob.answer(invite, 180)
    alice.received()
    return alice, invite


def lose(world, *flows):
    for flow in flows:
        world.engine.flow_failed(flow, "closed by the peer")


def test_a_browser_that_is_gone_stops_the_ringing(world, bob):
    alice, _ = call(world, bob, "ws")
    lose(world, alice.flow)
    assert [m.method for m in bob.received()] == ["CANCEL"]


def test_a_caller_is_looked_for_where_he_came_from_and_then_where_his_name_leads(world, bob, names):
    alice, invite = call(world, bob, via_host="alice.example")
    lose(world, alice.flow)
    assert bob.received() == []
    bob.answer(invite, 183)
    (progress,) = world.phone(HOST, 5060, "tcp").received()  # by a new connection
    assert progress.status_code == 183
    lose(world, Flow("tcp", HOST, 5060))
    names.know("alice.example", Flow("tcp", HOST, 5060), Flow("tcp", "192.0.2.61", 5062))
    home = world.phone("192.0.2.61", 5062, "tcp")
    assert [m.status_code for m in home.received()] == [183]
    bob.answer(invite, 486)
    assert [m.status_code for m in home.received()] == [486]


@pytest.mark.parametrize("elsewhere", [(), (Flow("tcp", "192.0.2.61", 5062),)])
def test_a_caller_who_is_nowhere_stops_the_ringing(world, bob, names, elsewhere):
    alice, invite = call(world, bob, via_host="alice.example")
    if elsewhere:
        names.know("alice.example", *elsewhere)
    else:
        names.know_nothing("alice.example")
    lose(world, alice.flow)
    bob.answer(invite, 183)
    lose(world, Flow("tcp", HOST, 5060), *elsewhere)
    assert [m.method for m in bob.received()] == ["CANCEL"]
    bob.answer(invite, 487)
    assert world.calls[0].status_code == 487


def test_a_datagram_that_was_not_sent_changes_nothing(world, bob):
    gateway = world.phone("198.51.100.2", 5090)
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:x@y"))
    (invite,) = bob.received()
    bob.answer(invite, 180)
    lose(world, gateway.flow)
    bob.answer(invite, 200)
    assert [m.status_code for m in gateway.received()][-1] == 200
    assert bob.received() == []


def test_an_answered_call_stands_when_the_connection_is_lost(world, bob):
    alice, invite = call(world, bob, "ws")
    bob.answer(invite, 200)
    lose(world, alice.flow)
    assert bob.received() == []
    assert world.calls[0].state == "answered"
