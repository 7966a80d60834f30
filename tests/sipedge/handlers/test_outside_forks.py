"""Forked calls: RFC 3261 §16.7, RFC 3262, RFC 6228, RFC 5393 §5, with real phones in memory."""

import pytest

from sipedge.sip.message import make_cancel
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import BOB, binding

SDP = b"v=0\r\n"


@pytest.fixture
def gateway(world):
    return world.phone(GATEWAY, 5090)


@pytest.fixture
def fork(world, gateway):
    """A function that calls bob's phones, all at once or by q: (the INVITE, the phones, what each of them got)."""

    def call(*qs, headers=()):
        phones = [world.phone(f"192.0.2.{81 + number}") for number in range(len(qs))]
        bindings = [binding(phone.uri, q=q) for phone, q in zip(phones, qs, strict=True)]
        world.store.bindings.put(BOB.id, *bindings)
        invite = gateway.request(
            "INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example", headers=headers
        )
        gateway.ask(invite)
        return invite, phones, [phone.received() for phone in phones]

    return call


def statuses(messages):
    return [message.status_code for message in messages]


def test_reliable_provisionals_of_two_forks_are_each_acknowledged_end_to_end(fork, gateway):
    _, (desk, mobile), ((at_desk,), (at_mobile,)) = fork(1000, 1000, headers=[("Supported", "100rel")])
    reliable = [("Require", "100rel"), ("RSeq", "1")]
    desk.answer(at_desk, 183, tag="d", headers=reliable, body=SDP)
    mobile.answer(at_mobile, 183, tag="m", headers=reliable, body=SDP)
    from_desk, from_mobile = gateway.received()
    assert (from_desk.get("RSeq"), from_desk.to_tag, from_mobile.to_tag) == ("1", "d", "m")
    for phone, progress in ((mobile, from_mobile), (desk, from_desk)):
        gateway.send(gateway.in_dialog("PRACK", progress, headers=[("RAck", "1 1 INVITE")]))
        (prack,) = phone.received()
        assert (prack.method, prack.get("RAck"), prack.to_tag) == ("PRACK", "1 1 INVITE", progress.to_tag)
        phone.answer(prack, 200)
        assert statuses(gateway.received()) == [200]


def test_a_repeated_reliable_provisional_goes_up_again(fork, gateway):
    _, (desk,), ((at_desk,),) = fork(1000)
    for _ in range(2):
        desk.answer(at_desk, 183, headers=[("Require", "100rel"), ("RSeq", "1")])
    assert statuses(gateway.received()) == [183, 183]


def test_a_second_2xx_passes_too_and_each_gets_its_own_ack(world, fork, gateway):
    _, (desk, mobile), ((at_desk,), (at_mobile,)) = fork(1000, 1000)
    desk.answer(at_desk, 200, tag="d")
    mobile.answer(at_mobile, 200, tag="m")
    answers = gateway.received()
    assert [(answer.status_code, answer.to_tag) for answer in answers] == [(200, "d"), (200, "m")]
    for phone, answer in zip((desk, mobile), answers, strict=True):
        gateway.send(gateway.in_dialog("ACK", answer, cseq=1))
        assert [(m.method, m.to_tag) for m in phone.received() if m.method != "CANCEL"] == [("ACK", answer.to_tag)]
    gateway.send(gateway.in_dialog("BYE", answers[1]))
    assert [m.method for m in mobile.received()] == ["BYE"]
    assert world.calls[0].state == "answered"  # the caller has let the second phone go, not the call
    gateway.send(gateway.in_dialog("BYE", answers[0]))
    assert (world.calls[0].state, world.calls[0].ended_by) == ("ended", "caller")


def test_a_2xx_repeated_for_want_of_an_ack_goes_up_each_time_and_every_ack_down(fork, gateway):
    _, (desk,), ((at_desk,),) = fork(1000)
    for _ in range(3):
        desk.answer(at_desk, 200)
    first, *again = gateway.received()
    assert statuses([first, *again]) == [200, 200, 200]
    for _ in range(3):
        gateway.send(gateway.in_dialog("ACK", first, cseq=1))
    assert [m.method for m in desk.received()] == ["ACK"] * 3


def test_the_losers_are_told_that_the_call_was_completed_elsewhere(fork, gateway):
    _, (desk, mobile), ((at_desk,), (at_mobile,)) = fork(1000, 1000)
    mobile.answer(at_mobile, 180, tag="m")
    desk.answer(at_desk, 200, tag="d")
    (cancel,) = mobile.received()
    assert cancel.get("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'


def test_6xx_ends_all_of_it(fork, gateway):
    _, (desk, mobile, later), ((at_desk,), (at_mobile,), nothing) = fork(1000, 1000, 500)
    mobile.answer(at_mobile, 180, tag="m")
    desk.answer(at_desk, 603, tag="d")
    desk.received()
    assert statuses(gateway.received()) == [180]
    (cancel,) = mobile.received()
    mobile.answer(cancel, 200)
    mobile.answer(at_mobile, 487, tag="m")
    assert statuses(gateway.received()) == [603]
    assert nothing == later.received() == []


def test_a_phone_that_redirects_leads_the_caller_nowhere(world, fork, gateway):
    _, (desk,), ((at_desk,),) = fork(1000)
    desk.answer(at_desk, 302, headers=[("Contact", "<sip:+1900123@premium.example>")])
    (response,) = gateway.received()
    assert (response.status_code, response.get("Contact")) == (480, None)
    assert world.calls[0].status_code == 480


def test_199_is_for_those_who_know_it(fork, gateway):
    _, (desk, _), ((at_desk,), _) = fork(1000, 1000)
    desk.answer(at_desk, 199)
    assert gateway.received() == []
    _, (desk, _), ((at_desk,), _) = fork(1000, 1000, headers=[("Supported", "199")])
    desk.answer(at_desk, 199)
    assert statuses(gateway.received()) == [199]


def test_the_breadth_is_shared_and_bounds_how_many_ring_at_once(fork, gateway):
    *_, received = fork(1000, 1000, 1000)
    assert [invite.get("Max-Breadth") for (invite,) in received] == ["20", "20", "20"]
    *_, received = fork(1000, 1000, 1000, headers=[("Max-Breadth", "2")])
    assert [[m.get("Max-Breadth") for m in got] for got in received] == [["1"], ["1"], []]


def test_no_breadth_no_call(fork, gateway, world):
    invite = gateway.request(
        "INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example", headers=[("Max-Breadth", "0")]
    )
    assert statuses(gateway.ask(invite)) == [440]
    assert world.wire == []


def test_cancelled_before_anybody_spoke_and_again_it_is_answered_once(world, fork, gateway):
    invite, phones, _ = fork(1000, 1000)
    cancel = make_cancel(invite)
    answers = [(m.status_code, m.cseq.method) for m in (*gateway.ask(cancel), *gateway.ask(cancel))]
    world.pass_time(33)
    answers += [(m.status_code, m.cseq.method) for m in gateway.received()]
    assert answers.count((200, "CANCEL")) == 2  # a retransmission gets the same answer
    assert set(answers) == {(200, "CANCEL"), (487, "INVITE")}
    assert world.calls[0].status_code == 487
    assert {m.method for phone in phones for m in phone.received()} <= {"INVITE"}


def test_a_cancel_that_crosses_the_answer_lets_the_answer_win(world, fork, gateway):
    invite, (desk, mobile), ((at_desk,), (at_mobile,)) = fork(1000, 1000)
    desk.answer(at_desk, 180, tag="d")
    mobile.answer(at_mobile, 180, tag="m")
    gateway.ask(make_cancel(invite))
    assert [m.method for m in desk.received()] == ["CANCEL"]
    desk.answer(at_desk, 200, tag="d")
    assert statuses(gateway.received()) == [200]
    mobile.answer(at_mobile, 487, tag="m")
    assert gateway.received() == []
    assert world.calls[0].state == "answered"


def test_why_the_caller_gave_up_is_passed_on(fork, gateway):
    invite, (desk,), ((at_desk,),) = fork(1000)
    desk.answer(at_desk, 180)
    cancel = make_cancel(invite)
    cancel.append("Reason", 'SIP;cause=200;text="Call completed elsewhere"')
    gateway.ask(cancel)
    assert desk.received()[0].get("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'


def test_a_phone_that_loses_the_callers_via_does_not_lose_the_caller(fork, gateway):
    invite, (desk,), ((at_desk,),) = fork(1000)
    answer = at_desk.copy()
    answer.set("Via", at_desk.values("Via")[0])
    desk.answer(answer, 486)
    (response,) = gateway.received()
    assert response.values("Via") == invite.values("Via")


@pytest.mark.parametrize("method", ["MESSAGE", "SUBSCRIBE"])
def test_nobody_hears_of_silence_but_by_his_own_clock(world, gateway, method):
    world.store.bindings.put(BOB.id, binding("sip:bob@192.0.2.81"))
    gateway.ask(gateway.request(method, "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    world.pass_time(40, step=0.5)
    assert gateway.received() == []
    assert world.engine.unanswered == 0


def test_when_a_second_copy_cannot_be_made_the_first_phone_does_not_ring_on(world, gateway, monkeypatch):
    from sipedge.handlers import outside

    made = []

    def routes(*_):
        made.append(1)
        if len(made) > 1:
            raise ZeroDivisionError
        return []

    monkeypatch.setattr(outside.hops, "record_routes", routes)
    first, second = world.phone("192.0.2.81"), world.phone("192.0.2.82")
    world.store.bindings.put(BOB.id, binding(first.uri), binding(second.uri))
    answers = gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    assert statuses(answers) == [100, 500]
    ((phone, invite),) = [(phone, message) for phone in (first, second) for message in phone.received()]
    phone.answer(invite, 180)
    assert [message.method for message in phone.received()] == ["CANCEL"]
    assert gateway.received() == []
    assert world.calls[0].status_code == 500


@pytest.mark.parametrize("status", [180, 200, 486])
def test_an_answer_that_breaks_our_code_ends_its_own_call_alone(world, fork, gateway, monkeypatch, status):
    from sipedge.handlers import forwarding

    def broken(*_):
        raise ZeroDivisionError

    _, (desk,), ((at_desk,),) = fork(1000)
    monkeypatch.setattr(forwarding, "PlainResponse", bytes)  # none is: it goes the long way
    monkeypatch.setattr(forwarding, "backward", broken)
    desk.answer(at_desk, status)
    monkeypatch.undo()
    assert statuses(gateway.received()) == [500]
    assert (world.calls[0].state, world.calls[0].status_code, world.telemetry.exceptions) == ("ended", 500, 1)
    desk.answer(at_desk, 200)
    assert gateway.received() == []
    world.pass_time(200, step=2)
    assert (world.engine.unanswered, world.engine.counts()["transactions"]) == (0, 0)
