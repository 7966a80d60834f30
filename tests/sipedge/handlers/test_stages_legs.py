"""Records of forwarded calls with several targets: each stands as long as one of these may still be reached."""

import json
from dataclasses import replace

import pytest

from tests.sipedge.handlers.test_stages import (
    MOBILE,
    call_in,
    call_out,
    forwards,
    invites,
    legs,
    statuses,
)
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import ALICE, BOB, PSTN, SPARE

TO_ALICE = "+4311001"


@pytest.fixture
def caller(world):
    return world.phone(GATEWAY, 5070)


@pytest.fixture
def carrier(world):
    return world.phone(GATEWAY, 5060)


@pytest.fixture
def desk(world):
    phone = world.phone("192.0.2.50")
    assert phone.register("alice").status_code == 200
    return phone


@pytest.fixture
def mobile(world):
    phone = world.phone("192.0.2.51")
    assert phone.register("alice").status_code == 200
    return phone


def test_a_forwarded_call_goes_on_when_one_of_several_phones_is_busy(world, caller, desk, mobile):
    forwards(world, BOB, ("always", (TO_ALICE,)))
    call_in(caller)
    desk.answer(invites(desk)[0], 486)
    (leg,) = legs(world)
    assert leg.ended_at is None
    mobile.answer(invites(mobile)[0], 200)
    (leg,) = legs(world)
    assert (leg.state, leg.status_code) == ("answered", 200)


def test_a_forwarded_call_stands_when_the_phones_that_did_not_answer_stop_ringing(world, caller, desk, mobile):
    forwards(world, BOB, ("always", (TO_ALICE,)))
    call_in(caller)
    (ringing,) = invites(desk)
    desk.answer(ringing, 180)
    mobile.answer(invites(mobile)[0], 200)
    desk.answer(ringing, 487)
    (leg,) = legs(world)
    assert (leg.state, leg.ended_at) == ("answered", None)


def test_a_forwarded_call_fails_with_the_last_of_its_phones(world, caller, desk, mobile):
    forwards(world, BOB, ("always", (TO_ALICE,)))
    call_in(caller)
    desk.answer(invites(desk)[0], 486)
    mobile.answer(invites(mobile)[0], 480)
    assert statuses(caller.received()) == [486]
    (leg,) = legs(world)
    assert leg.state == "ended"


def test_a_forwarded_call_that_reaches_nobody_as_it_was_asked_leaves_no_record_open(world, caller):
    forwards(world, BOB, ("always", (MOBILE,)))
    invite = caller.request("INVITE", "sips:+4311002@north.example", sender="sip:+431999@pstn.example")
    assert statuses(caller.ask(invite)) == [100, 480]  # the way on is no TLS
    assert {record.state for record in world.calls} == {"ended"}


@pytest.mark.parametrize(("answer", "told"), [(200, 200), (603, 603)])
def test_a_forwarded_call_whose_turn_never_came_ends(world, caller, carrier, desk, answer, told):
    forwards(world, ALICE, ("parallel", (MOBILE,)))
    call_in(caller, "sip:+4311001@north.example", headers=[("Max-Breadth", "1")])
    desk.answer(invites(desk)[0], answer)
    assert (statuses(caller.received()), carrier.received()) == ([told], [])
    (leg,) = legs(world)
    assert (leg.state, leg.status_code) == ("ended", 480)


def test_a_gateway_that_was_given_up_and_answers_after_all_has_the_call(world, desk):
    second = replace(SPARE, transport="udp", port=5060)
    world.store.gateways.put(second)
    first, other = world.phone(PSTN.host), world.phone(second.host)
    call_out(desk)
    (late,) = invites(first)
    world.pass_time(4.2)
    (invite,) = invites(other)
    other.answer(invite, 180)
    first.answer(late, 200)
    assert statuses(desk.received())[-1] == 200
    other.answer(invite, 487)
    (record,) = world.calls
    assert (record.gateway_out_id, record.state) == (PSTN.id, "answered")
    assert [row[:3] for row in json.loads(record.attempts)] == [[1, "PSTN", 408], [1, "PSTN", 200], [2, "Spare", 487]]


# What a stage came to is what all its phones said


def test_one_phone_is_busy_and_another_cannot_be_reached(world, caller, carrier, desk, mobile):
    forwards(world, ALICE, ("busy", (MOBILE,)), ("not_registered", ("+4311002",)))
    call_in(caller, "sip:+4311001@north.example")
    desk.answer(invites(desk)[0], 486)
    world.pass_time(5.0)
    (invite,) = invites(carrier)
    assert "user-busy" in invite.get("Diversion")


def test_a_phone_that_is_busy_everywhere_speaks_for_all(world, caller, carrier, desk, mobile):
    forwards(world, ALICE, ("busy", (MOBILE,)))
    call_in(caller, "sip:+4311001@north.example")
    (ringing,) = invites(mobile)
    mobile.answer(ringing, 180)
    desk.answer(invites(desk)[0], 600)
    mobile.answer(ringing, 487)
    assert len(invites(carrier)) == 1


def test_a_silent_phone_delays_what_follows_no_longer_than_another_phone(world, caller, carrier, desk):
    forwards(world, ALICE, ("not_registered", (MOBILE,)))
    call_in(caller, "sip:+4311001@north.example")
    world.pass_time(5.0)
    assert len(invites(carrier)) == 1


@pytest.mark.parametrize("condition", ["busy", "no_answer"])
def test_a_silent_phone_has_its_time_where_its_silence_leads_nowhere(world, caller, carrier, desk, condition):
    forwards(world, ALICE, (condition, (MOBILE,), 60))
    call_in(caller, "sip:+4311001@north.example")
    world.pass_time(10.0)
    desk.answer(invites(desk)[0], 200)
    assert statuses(caller.received()) == [200]
