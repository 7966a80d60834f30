from uuid import UUID

from sipedge.dialog import leg
from sipedge.facts import CallRecord
from sipedge.routing.decision import Attempt, Diversion, ToGateways, ToSubscriber
from tests.sipedge.routing.network import ALICE, BOB, PSTN, SOUTH_ALICE

PARENT = CallRecord(UUID(int=1), "inbound", "trying", "c@x", "edge1", 5.0, from_tag="f", gateway_in_id=1)
BY_BOB = (Diversion(ALICE, "always", "+4311001"), Diversion(BOB, "busy", ""))


def test_a_call_forwarded_out_is_its_subscribers():
    outcome = ToGateways((Attempt(PSTN, "0664"),), BOB, "+43664", BY_BOB)
    record = leg.begin(UUID(int=2), PARENT, outcome, "north.example", 7.0)
    assert (record.direction, record.state, record.parent_id, record.started_at) == (
        "outbound",
        "trying",
        PARENT.id,
        7.0,
    )
    assert (record.caller, record.caller_number) == ("sip:bob@north.example", "+4311002")
    assert (record.callee, record.callee_number) == ("+43664", "+43664")
    assert (record.caller_subscriber_id, record.caller_customer_id, record.caller_reseller_id) == (2, 20, 1)
    assert (record.gateway_in_id, record.gateway_out_id, record.callee_subscriber_id) == (None, 1, None)


def test_a_call_forwarded_to_a_subscriber():
    record = leg.begin(UUID(int=2), PARENT, ToSubscriber(SOUTH_ALICE, (), diversions=BY_BOB), "north.example", 7.0)
    assert (record.direction, record.callee, record.callee_number) == ("internal", "alice", "")
    assert (record.callee_subscriber_id, record.callee_reseller_id) == (4, 2)
