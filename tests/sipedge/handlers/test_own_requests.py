"""Requests of the edge's own: each ends with one answer."""

import pytest

from sipedge.handlers.own_requests import TIMER_F
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, make_response
from sipedge.transaction.layer import MAX_DATAGRAM

FAR = Flow("udp", "198.51.100.9", 5060)


def a_request(size=0):
    headers = [("From", "<sip:a@b>;tag=1"), ("To", "<sip:c@d>"), ("Call-ID", "x"), ("CSeq", "1 OPTIONS")]
    return Request("OPTIONS", "sip:c@d", headers, b"x" * size)


@pytest.fixture
def own(world):
    return world.engine.services.own_requests


@pytest.fixture
def far(world):
    return world.phone(FAR.host, FAR.port)


def test_the_final_answer_is_given(world, own, far):
    waiting = own.ask(a_request(), FAR)
    (request,) = far.received()
    assert request.top_via.sent_by == "192.0.2.1:5060"
    assert ("rport", None) in request.top_via.params
    far.send(make_response(request, 100))
    assert (waiting.done, len(own)) == (False, 1)
    world.pass_time(1)
    far.received()
    far.send(make_response(request, 404, to_tag="t"))
    answer = waiting.result()
    assert (answer.status_code, answer.response.reason, answer.flow) == (404, "Not Found", FAR)
    assert answer.seconds == pytest.approx(1, abs=0.11)
    assert len(own) == 0


def test_it_is_sent_again_until_patience_is_over(world, own, far):
    waiting = own.ask(a_request(), FAR, patience=4.0)
    world.pass_time(3.9)
    assert len(far.received()) == 4
    assert not waiting.done
    world.pass_time(0.3)
    assert (waiting.result().status_code, waiting.result().response) == (408, None)
    world.pass_time(40)
    assert far.received() == []
    assert world.engine.counts()["transactions"] == 0


def test_an_answer_that_comes_too_late_changes_nothing(world, own, far):
    waiting = own.ask(a_request(), FAR, patience=4.0)
    (request,) = far.received()
    world.pass_time(5)
    far.send(make_response(request, 200, to_tag="t"))
    assert (waiting.result().status_code, len(own)) == (408, 0)


def test_without_less_patience_timer_f_ends_it(world, own, far):
    waiting = own.ask(a_request(), FAR)
    world.pass_time(TIMER_F - 1)
    assert not waiting.done
    world.pass_time(2)
    assert waiting.result().status_code == 408


def test_what_cannot_be_sent(world, own, far):
    waiting = own.ask(a_request(), FAR, patience=4.0)
    world.engine.flow_failed(FAR, "no route to host")
    assert (waiting.result().status_code, waiting.result().response) == (503, None)
    assert own.ask(a_request(MAX_DATAGRAM), FAR).result().status_code == 503
    assert len(own) == 0


def test_whoever_breaks_on_an_answer_breaks_nothing_else(world, own, far):
    own.ask(a_request(), FAR).add_wake_up(lambda: 1 // 0)
    (request,) = far.received()
    far.send(make_response(request, 200, to_tag="t"))
    assert (world.telemetry.exceptions, len(own)) == (1, 0)


def test_our_own_fault_is_an_answer_too(world, own, far, monkeypatch):
    waiting = own.ask(a_request(), FAR)
    (request,) = far.received()
    monkeypatch.setattr("sipedge.handlers.own_requests._Asked.response", lambda *_: 1 // 0)
    far.send(make_response(request, 200, to_tag="t"))
    assert (waiting.result().status_code, world.telemetry.exceptions, len(own)) == (503, 1, 0)
