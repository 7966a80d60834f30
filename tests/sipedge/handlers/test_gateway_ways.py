"""Calls out by gateways that are known by name, and how long a caller waits for the one that works."""

from dataclasses import replace

import pytest

from sipedge.facts import RouteFacts
from sipedge.handlers.branches import PATIENCE
from sipedge.sip.flow import Flow
from tests.sipedge.handlers.names import Names
from tests.sipedge.routing.network import PSTN, SPARE

FIRST, SECOND, THIRD = (Flow("udp", f"198.51.100.{n}", 5060) for n in (21, 22, 23))


@pytest.fixture
def names(world):
    world.store.gateways.put(replace(PSTN, host="sbc.carrier.example", port=None), RouteFacts(PSTN.id, "", 10))
    world.store.gateways.put(replace(SPARE, host="spare.example", transport="tcp"), RouteFacts(SPARE.id, "", 20))
    return Names(world)


@pytest.fixture
def alice(world):
    return world.phone("192.0.2.60")


def call_out(alice):
    invite = alice.request("INVITE", "sip:+33123456@north.example", sender="sip:alice@north.example")
    alice.ask_as("alice", invite, status=407)


def phone_at(world, flow):
    return world.phone(flow.host, flow.port, flow.transport)


def test_the_operators_transport_is_asked_for_and_not_written_into_the_request(world, names, alice):
    call_out(alice)
    assert [str(uri) for uri in names.uris] == ["sip:+33123456@sbc.carrier.example;transport=udp"]
    names.know("sbc.carrier.example", FIRST)
    (invite,) = phone_at(world, FIRST).received()
    assert invite.request_uri == "sip:+33123456@sbc.carrier.example"


def test_all_destinations_of_a_gateway_and_then_the_next_gateway(world, names, alice):
    names.know("sbc.carrier.example", FIRST, SECOND)
    names.know("spare.example", Flow("tcp", THIRD.host, 5061))
    call_out(alice)
    phone_at(world, FIRST).received()
    world.engine.flow_failed(FIRST, "no route to host")
    second = phone_at(world, SECOND)
    second.answer(second.received()[0], 503)
    spare = world.phone(THIRD.host, 5061, "tcp")
    spare.answer(spare.received()[0], 200)
    assert [m.status_code for m in alice.received()][-1] == 200


def test_a_silent_gateway_costs_its_patience_and_no_more(world, names, alice):
    names.know("sbc.carrier.example", FIRST, SECOND)
    names.know("spare.example", Flow("tcp", THIRD.host, 5061))
    call_out(alice)
    began, spare = world.now, world.phone(THIRD.host, 5061, "tcp")
    while not spare.received() and world.now < began + 60:
        world.pass_time(0.1)
    assert world.now - began == pytest.approx(2 * PATIENCE, abs=0.5)


def test_a_gateway_without_an_address_costs_nothing(world, names, alice):
    names.know_nothing("sbc.carrier.example")
    names.know("spare.example", Flow("tcp", THIRD.host, 5061))
    call_out(alice)
    assert [m.method for m in world.phone(THIRD.host, 5061, "tcp").received()] == ["INVITE"]


def test_a_busy_callee_at_the_second_destination_ends_it(world, names, alice):
    names.know("sbc.carrier.example", FIRST, SECOND)
    names.know("spare.example", Flow("tcp", THIRD.host, 5061))
    call_out(alice)
    world.engine.flow_failed(FIRST, "no route to host")
    second = phone_at(world, SECOND)
    second.answer(second.received()[0], 486)
    assert [m.status_code for m in alice.received()][-1] == 486
    assert world.phone(THIRD.host, 5061, "tcp").received() == []
