"""Calls are counted while they ring and stand, whatever they end by."""

import pytest

from tests.sipedge.handlers.world import GATEWAY

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
