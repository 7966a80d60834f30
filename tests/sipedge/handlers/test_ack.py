"""The ACK to a 2xx, which has one try."""

import pytest

from sipedge.sip.flow import Flow
from tests.sipedge.handlers.names import Names
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import BOB, binding


@pytest.fixture
def names(world):
    return Names(world)


def answered(world, contact="sip:bob@192.0.2.70"):
    """A call that bob has answered, with this Contact: the gateway and the 200."""
    world.store.bindings.put(BOB.id, binding("sip:bob@192.0.2.70"))
    gateway, bob = world.phone(GATEWAY, 5090), world.phone("192.0.2.70")
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:x@y"))
    bob.answer(bob.received()[0], 200)
    (ok,) = gateway.received()
    ok.set("Contact", f"<{contact}>")
    return gateway, ok


def test_to_an_address(world):
    gateway, ok = answered(world, "sip:bob@192.0.2.71:5066")
    gateway.send(gateway.in_dialog("ACK", ok))
    (ack,) = world.phone("192.0.2.71", 5066).received()
    assert (ack.method, ack.request_uri) == ("ACK", "sip:bob@192.0.2.71:5066")
    assert ack.routes == []


def test_to_a_name_once_it_is_located(world, names):
    gateway, ok = answered(world, "sip:bob@phone.example")
    gateway.send(gateway.in_dialog("ACK", ok))
    assert world.wire == []
    names.know("phone.example", Flow("udp", "192.0.2.71", 5060), Flow("udp", "192.0.2.72", 5060))
    assert [m.method for m in world.phone("192.0.2.71").received()] == ["ACK"]


def test_to_the_destination_that_works(world, names):
    flows = Flow("udp", "192.0.2.71", 5060), Flow("udp", "192.0.2.72", 5060)
    names.know("phone.example", *flows)
    world.engine.services.peers.down(flows[0])
    gateway, ok = answered(world, "sip:bob@phone.example")
    gateway.send(gateway.in_dialog("ACK", ok))
    assert [m.method for m in world.phone("192.0.2.72").received()] == ["ACK"]


def test_to_nowhere_is_dropped(world, names):
    gateway, ok = answered(world, "sip:bob@gone.example")
    gateway.send(gateway.in_dialog("ACK", ok))
    names.know_nothing("gone.example")
    assert world.wire == []
    assert world.telemetry.exceptions == 0


def test_a_large_one_goes_by_tcp_and_the_next_one_by_udp_when_that_was_refused(world):
    gateway, ok = answered(world, "sip:bob@192.0.2.71")
    gateway.send(gateway.in_dialog("ACK", ok, body=b"v" * 2_000))
    (ack,) = world.phone("192.0.2.71", 5060, "tcp").received()
    assert ack.top_via.transport == "TCP"
    world.engine.flow_failed(Flow("tcp", "192.0.2.71", 5060), "Connection refused")
    gateway.send(gateway.in_dialog("ACK", ok, body=b"v" * 2_000))
    (ack,) = world.phone("192.0.2.71").received()
    assert ack.top_via.transport == "UDP"


def test_a_phone_behind_nat_gets_it_over_its_flow_whatever_its_size(world):
    world.store.bindings.put(BOB.id, binding("sip:bob@10.0.0.7", flow="udp:192.0.2.70:4000"))
    gateway, bob = world.phone(GATEWAY, 5090), world.phone("192.0.2.70", 4000)
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:x@y"))
    bob.answer(bob.received()[0], 200)
    (ok,) = gateway.received()
    gateway.send(gateway.in_dialog("ACK", ok, body=b"v" * 2_000))
    assert [m.method for m in bob.received()] == ["ACK"]
