"""Calls that go on when a target has failed: forwarding, lists, parallel ringing, gateways one after the other."""

import json
from dataclasses import replace

import pytest

from sipedge.facts import ForwardingFacts, RouteFacts
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.asking import set_up
from tests.sipedge.routing.network import ALICE, BOB, PSTN, SPARE

TO_BOB = "sip:+4311002@north.example"
MOBILE = "+43664123456"
CALLER = "sip:+431999@pstn.example"


@pytest.fixture
def bob(world):
    phone = world.phone("192.0.2.70")
    assert phone.register("bob").status_code == 200
    return phone


@pytest.fixture
def alice(world):
    phone = world.phone("192.0.2.50")
    assert phone.register("alice").status_code == 200
    return phone


@pytest.fixture
def carrier(world):
    return world.phone(GATEWAY, 5060)


@pytest.fixture
def caller(world):
    """The same gateway as `carrier`, at the port from which it calls."""
    return world.phone(GATEWAY, 5070)


def forwards(world, who, *forwardings, **settings):
    known = world.store.subscribers.get((1, who.username))
    set_up(world.store, known, forwardings=tuple(ForwardingFacts(*one) for one in forwardings), **settings)


def call_in(caller, uri=TO_BOB, **kwargs):
    """A call from the telephone network; the INVITE."""
    invite = caller.request("INVITE", uri, sender=CALLER, **kwargs)
    assert [answer.status_code for answer in caller.ask(invite)][:1] == [100]
    return invite


def statuses(messages):
    return [message.status_code for message in messages]


def invites(phone):
    """The INVITEs that came, without those that came again."""
    came = [message for message in phone.received() if getattr(message, "method", "") == "INVITE"]
    return list({message.get("Via"): message for message in came}.values())


def methods(phone):
    """What came, without what came again."""
    return list({message.get("Via"): message.method for message in phone.received()}.values())


def legs(world):
    return [record for record in world.calls if record.parent_id is not None]


def main(world):
    (record,) = (record for record in world.calls if record.parent_id is None)
    return record


def test_forwarding_always_leaves_as_the_subscribers_own_call(world, caller, carrier, bob):
    forwards(world, BOB, ("always", (MOBILE,)))
    call_in(caller)
    assert bob.received() == []
    (invite,) = carrier.received()
    assert invite.request_uri == f"sip:{MOBILE}@198.51.100.2:5060"
    assert invite.get("Diversion") == "<sip:+4311002@north.example>;reason=unconditional;counter=1"
    assert invite.get("P-Asserted-Identity") == "<sip:+431999@north.example>"
    carrier.answer(invite, 180)
    carrier.answer(invite, 200)
    assert statuses(caller.received()) == [180, 200]
    (leg,) = legs(world)
    assert (leg.direction, leg.state, leg.parent_id) == ("outbound", "answered", main(world).id)
    assert (leg.caller_subscriber_id, leg.gateway_out_id, leg.callee_number) == (BOB.id, PSTN.id, MOBILE)
    assert (main(world).direction, main(world).state, main(world).callee_subscriber_id) == (
        "inbound",
        "answered",
        BOB.id,
    )
    assert [row[:3] for row in json.loads(leg.attempts)] == [[PSTN.id, "PSTN", 200]]


def test_its_leg_ends_with_the_call(world, caller, carrier, bob):
    forwards(world, BOB, ("always", (MOBILE,)))
    call_in(caller)
    (invite,) = carrier.received()
    carrier.answer(invite, 200)
    (ok,) = caller.received()
    caller.send(caller.in_dialog("ACK", ok, cseq=1))
    caller.send(caller.in_dialog("BYE", ok))
    assert {record.state for record in world.calls} == {"ended"}
    assert [record.ended_by for record in world.calls] == ["caller", "caller"]


def test_forwarding_of_the_busy(world, caller, carrier, bob):
    forwards(world, BOB, ("busy", (MOBILE,)))
    call_in(caller)
    (invite,) = invites(bob)
    bob.answer(invite, 486)
    (invite,) = invites(carrier)
    assert "user-busy" in invite.get("Diversion")
    carrier.answer(invite, 200)
    assert statuses(caller.received()) == [200]
    assert main(world).state == "answered"
    steps = [row[0] for row in json.loads(main(world).steps)]
    assert steps.index("bindings") < steps.index("forwarding") < steps.index("route")


@pytest.mark.parametrize("answer", [486, 603])
def test_what_is_not_forwarded_fails(world, caller, bob, answer):
    forwards(world, BOB, ("no_answer", (MOBILE,)))
    call_in(caller)
    bob.answer(invites(bob)[0], answer)
    assert statuses(caller.received()) == [answer]
    assert main(world).status_code == answer


def test_forwarding_of_who_does_not_answer_in_time(world, caller, carrier, bob):
    forwards(world, BOB, ("no_answer", (MOBILE,), 15))
    call_in(caller)
    (invite,) = invites(bob)
    bob.answer(invite, 180)
    world.pass_time(14.5)
    assert bob.received() == []
    world.pass_time(1.0)
    assert methods(bob) == ["CANCEL"]
    bob.answer(invite, 487)
    (onward,) = invites(carrier)
    assert "no-answer" in onward.get("Diversion")
    carrier.answer(onward, 200)
    assert statuses(caller.received()) == [180, 200]


def test_a_phone_that_ignores_its_cancel_holds_up_nobody(world, caller, carrier, bob):
    forwards(world, BOB, ("no_answer", (MOBILE,), 5))
    call_in(caller)
    bob.answer(invites(bob)[0], 180)
    world.pass_time(7.5)
    assert len(invites(carrier)) == 1


def test_who_answers_at_the_last_moment_has_the_call(world, caller, carrier, bob):
    forwards(world, BOB, ("no_answer", (MOBILE,), 5))
    call_in(caller)
    (invite,) = invites(bob)
    bob.answer(invite, 180)
    world.pass_time(5.2)
    bob.answer(invite, 200)  # it crossed the CANCEL
    assert invites(carrier) == []
    assert statuses(caller.received()) == [180, 200]


def test_a_silent_phone_is_as_one_that_is_not_registered(world, caller, carrier, bob):
    forwards(world, BOB, ("not_registered", (MOBILE,)))
    call_in(caller)
    world.pass_time(33.0)
    assert len(invites(carrier)) == 1


def test_a_list_in_its_order(world, caller, carrier, alice, bob):
    forwards(world, BOB, ("always", ("+4311001", MOBILE), 10))
    call_in(caller)
    (invite,) = invites(alice)
    alice.answer(invite, 180)
    world.pass_time(10.5)
    assert methods(alice) == ["CANCEL"]
    alice.answer(invite, 487)
    (onward,) = invites(carrier)
    carrier.answer(onward, 486)
    assert statuses(caller.received()) == [180, 486]
    assert [(leg.callee_number, leg.state, leg.status_code) for leg in legs(world)] == [
        ("+4311001", "ended", 408), (MOBILE, "ended", 486),
    ]  # fmt: skip
    assert main(world).status_code == 486


def test_the_caller_gives_up_while_a_forwarded_call_rings(world, caller, carrier, bob):
    forwards(world, BOB, ("always", (MOBILE,)))
    invite = call_in(caller)
    (onward,) = invites(carrier)
    carrier.answer(onward, 180)
    caller.received()
    cancel = invite.copy()
    cancel.method = "CANCEL"
    cancel.set("CSeq", "1 CANCEL")
    assert statuses(caller.ask(cancel)) == [200]
    assert [message.method for message in carrier.received()] == ["CANCEL"]
    carrier.answer(onward, 487)
    assert statuses(caller.received()) == [487]
    assert {(record.state, record.status_code) for record in world.calls} == {("ended", 487)}


def test_parallel_ringing_of_an_external_number(world, caller, carrier, bob):
    forwards(world, BOB, ("parallel", (MOBILE,)))
    call_in(caller)
    (invite,) = invites(bob)
    (outside,) = invites(carrier)
    bob.answer(invite, 180)
    carrier.answer(outside, 183)
    carrier.answer(outside, 200)
    assert statuses(caller.received()) == [180, 183, 200]
    assert [message.method for message in bob.received()] == ["CANCEL"]
    (leg,) = legs(world)
    assert (leg.state, leg.gateway_out_id) == ("answered", PSTN.id)
    assert main(world).gateway_out_id is None


def test_the_phone_that_answers_ends_what_rings_beside_it(world, caller, carrier, bob):
    forwards(world, BOB, ("parallel", (MOBILE,)))
    call_in(caller)
    (invite,) = invites(bob)
    (outside,) = invites(carrier)
    carrier.answer(outside, 183)
    bob.answer(invite, 200)
    assert [message.method for message in carrier.received()] == ["CANCEL"]
    carrier.answer(outside, 487)
    (leg,) = legs(world)
    assert (leg.state, leg.status_code) == ("ended", 487)


def test_a_loop_is_482_and_nothing_leaves(world, caller, carrier, alice, bob):
    forwards(world, BOB, ("always", ("+4311001",)))
    forwards(world, ALICE, ("always", ("sip:bob@north.example",)))
    invite = caller.request("INVITE", TO_BOB, sender=CALLER)
    assert statuses(caller.ask(invite)) == [100, 482]
    assert world.wire == []
    assert (main(world).status_code, legs(world)) == (482, [])


# Gateways one after the other


def call_out(alice, uri="sip:01999999@north.example"):
    return alice.ask_as("alice", alice.request("INVITE", uri, sender="sip:alice@north.example"), status=407)


@pytest.fixture
def three(world):
    """Three gateways in a row."""
    third = replace(PSTN, id=3, name="Third", host="198.51.100.4", sources=("198.51.100.4/32",))
    second = replace(SPARE, transport="udp", port=5060)
    world.store.gateways.remove(SPARE.id)
    world.store.gateways.put(second, RouteFacts(2, "", 20))
    world.store.gateways.put(third, RouteFacts(3, "", 30))
    return [world.phone(host) for host in ("198.51.100.2", "198.51.100.3", "198.51.100.4")]


def test_the_next_gateway_after_silence_and_after_503(world, alice, three):
    call_out(alice)
    first, second, third = three
    assert len(invites(first)) == 1
    world.pass_time(4.2)
    (invite,) = invites(second)
    second.answer(invite, 503)
    (invite,) = invites(third)
    third.answer(invite, 200)
    assert statuses(alice.received())[-1] == 200
    (record,) = world.calls
    assert (record.gateway_out_id, record.state) == (3, "answered")
    attempts = json.loads(record.attempts)
    assert [row[:3] for row in attempts] == [[1, "PSTN", 408], [2, "Spare", 503], [3, "Third", 200]]
    assert attempts[0][3] >= 4.0


def test_a_gateway_that_says_trying_and_never_rings(world, alice, three):
    call_out(alice)
    first, second, _ = three
    (invite,) = invites(first)
    first.answer(invite, 100)
    world.pass_time(9.5)
    assert invites(second) == []
    world.pass_time(1.0)
    assert methods(first) == ["CANCEL"]
    first.answer(invite, 487)
    (invite,) = invites(second)
    second.answer(invite, 200)
    assert statuses(alice.received())[-1] == 200


def test_nobody_waits_for_one_gateway_after_the_other_without_end(world, alice, three):
    for gateway in (PSTN, world.store.gateways.by_id(2), world.store.gateways.by_id(3)):
        world.store.gateways.put(replace(gateway, ringing_within=18))
    call_out(alice)
    first, second, third = three
    for gateway in (first, second):
        (invite,) = invites(gateway)
        gateway.answer(invite, 100)
        world.pass_time(18.5)
        gateway.answer(invite, 487)
    assert invites(third) == []  # half a minute has passed
    assert statuses(alice.received())[-1] == 408


def test_the_callees_own_failure_is_final(world, alice, three):
    call_out(alice)
    first, second, _ = three
    first.answer(invites(first)[0], 486)
    assert statuses(alice.received())[-1] == 486
    assert second.received() == []


def test_a_gateways_own_list_of_failures(world, alice, three):
    world.store.gateways.put(replace(PSTN, failover_codes=(404,)))
    call_out(alice)
    first, second, _ = three
    first.answer(invites(first)[0], 404)
    assert len(invites(second)) == 1


def test_a_gateway_without_a_free_channel_is_passed_by(world, alice, three):
    world.store.gateways.put(replace(PSTN, max_calls=1))
    call_out(alice)
    first, second, _ = three
    assert len(invites(first)) == 1
    call_out(alice)
    assert (len(invites(first)), len(invites(second))) == (0, 1)


def test_calls_a_second_go_to_the_next_gateway(world, alice, three):
    world.store.gateways.put(replace(PSTN, max_calls_per_second=1))
    call_out(alice)
    call_out(alice)
    first, second, _ = three
    assert (len(invites(first)), len(invites(second))) == (1, 1)
    assert [record.gateway_out_id for record in world.calls] == [1, 2]


# From


def test_the_number_in_from_goes_out_and_the_callers_own_from_comes_back(world, alice, carrier):
    world.store.gateways.put(replace(PSTN, from_as="identity"))
    call_out(alice)
    (invite,) = invites(carrier)
    assert invite.get("From") == "<sip:+4311001@north.example>;tag=f"
    for status_code in (180, 200):
        carrier.answer(invite, status_code)
        (answer,) = (message for message in alice.received() if message.status_code == status_code)
        assert answer.get("From") == "<sip:alice@north.example>;tag=f"


def test_who_hides_is_hidden_in_the_whole_dialog(world, alice, bob):
    set_up(world.store, world.store.subscribers.get((1, "alice")), hides_number=True)
    call_out(alice, "sip:bob@north.example")
    (invite,) = invites(bob)
    bob.answer(invite, 200)
    ok = alice.received()[-1]
    assert ok.get("From") == "<sip:alice@north.example>;tag=f"
    alice.send(alice.in_dialog("ACK", ok, cseq=2))
    alice.send(alice.in_dialog("BYE", ok, cseq=3))
    ack, bye = bob.received()
    for message in (invite, ack, bye):
        assert message.get("From") == '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=f'
    bob.answer(bye, 200)
    assert alice.received()[-1].get("From") == "<sip:alice@north.example>;tag=f"
    update = bob.in_dialog("UPDATE", ok, swap=invite)
    update.set("To", invite.get("From"))
    bob.send(update)
    assert alice.received()[-1].get("To") == "<sip:alice@north.example>;tag=f"
