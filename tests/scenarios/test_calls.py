"""Calls through a running edge, with the messages of both sides looked at."""

import pytest

from calls.models import Call
from numbering.models import PhoneNumber
from tests.ports import GATEWAY
from tests.scenarios.provisioning import Exchange
from tests.scenarios.running import RunningEdge
from tests.scenarios.sip_calls import IncomingCall, OutgoingCall, connect
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account, Received, credentials
from tests.scenarios.waiting import eventually

PSTN = f"sip:+43720123456@{GATEWAY}"


@pytest.fixture
def alice(exchange: Exchange) -> Account:
    """Alice, who has +4311001."""
    return exchange.phone("alice", "+4311001")


def _refused(gateway: Endpoint, uri: str) -> Received:
    return OutgoingCall.begin(gateway, uri, PSTN).final()


def _record(call: OutgoingCall) -> Call:
    """The call's record, once it has ended."""
    ended = Call.objects.filter(sip_call_id=call.call_id, state="ended")
    found = eventually(ended.first, "the call has ended")
    assert found is not None
    return found


def test_a_call_to_who_has_no_phone_registered_is_480(alice: Account, edge: RunningEdge, gateway: Endpoint) -> None:
    assert _refused(gateway, "sip:+4311001@localhost").status == 480


def test_a_call_to_a_number_that_nobody_has_is_404(
    exchange: Exchange, alice: Account, edge: RunningEdge, gateway: Endpoint
) -> None:
    PhoneNumber.objects.create(reseller=exchange.domain.reseller, e164="+4311003")
    assert _refused(gateway, "sip:+4311003@localhost").status == 404


@pytest.mark.parametrize("dialled", ["+4311999", "+4930123456", "004930123456"])
def test_a_call_from_the_gateway_never_leaves_by_it(edge: RunningEdge, gateway: Endpoint, dialled: str) -> None:
    assert _refused(gateway, f"sip:{dialled}@localhost").status == 404
    assert edge.answers()
    assert [message.start for message in gateway.all_now() if not message.status] == []


def test_a_call_out_reaches_the_gateway_with_the_callers_number(
    alice: Account, edge: RunningEdge, phone: Endpoint, gateway: Endpoint
) -> None:
    phone.register(alice)
    caller = OutgoingCall.begin_signed(phone, "sip:+43720123456@localhost", alice)
    callee = IncomingCall.ringing(gateway)
    assert callee.invite.uri.startswith(f"sip:+43720123456@{GATEWAY}")
    assert callee.invite.get_all("P-Asserted-Identity") == ["<sip:+4311001@localhost>"]
    assert callee.invite.get_all("Proxy-Authorization") == []
    connect(caller, callee)
    assert caller.hang_up_heard_by(callee) == 200
    record = _record(caller)
    assert (record.direction, record.callee_number, record.ended_by) == ("outbound", "+43720123456", "caller")


def test_a_subscriber_calls_another_one_by_number(
    exchange: Exchange, alice: Account, edge: RunningEdge, phone: Endpoint
) -> None:
    bob = exchange.phone("bob", "+4311002")
    with Endpoint(edge.address) as other:
        phone.register(alice)
        other.register(bob)
        caller = OutgoingCall.begin_signed(phone, "sip:011002@localhost", alice)
        callee = IncomingCall.ringing(other)
        connect(caller, callee)
        assert callee.hang_up_heard_by(caller) == 200
    record = _record(caller)
    assert (record.direction, record.caller_number, record.callee_number) == ("internal", "+4311001", "+4311002")
    assert record.ended_by == "callee"


def test_a_stranger_cannot_call_at_all(alice: Account, edge: RunningEdge, phone: Endpoint, gateway: Endpoint) -> None:
    with Endpoint(edge.address) as stranger:
        phone.register(alice)
        for uri in ("sip:+4311001@localhost", "sip:alice@localhost", "sip:+43720123456@localhost"):
            assert OutgoingCall.begin(stranger, uri, "sip:alice@localhost").final().status == 407
    assert phone.all_now() == gateway.all_now() == []


def test_a_call_over_the_tcp_connection_that_a_phone_registered_by(
    alice: Account, edge: RunningEdge, gateway: Endpoint
) -> None:
    with Endpoint(edge.address, transport="tcp") as phone:
        assert phone.register(alice, contact="<sip:alice@192.0.2.77:5060;transport=tcp>").status == 200
        caller = OutgoingCall.begin(gateway, "sip:+4311001@localhost", PSTN)
        callee = IncomingCall.ringing(phone)
        assert callee.invite.get("Via").startswith("SIP/2.0/TCP")
        connect(caller, callee)
        assert callee.hang_up_heard_by(caller) == 200
        assert _record(caller).ended_by == "callee"


def test_a_cancelled_call_stops_ringing(alice: Account, edge: RunningEdge, phone: Endpoint, gateway: Endpoint) -> None:
    phone.register(alice)
    caller = OutgoingCall.begin(gateway, "sip:+4311001@localhost", PSTN)
    callee = IncomingCall.ringing(phone)
    caller.hears_status(180)
    assert caller.cancel().status == 200
    callee.hears_cancel()
    assert caller.final().status == 487
    record = _record(caller)
    assert (record.status_code, record.ended_by, record.answered_at) == (487, "caller", None)


def test_a_bye_ends_the_record_of_a_call_that_is_older_than_the_edge(
    alice: Account, edge: RunningEdge, phone: Endpoint, gateway: Endpoint
) -> None:
    phone.register(alice)
    caller = OutgoingCall.begin(gateway, "sip:+4311001@localhost", PSTN)
    callee = IncomingCall.ringing(phone)
    connect(caller, callee)
    eventually(lambda: Call.objects.filter(state="answered").exists(), "the answered call is stored")
    edge.kill()
    edge.start()
    assert callee.hang_up_heard_by(caller) == 200
    record = _record(caller)
    assert (record.ended_by, record.status_code, record.cause) == ("callee", 200, 16)
    assert Call.objects.count() == 1


def test_all_phones_of_a_subscriber_ring_until_one_answers(
    alice: Account, edge: RunningEdge, phone: Endpoint, gateway: Endpoint
) -> None:
    with Endpoint(edge.address) as other:
        phone.register(alice)
        other.register(alice)
        caller = OutgoingCall.begin(gateway, "sip:+4311001@localhost", PSTN)
        rings, answers = IncomingCall.ringing(phone), IncomingCall.ringing(other)
        connect(caller, answers)
        rings.hears_cancel()
        assert caller.hang_up_heard_by(answers) == 200
    assert _record(caller).status_code == 200
    assert [message.start for message in gateway.all_now() if message.status >= 300] == []


def test_a_phone_that_asks_for_its_own_messages_is_told_that_nobody_keeps_them(
    alice: Account, edge: RunningEdge, phone: Endpoint
) -> None:
    phone.register(alice)
    asked = phone.request("SUBSCRIBE", alice.uri, alice.uri, alice.uri, headers=[("Event", "message-summary")])
    challenged = phone.transact(asked)
    assert challenged.status == 407
    signature = credentials(challenged, alice, "SUBSCRIBE", alice.uri)
    headers = [("Event", "message-summary"), ("Contact", f"<{phone.contact()}>"), signature]
    asked = phone.request("SUBSCRIBE", alice.uri, alice.uri, alice.uri, headers=headers)
    assert phone.transact(asked).status == 489
    assert phone.all_now() == []


def test_a_gateway_may_ask_whether_the_edge_is_there(edge: RunningEdge, gateway: Endpoint) -> None:
    uri = "sip:{}:{}".format(*edge.address)
    assert gateway.transact(gateway.request("OPTIONS", uri, PSTN, uri)).status == 200
