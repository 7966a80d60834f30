"""A running edge is told to end a call, by an admin or the sweep: both sides hear it on the wire, also after a kill."""

from datetime import timedelta

import pytest
from django.db.models import F

from calls import tasks
from calls.actions import hang_up
from calls.models import Call
from tests.ports import GATEWAY
from tests.scenarios.provisioning import Exchange
from tests.scenarios.running import RunningEdge
from tests.scenarios.sip_calls import IncomingCall, OutgoingCall, connect
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account
from tests.scenarios.waiting import eventually

PSTN = f"sip:+43720123456@{GATEWAY}"


@pytest.fixture
def alice(exchange: Exchange) -> Account:
    """Alice, who has +4311001."""
    return exchange.phone("alice", "+4311001")


def _ended() -> Call:
    found = eventually(Call.objects.filter(state="ended").first, "the call has ended")
    assert found is not None
    return found


@pytest.mark.parametrize("was_killed", [False, True])
def test_both_sides_get_a_bye(
    alice: Account, edge: RunningEdge, phone: Endpoint, gateway: Endpoint, was_killed: bool
) -> None:
    phone.register(alice)
    caller = OutgoingCall.begin(gateway, "sip:+4311001@localhost", PSTN)
    callee = IncomingCall.ringing(phone)
    connect(caller, callee)
    eventually(lambda: Call.objects.filter(state="answered").exists(), "the answered call is stored")
    if was_killed:
        edge.kill()
        edge.start()
    hang_up(Call.objects.get(), "admin")
    for side in (caller, callee):
        assert "Ended by the exchange" in side.hears("BYE").get("Reason")
    record = _ended()
    assert (record.ended_by, record.cause, record.status_code) == ("admin", 31, 200)


def test_what_rings_is_cancelled(alice: Account, edge: RunningEdge, phone: Endpoint, gateway: Endpoint) -> None:
    phone.register(alice)
    caller = OutgoingCall.begin(gateway, "sip:+4311001@localhost", PSTN)
    callee = IncomingCall.ringing(phone)
    caller.hears_status(180)
    eventually(lambda: Call.objects.filter(state="ringing").exists(), "the ringing call is stored")
    hang_up(Call.objects.get(), "admin")
    callee.hears_cancel()
    assert caller.final().status == 487
    assert _ended().ended_by == "admin"


def test_what_goes_on_for_too_long_is_ended_on_the_wire(
    alice: Account, edge: RunningEdge, phone: Endpoint, gateway: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.register(alice)
    caller = OutgoingCall.begin(gateway, "sip:+4311001@localhost", PSTN)
    callee = IncomingCall.ringing(phone)
    connect(caller, callee)
    eventually(lambda: Call.objects.filter(state="answered").exists(), "the answered call is stored")
    day_and_a_minute = timedelta(hours=24, minutes=1)
    Call.objects.update(
        started_at=F("started_at") - day_and_a_minute,
        answered_at=F("answered_at") - day_and_a_minute,
        session_expires_at=None,
    )
    monkeypatch.setattr(tasks, "even_for", lambda: timedelta(days=3))
    assert tasks.sweep_abandoned_calls() == 0
    for side in (caller, callee):
        assert "Ended by the exchange" in side.hears("BYE").get("Reason")
    record = _ended()
    assert (record.ended_by, record.reason) == ("sweeper", "Lasted too long")
