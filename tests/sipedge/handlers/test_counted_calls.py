"""Calls are counted while they ring and stand, whatever they end by."""

from dataclasses import replace

import pytest

from sipedge.facts import ForwardingFacts, OpenCall, RouteFacts
from sipedge.load.parties import ids_of
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.load.test_counts import a_call
from tests.sipedge.routing.asking import set_up
from tests.sipedge.routing.network import SPARE

BOB, PSTN = 2, 1


class Counted:
    """A gateway that calls bob."""

    def __init__(self, world):
        self.world = world
        self.gateway, self.bob = world.phone(GATEWAY, 5090), world.phone("192.0.2.70")
        self.bob.register("bob")

    @property
    def now(self):
        """Bob's calls, his customer's, his reseller's, the gateway's, all."""
        count = self.world.engine.services.counts.count
        return [
            count("subscriber", BOB),
            count("customer", 20),
            count("reseller", 1),
            count("gateway", PSTN),
            count("all", 0),
        ]

    def rings(self):
        invite = self.gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example")
        self.gateway.ask(invite)
        (there,) = self.bob.received()
        self.bob.answer(there, 180)
        self.gateway.received()
        return invite, there

    def stands(self):
        _, there = self.rings()
        self.bob.answer(there, 200)
        (ok,) = self.gateway.received()
        self.gateway.send(self.gateway.in_dialog("ACK", ok, cseq=1))
        self.bob.received()
        return ok


@pytest.fixture
def calls(world):
    return Counted(world)


def test_from_the_first_ringing_to_the_bye(calls):
    assert calls.now == [0, 0, 0, 0, 0]
    calls.rings()
    assert calls.now == [1, 1, 1, 1, 1]
    ok = calls.stands()
    assert calls.now == [2, 2, 2, 2, 2]
    calls.gateway.send(calls.gateway.in_dialog("BYE", ok))
    assert calls.now == [1, 1, 1, 1, 1]
    assert calls.world.engine.counts()["calls_open"] == 1


def test_a_call_that_was_refused_or_given_up_is_none(calls):
    _, there = calls.rings()
    calls.bob.answer(there, 486)
    assert [message.method for message in calls.bob.received()] == ["ACK"]
    assert calls.now == [0, 0, 0, 0, 0]
    invite, there = calls.rings()
    cancel = invite.copy()
    cancel.method = "CANCEL"
    cancel.set("CSeq", "1 CANCEL")
    calls.gateway.ask(cancel)
    calls.bob.received()
    calls.bob.answer(there, 487)
    assert calls.now == [0, 0, 0, 0, 0]


def test_a_number_that_nobody_has_makes_no_call(calls):
    calls.gateway.ask(calls.gateway.request("INVITE", "sip:+4311003@north.example", sender="sip:+431999@pstn.example"))
    assert calls.world.calls[-1].status_code == 404
    assert calls.now == [0, 0, 0, 0, 0]


def test_a_caller_who_vanished_is_counted_no_longer_than_his_record_is_open(calls):
    _, there = calls.rings()
    calls.bob.answer(there, 200)
    assert calls.now == [1, 1, 1, 1, 1]
    calls.world.pass_time(45, 1.0)
    assert calls.world.calls[-1].reason == "No ACK"
    assert calls.now == [0, 0, 0, 0, 0]


MOBILE = "+43664123456"


def limited(world, most=1, *forwardings):
    """Bob may have so many calls at the same time."""
    known = world.store.subscribers.get((1, "bob"))
    set_up(world.store, known, forwardings=tuple(ForwardingFacts(*one) for one in forwardings), max_calls=most)


def statuses(messages):
    return [message.status_code for message in messages if message.status_code != 100]


def test_who_has_as_many_calls_as_he_may_is_busy(calls):
    limited(calls.world)
    ok = calls.stands()
    invite = calls.gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example")
    assert statuses(calls.gateway.ask(invite)) == [486]
    calls.gateway.send(calls.gateway.in_dialog("BYE", ok))
    calls.gateway.received()
    calls.bob.received()
    calls.rings()
    assert calls.now[0] == 1


def test_calls_of_before_a_restart_and_at_other_edges_count_too(calls):
    limited(calls.world, 3)
    counts = calls.world.engine.services.counts
    before = a_call(caller_subscriber_id=None, callee_subscriber_id=BOB)
    counts.resume([OpenCall(before.id, "edge1", 0.0, None, ids_of(before))])
    counts.told_all("edge2", {("subscriber", BOB): 1})
    calls.rings()
    invite = calls.gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example")
    assert statuses(calls.gateway.ask(invite)) == [486]
    counts.ended(before.id)  # its BYE


def test_a_call_that_is_forwarded_after_a_while_is_no_second_call_of_whom_it_was_for(calls):
    limited(calls.world, 1, ("no_answer", (MOBILE, "+43664999999"), 20))
    carrier = calls.world.phone(GATEWAY, 5060)
    _, there = calls.rings()
    calls.world.pass_time(21)
    calls.bob.answer(there, 487)
    onward = [message for message in carrier.received() if message.method == "INVITE"]
    assert onward
    assert calls.now == [1, 1, 1, 2, 1]  # bob's one call, and two channels of the gateway
    carrier.answer(onward[0], 486)
    again = [message for message in carrier.received() if message.method == "INVITE"]
    assert again
    assert calls.now == [1, 1, 1, 2, 1]
    carrier.answer(again[0], 486)
    assert calls.now == [0, 0, 0, 0, 0]


def test_beside_his_calls_another_one_is_forwarded_only_as_far_as_he_may(calls):
    limited(calls.world, 1, ("busy", (MOBILE,)))
    carrier = calls.world.phone(GATEWAY, 5060)
    calls.stands()
    invite = calls.gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example")
    assert statuses(calls.gateway.ask(invite)) == [486]
    assert carrier.received() == []
    assert calls.now[0] == 1


def test_a_call_takes_its_channel_along_to_the_next_gateway(world):
    world.store.gateways.remove(SPARE.id)
    world.store.gateways.put(replace(SPARE, transport="udp", port=5060), RouteFacts(SPARE.id, "", 20))
    alice, first, second = world.phone("192.0.2.50"), world.phone(GATEWAY, 5060), world.phone("198.51.100.3", 5060)

    def channels():
        return [world.engine.services.counts.count("gateway", one) for one in (PSTN, SPARE.id)]

    invite = alice.request("INVITE", "sip:+43199999@north.example", sender="sip:alice@north.example")
    alice.ask_as("alice", invite, status=407)
    first.answer(first.received()[0], 503)
    assert channels() == [0, 1]
    second.answer(second.received()[0], 486)
    assert channels() == [0, 0]
