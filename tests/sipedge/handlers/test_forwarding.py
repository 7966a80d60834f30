import pytest

from sipedge.handlers.branches import PATIENCE
from sipedge.sip.flow import Flow
from sipedge.sip.message import make_cancel
from tests.sipedge.handlers.names import Names
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import BOB, binding


@pytest.fixture
def names(world):
    return Names(world)


def call_bob(world, *bindings):
    world.store.bindings.put(BOB.id, *bindings)
    gateway = world.phone(GATEWAY, 5090)
    invite = gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:x@y")
    gateway.ask(invite)
    return gateway, invite


def finals(messages):
    return [m.status_code for m in messages if m.status_code >= 200 and m.cseq.method == "INVITE"]


def test_a_phone_by_name_is_called_when_its_address_is_known(world, names):
    call_bob(world, binding("sip:bob@phone.example:5066"))
    assert world.wire == []
    names.know("phone.example", Flow("udp", "192.0.2.77", 5066))
    (invite,) = world.phone("192.0.2.77", 5066).received()
    assert invite.request_uri == "sip:bob@phone.example:5066"


def test_a_name_without_an_address_does_not_fail_the_call(world, names):
    gateway, _ = call_bob(world, binding("sip:bob@gone.example"), binding("sip:bob@192.0.2.70"))
    names.know_nothing("gone.example")
    phone = world.phone("192.0.2.70")
    phone.answer(phone.received()[0], 200)
    assert finals(gateway.received()) == [200]


def test_a_name_that_is_known_only_after_the_call_ended_rings_nobody(world, names):
    gateway, _ = call_bob(world, binding("sip:bob@slow.example"), binding("sip:bob@192.0.2.70"))
    phone = world.phone("192.0.2.70")
    phone.answer(phone.received()[0], 200)
    assert finals(gateway.received()) == [200]
    names.know("slow.example", Flow("udp", "192.0.2.77", 5060))
    assert world.phone("192.0.2.77").received() == []


def test_the_caller_hears_how_it_ends_when_nobody_can_be_reached(world, names):
    gateway, _ = call_bob(world, binding("sip:bob@gone.example"))
    names.know_nothing("gone.example")
    assert finals(gateway.received()) == [500]
    assert world.calls[0].ended_by == "edge"
    assert world.telemetry.count("unlocated") == 1


def test_a_contact_of_a_transport_that_we_do_not_speak_fails_its_branch_alone(world):
    gateway, _ = call_bob(world, binding("sip:bob@192.0.2.71;transport=tls"), binding("sip:bob@192.0.2.70"))
    phone = world.phone("192.0.2.70")
    phone.answer(phone.received()[0], 486)
    assert finals(gateway.received()) == [486]
    assert [flow for _, flow in world.wire if flow.transport == "tls"] == []


# Dead phones delay nobody.


def test_a_cancel_is_answered_at_once_while_a_dead_phone_says_nothing(world):
    gateway, invite = call_bob(world, binding("sip:bob@192.0.2.70"))
    gateway.send(make_cancel(invite))
    assert finals(gateway.received()) == [487]
    (call,) = world.calls
    assert (call.status_code, call.ended_by) == (487, "caller")


def test_a_cancel_is_answered_at_once_while_a_name_is_being_looked_up(world, names):
    gateway, invite = call_bob(world, binding("sip:bob@slow.example"))
    gateway.send(make_cancel(invite))
    assert finals(gateway.received()) == [487]
    names.know("slow.example", Flow("udp", "192.0.2.77", 5060))
    assert world.phone("192.0.2.77").received() == []


def test_the_487_waits_for_those_that_ring(world):
    gateway, invite = call_bob(world, binding("sip:bob@192.0.2.70"), binding("sip:bob@192.0.2.71"))
    phone = world.phone("192.0.2.70")
    (ringing,) = phone.received()
    phone.answer(ringing, 180)
    gateway.send(make_cancel(invite))
    assert finals(gateway.received()) == []
    phone.answer(ringing, 487)
    assert finals(gateway.received()) == [487]


def test_a_decline_is_passed_on_at_once_while_a_dead_phone_says_nothing(world):
    gateway, _ = call_bob(world, binding("sip:bob@192.0.2.70"), binding("sip:bob@192.0.2.71"))
    phone = world.phone("192.0.2.70")
    phone.answer(phone.received()[0], 603)
    assert finals(gateway.received()) == [603]


def test_a_busy_phone_is_heard_of_soon_beside_a_dead_one(world):
    gateway, _ = call_bob(world, binding("sip:bob@192.0.2.70"), binding("sip:bob@192.0.2.71"))
    phone = world.phone("192.0.2.70")
    phone.answer(phone.received()[0], 486)
    world.pass_time(PATIENCE - 0.5)
    assert finals(gateway.received()) == []
    world.pass_time(0.6)
    assert finals(gateway.received()) == [486]


def test_while_one_phone_rings_a_silent_one_stays_in_the_race(world):
    gateway, _ = call_bob(world, binding("sip:bob@192.0.2.70"), binding("sip:bob@192.0.2.71"))
    ringing, asleep = world.phone("192.0.2.70"), world.phone("192.0.2.71")
    ringing.answer(ringing.received()[0], 180)
    world.pass_time(20)
    asleep.answer(asleep.received()[0], 200)
    assert finals(gateway.received()) == [200]
    assert [m.method for m in ringing.received() if m.method == "CANCEL"] == ["CANCEL"]


def test_phones_of_less_q_ring_soon_when_the_preferred_one_is_dead(world):
    call_bob(world, binding("sip:bob@192.0.2.70", q=1000), binding("sip:bob@192.0.2.71", q=500))
    second = world.phone("192.0.2.71")
    assert second.received() == []
    world.pass_time(PATIENCE + 0.2)
    assert [m.method for m in second.received()] == ["INVITE"]


def test_the_only_phone_there_is_has_all_the_time_that_timer_b_gives(world):
    gateway, _ = call_bob(world, binding("sip:bob@192.0.2.70"))
    world.pass_time(31, step=0.25)
    assert finals(gateway.received()) == []
    phone = world.phone("192.0.2.70")
    phone.answer(phone.received()[0], 200)
    assert finals(gateway.received()) == [200]


def test_who_was_given_up_and_rings_late_is_cancelled(world):
    call_bob(world, binding("sip:bob@192.0.2.70", q=1000), binding("sip:bob@192.0.2.71", q=500))
    world.pass_time(PATIENCE + 0.5)
    late = world.phone("192.0.2.70")
    invite = late.received()[0]
    late.answer(invite, 180)
    (cancel,) = late.received()
    assert (cancel.method, cancel.top_via.branch) == ("CANCEL", invite.top_via.branch)
    late.answer(invite, 180)
    assert late.received() == []


def test_who_was_given_up_and_answers_late_still_gets_the_call(world):
    gateway, _ = call_bob(world, binding("sip:bob@192.0.2.70", q=1000), binding("sip:bob@192.0.2.71", q=500))
    world.pass_time(PATIENCE + 0.5)
    late, second = world.phone("192.0.2.70"), world.phone("192.0.2.71")
    second.answer(second.received()[0], 180)
    late.answer(late.received()[0], 200)
    assert finals(gateway.received()) == [200]
    assert [m.method for m in second.received()] == ["CANCEL"]


def test_nothing_is_left_of_phones_that_were_given_up(world):
    gateway, _ = call_bob(world, binding("sip:bob@192.0.2.70", q=1000), binding("sip:bob@192.0.2.71", q=500))
    world.pass_time(PATIENCE + 0.5)
    late, second = world.phone("192.0.2.70"), world.phone("192.0.2.71")
    late.answer(late.received()[0], 180)  # and then it ignores its CANCEL
    second.answer(second.received()[0], 486)
    gateway.send(gateway.request("ACK", "sip:+4311002@north.example", sender="sip:x@y"))
    world.pass_time(120, step=0.5)
    counts = world.engine.counts()
    assert (counts["transactions"], counts["ringing_calls"]) == (0, 0)


# Late answers.


def test_an_answer_that_comes_after_the_487_is_acknowledged_and_ended(world):
    gateway, invite = call_bob(world, binding("sip:bob@192.0.2.70"))
    phone = world.phone("192.0.2.70")
    (silent,) = phone.received()
    gateway.send(make_cancel(invite))
    gateway.received()
    phone.answer(silent, 200)
    ack, bye = phone.received()
    assert (ack.method, bye.method) == ("ACK", "BYE")
    assert ack.request_uri == bye.request_uri == phone.uri
    assert (ack.cseq.number, bye.cseq.number) == (silent.cseq.number, silent.cseq.number + 1)
    assert ack.to_tag == bye.to_tag == "callee"
    assert (ack.call_id, ack.from_tag) == (silent.call_id, silent.from_tag)
    phone.answer(silent, 200)  # the ACK was lost
    assert [m.method for m in phone.received()] == ["ACK"]
    assert finals(gateway.received()) == []


def test_a_stop_of_the_edge_ends_calls_and_spares_requests_that_still_look_for_a_destination(world, names):
    gateway, _ = call_bob(world, binding("sip:bob@192.0.2.70"))
    world.engine.drain()
    assert finals(gateway.received()) == [503]
