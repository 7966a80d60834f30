from dataclasses import replace
from uuid import UUID

import pytest

from sipedge.dialog import call as calls
from sipedge.routing.decide import CallQuery
from sipedge.routing.decision import Attempt, Decision, Refused, ToGateways, ToSubscriber
from sipedge.sip.message import Request, Response
from sipedge.sip.uri import parse_uri
from tests.sipedge.routing.network import ALICE, BOB, PSTN, SPARE

KEY = UUID("0190f3a0-0000-7000-8000-000000000001")
NOW = 1_800_000_000.0


def invite(call_id="c1"):
    return Request(
        "INVITE",
        "sip:011002@north.example",
        [("From", "<sip:x@pstn>;tag=f"), ("To", "<sip:y@z>"), ("Call-ID", call_id)],
    )


def begun(caller=PSTN, outcome=None, call_id="c1"):
    request = invite(call_id)
    query = CallQuery("INVITE", request.uri, parse_uri("sip:x@pstn"), caller)
    outcome = outcome or ToSubscriber(BOB, ())
    return calls.begin(KEY, request, query, Decision(outcome, (), "+431999", "+4311002"), "edge1", NOW)


def test_a_call_in():
    call = begun()
    assert (call.direction, call.state, call.edge) == ("inbound", "trying", "edge1")
    assert (call.gateway_in_id, call.gateway_out_id) == (PSTN.id, None)
    assert (call.callee_subscriber_id, call.callee_customer_id, call.callee_reseller_id) == (BOB.id, 20, 1)
    assert call.caller_reseller_id is None
    assert (call.caller, call.callee) == ("sip:x@pstn", "sip:011002@north.example")
    assert (call.sip_call_id, call.from_tag) == ("c1", "f")


def test_a_call_between_subscribers():
    call = begun(ALICE)
    assert call.direction == "internal"
    assert (call.caller_subscriber_id, call.caller_reseller_id) == (ALICE.id, 1)


def test_a_caller_whose_settings_hide_it_is_anonymous_in_the_record():
    hiding = replace(ALICE, settings=ALICE.settings._replace(hides_number=True))
    assert begun(hiding).caller == "sip:anonymous@anonymous.invalid"
    assert begun(ALICE).caller == "sip:x@pstn"


def test_a_call_out():
    call = begun(ALICE, ToGateways((Attempt(SPARE, "1"),)))
    assert (call.direction, call.gateway_out_id, call.callee_subscriber_id) == ("outbound", SPARE.id, None)


def test_from_ring_to_answer():
    call = calls.ringing(begun(), NOW + 1)
    assert (call.state, call.ringing_at) == ("ringing", NOW + 1)
    assert calls.ringing(call, NOW + 2) is call
    call = calls.answered(call, Response(200, "OK", [("To", "<sip:y@z>;tag=t")]), NOW + 5)
    assert (call.state, call.answered_at, call.to_tag, call.status_code) == ("answered", NOW + 5, "t", 200)
    assert calls.answered(call, Response(200, "OK", [("To", "<sip:y@z>;tag=t")]), NOW + 6) is call
    assert calls.ringing(call, NOW + 7) is call


@pytest.mark.parametrize(
    ("caller", "outcome", "status", "response", "ended_by", "cause"),
    [
        (PSTN, None, 486, Response(486, "Busy Here"), "callee", 17),
        (PSTN, None, 480, Response(480, "", [("Reason", "Q.850;cause=20")]), "callee", 20),
        (PSTN, None, 408, None, "edge", 102),
        (PSTN, None, 487, Response(487, ""), "caller", 16),
        (PSTN, None, 487, None, "caller", 16),
        (ALICE, ToGateways((Attempt(PSTN, "1"),)), 404, Response(404, ""), "gateway", 1),
    ],
)
def test_a_call_that_fails(caller, outcome, status, response, ended_by, cause):
    call = calls.failed(begun(caller, outcome), status, response, NOW + 3)
    assert (call.state, call.ended_at, call.status_code) == ("ended", NOW + 3, status)
    assert (call.ended_by, call.cause) == (ended_by, cause)
    assert calls.answered(call, Response(200, ""), NOW + 4) is call


def test_a_call_that_is_refused_stays_so():
    call = calls.refused(begun(outcome=Refused(404, "no", None)), 404, "Number not assigned", NOW)
    assert (call.ended_by, call.reason, call.cause) == ("edge", "Number not assigned", 1)
    assert calls.refused(call, 500, "", NOW + 1) is call


def test_text_from_the_network_can_be_stored():
    call = begun(call_id="x" * 2000 + "\udcff")
    assert len(call.sip_call_id) == 512
    assert calls.storable("a\udcff\0b") == "a?b"


def test_keys_are_version_7_in_the_order_of_time():
    first, second = calls.call_key(NOW, b"\xff" * 10), calls.call_key(NOW + 0.001, b"\0" * 10)
    assert (first.version, second.version) == (7, 7)
    assert (first.variant, second.variant) == (UUID(int=0x8 << 60).variant,) * 2
    assert first < second
    assert calls.call_key(NOW, b"\1" * 10) != calls.call_key(NOW, b"\2" * 10)
