"""Phones behind NAT: they register, are called, and are hung up on from both sides (RFC 3581, SECURITY's NAT rules)."""

import pytest

from sipedge.listeners import Listener
from tests.sipedge.handlers.nat import Nat
from tests.sipedge.handlers.world import World
from tests.sipedge.routing.network import ALICE, BOB

TRANSPORTS = ["udp", "tcp"]
SECOND = Listener("udp", "192.0.2.2", 5070, "192.0.2.2", 5070)


def requests(phone):
    return [message for message in phone.received() if hasattr(message, "method")]


def call(caller, callee, name="alice"):
    """A call that was answered and acknowledged: the INVITE as it came, and the 200."""
    invite = caller.request("INVITE", "sip:bob@north.example", sender=f"sip:{name}@north.example")
    caller.ask_as(name, invite, status=407)
    (arrived,) = requests(callee)
    callee.answer(arrived, 180)
    callee.answer(arrived, 200)
    ringing, answered = [response for response in caller.received() if response.status_code > 100]
    assert (ringing.status_code, answered.status_code) == (180, 200)
    caller.send(caller.in_dialog("ACK", answered, cseq=arrived.cseq.number))
    assert [request.method for request in requests(callee)] == ["ACK"]
    return arrived, answered


@pytest.fixture(params=["one NAT", "two NATs"])
def nats(request, world):
    first = Nat(world, "203.0.113.1")
    return first, (first if request.param == "one NAT" else Nat(world, "203.0.113.2"))


@pytest.fixture(params=[(one, two) for one in TRANSPORTS for two in TRANSPORTS], ids="-".join)
def phones(request, nats):
    """Alice and Bob, registered. Behind two NATs they have the same private address."""
    outside, other = nats
    alice = outside.phone("10.0.0.2", request.param[0])
    bob = other.phone("10.0.0.3" if other is outside else "10.0.0.2", request.param[1])
    assert alice.register("alice").status_code == 200
    assert bob.register("bob").status_code == 200
    return alice, bob


def test_they_register_with_their_private_contact_and_their_public_flow(world, phones):
    _, bob = phones
    (binding,) = world.store.bindings.get(BOB.id)
    assert binding.contact == bob.uri
    assert binding.flow == f"{bob.flow.transport}:{bob.flow.host}:{bob.flow.port}"


def test_the_caller_hangs_up(phones):
    alice, bob = phones
    _, answered = call(alice, bob)
    alice.send(alice.in_dialog("BYE", answered))
    (bye,) = requests(bob)
    bob.answer(bye, 200)
    assert [response.status_code for response in alice.received()] == [200]


def test_the_callee_hangs_up(phones):
    alice, bob = phones
    arrived, answered = call(alice, bob)
    bob.send(bob.in_dialog("BYE", answered, swap=arrived))
    (bye,) = requests(alice)
    assert bye.request_uri == alice.uri
    alice.answer(bye, 200)
    assert [response.status_code for response in bob.received()] == [200]


def test_both_put_each_other_on_hold(phones):
    alice, bob = phones
    arrived, answered = call(alice, bob)
    for sender, receiver, swap in ((alice, bob, None), (bob, alice, arrived)):
        sender.send(sender.in_dialog("INVITE", answered, cseq=20, swap=swap, headers=[("Contact", f"<{sender.uri}>")]))
        (again,) = requests(receiver)
        receiver.answer(again, 200)
        assert [response.status_code for response in sender.received()] == [100, 200]


def test_a_caller_that_gives_up_is_heard(phones):
    alice, bob = phones
    invite = alice.request("INVITE", "sip:bob@north.example", sender="sip:alice@north.example")
    (challenge,) = alice.ask(invite)
    again = alice.authorised(challenge, invite, "alice")
    alice.ask(again)
    (arrived,) = requests(bob)
    bob.answer(arrived, 180)
    cancel = again.copy()
    cancel.method = "CANCEL"
    cancel.set("CSeq", f"{again.cseq.number} CANCEL")
    alice.send(cancel)
    assert [request.method for request in requests(bob)] == ["CANCEL"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_phone_with_a_public_address_and_one_behind_nat(world, transport):
    alice, bob = world.phone("198.51.100.7"), Nat(world, "203.0.113.1").phone("10.0.0.2", transport)
    alice.register("alice")
    bob.register("bob")
    arrived, answered = call(alice, bob)
    bob.send(bob.in_dialog("BYE", answered, swap=arrived))
    assert [request.method for request in requests(alice)] == ["BYE"]


def test_the_answer_goes_to_where_the_packet_came_from_and_says_so(world):
    phone = Nat(world, "203.0.113.1").phone("10.0.0.2")
    message = phone.request("OPTIONS", "sip:192.0.2.1", sender="sip:alice@north.example")
    (response,) = phone.ask(message)
    assert (response.top_via.received, response.top_via.rport) == ("203.0.113.1", phone.flow.port)
    assert response.top_via.host == "10.0.0.2"


def test_a_via_that_lies_about_the_source_is_not_believed(world):
    phone = Nat(world, "203.0.113.1").phone("10.0.0.2")
    message = phone.request("OPTIONS", "sip:192.0.2.1", sender="sip:alice@north.example")
    message.replace_first_value("Via", f"{message.get('Via')};received=198.51.100.66;rport=53")
    (response,) = phone.ask(message)
    assert (response.top_via.received, response.top_via.rport) == ("203.0.113.1", phone.flow.port)


def test_the_binding_follows_a_phone_whose_nat_gave_it_another_port(world):
    nat = Nat(world, "203.0.113.1")
    alice, bob = nat.phone("10.0.0.2"), nat.phone("10.0.0.3")
    alice.register("alice")
    bob.register("bob", call_id="bob's")
    bob.rebind()
    bob.register("bob", call_id="bob's", cseq=5)

    call(alice, bob)

    assert len(world.store.bindings.get(BOB.id)) == 1


def test_a_call_that_stands_follows_the_phone_to_its_new_port(world):
    nat = Nat(world, "203.0.113.1")
    alice, bob = nat.phone("10.0.0.2"), nat.phone("10.0.0.3")
    alice.register("alice")
    bob.register("bob", call_id="bob's")
    _, answered = call(alice, bob)
    bob.rebind()
    bob.register("bob", call_id="bob's", cseq=5)

    alice.send(alice.in_dialog("BYE", answered))

    assert [request.method for request in requests(bob)] == ["BYE"]


def test_until_it_registers_nobody_knows_the_new_port_but_it_can_hang_up(world):
    nat = Nat(world, "203.0.113.1")
    alice, bob = nat.phone("10.0.0.2"), nat.phone("10.0.0.3")
    alice.register("alice")
    bob.register("bob")
    arrived, answered = call(alice, bob)
    bob.rebind()

    alice.send(alice.in_dialog("INFO", answered))
    assert requests(bob) == []

    bob.send(bob.in_dialog("BYE", answered, swap=arrived))
    (bye,) = requests(alice)
    alice.answer(bye, 200)
    assert [response.status_code for response in bob.received()] == [200]


def test_nobody_takes_over_a_flow_by_a_request_in_a_dialog(world):
    """The other side of a call knows its token too: only an authenticated REGISTER moves a phone."""
    nat = Nat(world, "203.0.113.1")
    alice, bob = nat.phone("10.0.0.2"), nat.phone("10.0.0.3")
    alice.register("alice")
    bob.register("bob")
    arrived, answered = call(alice, bob)
    thief = Nat(world, "198.51.100.66").phone("10.0.0.9")
    thief.send(thief.in_dialog("INVITE", answered, cseq=9, headers=[("Contact", f"<{thief.uri}>")], swap=arrived))
    requests(alice)

    alice.send(alice.in_dialog("BYE", answered))

    assert [request.method for request in requests(bob)] == ["BYE"]


def test_a_phone_is_called_from_the_address_that_it_registered_at():
    world = World(listeners=(SECOND,))
    nat = Nat(world, "203.0.113.1")
    alice, bob = nat.phone("10.0.0.2"), nat.phone("10.0.0.3", local=2)
    alice.register("alice")
    bob.register("bob")
    (binding,) = world.store.bindings.get(BOB.id)
    assert binding.flow == f"udp:203.0.113.1:{bob.flow.port}/2"

    arrived, answered = call(alice, bob)
    assert arrived.top_via.sent_by == "192.0.2.2:5070"
    alice.send(alice.in_dialog("BYE", answered))

    assert [request.method for request in requests(bob)] == ["BYE"]


def test_pings_open_the_nat_at_the_address_that_the_phone_knows():
    world = World(listeners=(SECOND,), nat_ping=30)
    bob = Nat(world, "203.0.113.1").phone("10.0.0.3", local=2)
    bob.register("bob")
    world.pass_time(31)
    pings = requests(bob)
    assert pings
    assert {ping.top_via.sent_by for ping in pings} == {"192.0.2.2:5070"}


def test_a_contact_that_can_be_reached_is_not_rewritten(world):
    phone = world.phone("198.51.100.7")
    phone.register("alice")
    (binding,) = world.store.bindings.get(ALICE.id)
    assert binding.flow is None
