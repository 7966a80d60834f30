"""Session timers through the edge (RFC 4028 §8), and what becomes of a call that nobody refreshes or acknowledges."""

import pytest

from tests.sipedge.handlers.world import GATEWAY, World


def call(world, *, asked=(), answered=()):
    """A call from the gateway to bob: the gateway, bob, the INVITE that bob got, the 200 that the gateway got."""
    gateway, bob = world.phone(GATEWAY, 5090), world.phone("192.0.2.70")
    bob.register("bob")
    gateway.ask(
        gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example", headers=asked)
    )
    (invite,) = bob.received()
    bob.answer(invite, 200, headers=answered)
    (ok,) = gateway.received()
    return gateway, bob, invite, ok


def acknowledge(gateway, bob, ok):
    gateway.send(gateway.in_dialog("ACK", ok, cseq=1))
    assert [m.method for m in bob.received()] == ["ACK"]


def timer_of(message):
    return message.get("Session-Expires"), message.get("Require")


def test_the_edge_asks_where_nobody_does_and_the_caller_refreshes(world):
    _, _, invite, ok = call(world, asked=[("Supported", "timer")])
    assert timer_of(invite) == ("1800", None)
    assert timer_of(ok) == ("1800;refresher=uac", "timer")


def test_the_callee_refreshes_where_it_alone_knows_timers(world):
    _, _, invite, ok = call(world, answered=[("Session-Expires", "1800;refresher=uas"), ("Require", "timer")])
    assert timer_of(invite) == ("1800", None)
    assert timer_of(ok) == ("1800;refresher=uas", "timer")


def test_where_nobody_knows_timers_there_is_none(world):
    _, _, _, ok = call(world)
    assert timer_of(ok) == (None, None)


def test_with_0_it_never_asks():
    _, _, invite, ok = call(World(session_expires=0), asked=[("Supported", "timer")])
    assert timer_of(invite) == timer_of(ok) == (None, None)


def test_what_the_caller_asks_for_is_lowered_and_not_below_its_minimum(world):
    _, _, invite, _ = call(world, asked=[("Supported", "timer"), ("Session-Expires", "7200"), ("Min-SE", "3600")])
    assert (timer_of(invite)[0], invite.get("Min-SE")) == ("3600", "3600")


def test_too_small_is_422_and_the_record_ends(world):
    gateway, bob = world.phone(GATEWAY, 5090), world.phone("192.0.2.70")
    bob.register("bob")
    headers = [("Supported", "timer"), ("x", "60")]  # the compact form of Session-Expires
    answers = gateway.ask(
        gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example", headers=headers)
    )
    assert [(m.status_code, m.get("Min-SE")) for m in answers] == [(100, None), (422, "90")]
    assert bob.received() == []
    assert (world.calls[0].state, world.calls[0].status_code) == ("ended", 422)


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_refresh_passes_and_too_small_a_one_does_not(world, method):
    gateway, bob, _, ok = call(world, asked=[("Supported", "timer")])
    acknowledge(gateway, bob, ok)
    headers = [("Supported", "timer"), ("Session-Expires", "900;refresher=uac")]
    gateway.send(gateway.in_dialog(method, ok, headers=headers))
    (refresh,) = bob.received()
    assert timer_of(refresh)[0] == "900;refresher=uac"
    bob.answer(refresh, 200)
    assert timer_of(gateway.received()[-1]) == ("900;refresher=uac", "timer")
    gateway.send(gateway.in_dialog(method, ok, cseq=3, headers=[("Supported", "timer"), ("Session-Expires", "20")]))
    assert gateway.received()[-1].status_code == 422
    assert [m.method for m in bob.received() if m.method != "ACK"] == []


def test_a_re_invite_gets_its_100_at_once(world):
    gateway, bob, _, ok = call(world)
    acknowledge(gateway, bob, ok)
    assert [m.status_code for m in gateway.ask(gateway.in_dialog("INVITE", ok))] == [100]


def test_a_session_that_nobody_refreshes_ends_in_the_record_and_no_bye_is_made(world):
    gateway, bob, _, ok = call(world, asked=[("Supported", "timer"), ("Session-Expires", "90")])
    acknowledge(gateway, bob, ok)
    world.pass_time(110, step=1)
    assert world.calls[0].state == "answered"
    world.pass_time(20, step=1)
    (record,) = world.calls
    assert (record.state, record.ended_by, record.reason, record.cause) == ("ended", "edge", "Session expired", 102)
    assert world.wire == []


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_refreshed_from_either_side_it_goes_on(world, method):
    gateway, bob, invite, ok = call(world, asked=[("Supported", "timer"), ("Session-Expires", "90")])
    acknowledge(gateway, bob, ok)
    headers = [("Supported", "timer"), ("Session-Expires", "90")]
    for number in range(3):
        world.pass_time(80, step=1)
        gateway.send(gateway.in_dialog(method, ok, cseq=10 + number, headers=headers))
        bob.answer(bob.received()[0], 200)
        world.pass_time(80, step=1)
        bob.send(bob.in_dialog(method, ok, swap=invite, cseq=10 + number, headers=headers))
        gateway.answer(next(m for m in gateway.received() if m.get("From") == ok.get("To")), 200)
        bob.received()
    assert world.calls[0].state == "answered"


def test_a_caller_that_vanished_leaves_no_open_record(world):
    call(world)
    world.pass_time(45, step=1)
    (record,) = world.calls
    assert (record.state, record.ended_by, record.reason) == ("ended", "edge", "No ACK")


def test_the_record_ends_when_what_starts_the_call_fails(world, monkeypatch):
    from sipedge.handlers import outside

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(outside.hops, "phones", broken)
    gateway, bob = world.phone(GATEWAY, 5090), world.phone("192.0.2.70")
    bob.register("bob")
    answers = gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    assert [m.status_code for m in answers] == [100, 500]
    assert (world.calls[0].state, world.calls[0].status_code) == ("ended", 500)


def test_nonsense_in_a_timer_is_400_and_the_record_ends(world):
    gateway, bob = world.phone(GATEWAY, 5090), world.phone("192.0.2.70")
    bob.register("bob")
    headers = [("Session-Expires", "soon")]
    answers = gateway.ask(
        gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example", headers=headers)
    )
    assert [m.status_code for m in answers] == [100, 400]
    assert world.calls[0].status_code == 400
