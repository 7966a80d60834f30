"""Calls to phones with several flows (RFC 5626 §5.3), and to those whose flow has ended."""

import pytest

from tests.sipedge.routing.network import BOB

INSTANCE = '+sip.instance="<urn:uuid:b0b>"'
BOB_URI = "sip:bob@north.example"


@pytest.fixture
def alice(world):
    phone = world.phone("192.0.2.50")
    phone.register("alice")
    return phone


@pytest.fixture
def flows(world):
    """Bob's one phone with two flows; the second was registered last."""
    both = []
    for number in (1, 2):
        phone = world.phone("203.0.113.7", 40000 + number, "tls", connection=70 + number)
        contact = f"<sip:bob@10.0.0.7;transport=tls;ob>;reg-id={number};{INSTANCE}"
        phone.register("bob", contact=contact, headers=[("Supported", "outbound")], call_id=f"flow{number}")
        world.pass_time(1)
        both.append(phone)
    return both


def call(alice, uri=BOB_URI):
    invite = alice.request("INVITE", uri, sender="sip:alice@north.example")
    return alice.ask_as("alice", invite, status=407)


def statuses(phone):
    return [response.status_code for response in phone.received()]


def test_a_phone_with_two_flows_rings_once_over_the_newest(alice, flows):
    call(alice)
    first, second = flows
    assert [request.method for request in second.received()] == ["INVITE"]
    assert first.received() == []


def test_when_the_flow_cannot_be_sent_on_the_other_one_is_taken_at_once(world, alice, flows):
    call(alice)
    first, second = flows

    world.engine.flow_failed(second.flow, "the connection is closed")

    (invite,) = first.received()
    first.answer(invite, 200)
    assert statuses(alice) == [200]


def test_430_leads_to_the_other_flow_and_busy_does_not(alice, flows):
    first, second = flows
    call(alice)
    second.answer(second.received()[0], 430)
    invite = next(request for request in first.received() if request.method == "INVITE")
    first.answer(invite, 486)
    assert statuses(alice) == [486]


def test_a_flow_that_keeps_silent_gives_its_place_to_the_other_one(world, alice, flows):
    call(alice)
    first, second = flows
    world.pass_time(5)
    (invite,) = first.received()
    first.answer(invite, 180)
    assert 180 in statuses(alice)
    second.answer(second.received()[0], 180)  # it was only slow: it must not ring as well
    assert [request.method for request in second.received()] == ["CANCEL"]


def test_the_other_flow_is_tried_while_another_phone_rings(world, alice, flows):
    desk = world.phone("192.0.2.60")
    desk.register("bob")
    call(alice)
    desk.answer(desk.received()[0], 180)

    world.pass_time(5)

    assert [request.method for request in flows[0].received()] == ["INVITE"]
    desk.received()


def test_a_flow_of_a_process_before_is_skipped(world, alice, flows):
    """Its number is nobody's: the transport says so at once."""
    stale = world.store.bindings.get(BOB.id)
    dead = stale[1]._replace(flow="tls:203.0.113.7:40002#5")
    world.store.bindings.put(BOB.id, stale[0], dead)

    call(alice)
    world.engine.flow_failed(world.wire[-1][1], "the connection is closed")

    assert [request.method for request in flows[0].received()] == ["INVITE"]


def test_with_no_flow_left_the_caller_is_told(world, alice, flows):
    call(alice)
    for flow in reversed(flows):
        world.engine.flow_failed(flow.flow, "the connection is closed")
    assert statuses(alice)[-1] >= 400


def test_in_the_dialog_requests_take_the_very_connection(world, alice, flows):
    call(alice)
    second = flows[1]
    invite = second.received()[0]
    second.answer(invite, 200)
    (response,) = alice.received()

    alice.send(alice.in_dialog("BYE", response))

    assert [(flow.port, flow.connection) for _, flow in world.wire if flow.transport == "tls"] == [(40002, 72)]


def test_the_dialog_goes_on_over_a_new_connection(world, alice, flows):
    call(alice)
    second = flows[1]
    second.answer(second.received()[0], 200)
    (response,) = alice.received()
    world.engine.connection_closed(second.flow)
    again = world.phone("203.0.113.7", 45000, "tls", connection=99)
    contact = f"<sip:bob@10.0.0.7;transport=tls;ob>;reg-id=2;{INSTANCE}"
    again.register("bob", contact=contact, headers=[("Supported", "outbound")], call_id="flow2", cseq=9)

    alice.send(alice.in_dialog("BYE", response))

    assert [request.method for request in again.received()] == ["BYE"]


def test_a_sips_call_takes_the_secure_way_to_a_phone(world, alice):
    insecure = world.phone("203.0.113.7", 40001, "tcp", connection=71)
    secure = world.phone("203.0.113.7", 40002, "tls", connection=72)
    for number, scheme, phone in ((2, "sips", secure), (1, "sip", insecure)):
        contact = f"<{scheme}:bob@10.0.0.7;ob>;reg-id={number};{INSTANCE}"
        phone.register("bob", contact=contact, headers=[("Supported", "outbound")], call_id=f"flow{number}")
        world.pass_time(1)
    over_tls = world.phone("192.0.2.51", 41000, "tls", connection=50)

    invite = over_tls.request("INVITE", "sips:bob@north.example", sender="sips:alice@north.example")
    over_tls.ask_as("alice", invite, status=407)

    assert [request.method for request in secure.received()] == ["INVITE"]
    assert insecure.received() == []
