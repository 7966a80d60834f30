import logging
import urllib.request
from uuid import UUID

import pytest

from sipedge.dialog.call import refused
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request
from sipedge.telemetry import Telemetry, clean, http_date
from tests.sipedge.dialog.test_call import begun

FLOW = Flow("udp", "192.0.2.50", 5060)


@pytest.fixture
def lines(caplog):
    logging.getLogger("sipedge").propagate = True
    caplog.set_level(logging.DEBUG, logger="sipedge")
    return lambda: [record.getMessage() for record in caplog.records]


def test_text_from_the_network_stays_on_its_line():
    assert clean("a\r\n= forged\x1b[2J\0") == "a??= forged?[2J?"
    assert clean("\udcff") == "?"
    assert len(clean("x" * 1000)) == 200
    assert clean(None) == ""


def test_a_call_tells_its_states(lines):
    Telemetry().call(begun())
    (line,) = lines()
    assert line.startswith("= call ")
    assert "trying: sip:x@pstn -> sip:011002@north.example, call-id=c1" in line


def test_a_call_that_was_refused_tells_why(lines):
    call = begun()
    Telemetry().call(refused(call, 403, "International calls are not enabled", call.started_at + 1))
    (line,) = lines()
    assert "ended 403 by edge (International calls are not enabled): sip:x@pstn" in line


def test_a_gateway_that_did_not_take_a_call_is_told_on_one_line_with_the_call(lines):
    telemetry, call = Telemetry(), begun()
    telemetry.gateway_tried(call, "A\nB", 503, "Service\r\nUnavailable", 0.25)
    telemetry.gateway_tried(call, "C", 200, "OK", 2.0)
    assert lines() == [
        f"= call {call.id} at gateway A?B: 503 Service??Unavailable, after 0.2 s, call-id=c1",
        f"= call {call.id} at gateway C: 200 OK, after 2.0 s, call-id=c1",
    ]


def test_messages_are_told_when_asked_for(lines):
    telemetry = Telemetry()
    message = Request("OPTIONS", "sip:x", [("Call-ID", "c1"), ("Authorization", "secret")])
    telemetry.received(message, FLOW)
    assert lines() == []
    telemetry.log_messages = True
    telemetry.received(message, FLOW)
    telemetry.sent(b"SIP/2.0 200 OK\r\nX: secret\r\n", FLOW)
    assert lines() == ["< udp:192.0.2.50:5060 OPTIONS sip:x call-id=c1", "> udp:192.0.2.50:5060 SIP/2.0 200 OK"]


def test_our_own_faults_are_errors_with_their_trace(caplog, lines):
    Telemetry().exception("handler", ZeroDivisionError("x"), Request("BYE", "sip:x", [("Call-ID", "c1")]))
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info
    assert "BYE sip:x, call-id=c1" in record.getMessage()


def test_what_is_no_message_is_a_security_event_told_once(lines):
    telemetry = Telemetry()
    for _ in range(5):
        telemetry.broken(FLOW, "no \r\nstart line")
    assert lines() == [
        r'! security source=192.0.2.50 event=broken_message transport=udp aor="" detail="no \u000d\u000astart line"'
    ]
    assert telemetry.count("broken_messages") == 5
    telemetry.refused_unread()
    assert telemetry.count("refused_unread") == 1


def test_metrics_are_served(unused_tcp_port):
    telemetry = Telemetry(lambda: {"transactions": 7})
    telemetry.received(Request("OPTIONS", "sip:x"), FLOW)
    telemetry.received(Request("B\nD", "sip:x"), FLOW)
    telemetry.responded("OPTIONS", 200)
    telemetry.broken(FLOW, "x")
    stop = telemetry.serve("127.0.0.1", unused_tcp_port)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{unused_tcp_port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
    finally:
        stop()
    assert 'freiton_sip_requests_total{method="OPTIONS"} 1.0' in text
    assert 'freiton_sip_requests_total{method="other"} 1.0' in text
    assert 'freiton_sip_responses_total{code="200",method="OPTIONS"} 1.0' in text
    assert "freiton_edge_transactions 7.0" in text
    assert 'freiton_security_events_total{kind="broken_message"} 1.0' in text


def test_a_taken_metrics_port_is_said(unused_tcp_port):
    stop = Telemetry().serve("127.0.0.1", unused_tcp_port)
    try:
        with pytest.raises(OSError, match="in use"):
            Telemetry().serve("127.0.0.1", unused_tcp_port)
    finally:
        stop()


def test_dates():
    assert http_date(784111777.9) == "Sun, 06 Nov 1994 08:49:37 GMT"


def test_a_call_that_ended_without_a_bye_is_told(lines):
    telemetry = Telemetry()
    telemetry.call_lost(UUID(int=7), "Session expired")
    assert lines() == [f"x call {UUID(int=7)} ended without a BYE: Session expired"]
    assert telemetry.count("calls_lost") == 1


def test_methods_that_strangers_make_up_are_one_figure():
    telemetry = Telemetry()
    for number in range(50):
        telemetry.received(Request(f"MADEUP{number}", "sip:x"), FLOW)
        telemetry.responded("X" * (1000 + number), 400)
    telemetry.responded("INVITE", 200)
    found = {metric.name: metric.samples for metric in telemetry.collect() if metric.name.startswith("freiton_sip")}
    assert [sample.labels for sample in found["freiton_sip_requests"]] == [{"method": "other"}]
    assert [sample.labels["method"] for sample in found["freiton_sip_responses"]] == ["other", "INVITE"]
    assert found["freiton_sip_responses"][0].value == 50
