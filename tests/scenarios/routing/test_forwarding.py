"""Calls that go elsewhere than to the phones, SIPp as everybody who is called: each condition, chains, loops, lists."""

from typing import Final

import pytest

from calls.models import Call
from sipedge.routing.notes import MOST_DIVERSIONS
from tests.ports import GATEWAY
from tests.scenarios.routing.town import PSTN, NewTown, Town, local, subscriber_of
from tests.scenarios.sip_calls import OutgoingCall, answer_to
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Received
from tests.scenarios.sipp import Run
from tests.scenarios.waiting import eventually

pytestmark = pytest.mark.xdist_group("forwarding")

MOBILE: Final = "+43664123456"
HISTORY: Final = "127.0.0.11"


def _gateways(town: Town) -> None:
    town.gateway(HISTORY, prefix="43677", diverted_as="both")


@pytest.fixture(scope="module")
def town(new_town: NewTown) -> Town:
    return new_town(_gateways)


def _records(run: Run) -> tuple[Call, list[Call]]:
    """The call's record and those of its legs, when all have ended."""
    call_id = run.heard()[0].get("Call-ID")
    ended = Call.objects.filter(sip_call_id=call_id, parent=None, state="ended")
    call = eventually(ended.first, "the record")
    assert call is not None
    eventually(lambda: not call.legs.exclude(state="ended").exists(), "its legs have ended")
    return call, list(call.legs.order_by("started_at", "id"))


def test_always(town: Town) -> None:
    town.line("always", "+4311101", forwards={"always": [MOBILE]})
    gateway = town.answers(GATEWAY)
    call = town.call_in(local("+4311101"))
    invite = gateway.called()
    call.succeeds()
    assert invite.uri.startswith(f"sip:{MOBILE}@{GATEWAY}")
    assert invite.get_all("Diversion") == [f"<{local('+4311101')}>;reason=unconditional;counter=1"]
    main, (leg,) = _records(call)
    assert (main.direction, main.status_code, main.ended_by) == ("inbound", 200, "caller")
    assert (leg.direction, leg.status_code, leg.callee_number) == ("outbound", 200, MOBILE)
    assert leg.caller_subscriber == main.callee_subscriber
    assert leg.gateway_out is not None


def test_busy(town: Town) -> None:
    line = town.line("busy", "+4311102", forwards={"busy": [MOBILE]})
    phone, gateway = town.busy(line), town.answers(GATEWAY)
    call = town.call_in(local("+4311102"))
    phone.succeeds()
    assert "reason=user-busy" in gateway.called().get("Diversion")
    assert call.final_status() == 200


def test_who_does_not_want_to_be_disturbed_forwards_as_busy(town: Town) -> None:
    town.line("asleep", "+4311103", forwards={"busy": [MOBILE]}, do_not_disturb=True)
    gateway = town.answers(GATEWAY)
    town.call_in(local("+4311103")).succeeds()
    assert "reason=user-busy" in gateway.called().get("Diversion")


def test_no_answer(town: Town) -> None:
    line = town.line("away", "+4311104", forwards={"no_answer": [MOBILE]})
    phone, gateway = town.rings(line), town.answers(GATEWAY)
    call = town.call_in(local("+4311104"))
    phone.succeeds()
    assert "reason=no-answer" in gateway.called().get("Diversion")
    assert call.final_status() == 200
    main, (leg,) = _records(call)
    assert leg.started_at is not None
    assert main.ringing_at is not None
    assert 4 < (leg.started_at - main.started_at).total_seconds() < 10


def test_not_registered(town: Town) -> None:
    town.subscriber("nowhere", "+4311105", forwards={"not_registered": [MOBILE]})
    gateway = town.answers(GATEWAY)
    town.call_in(local("+4311105")).succeeds()
    assert "reason=unavailable" in gateway.called().get("Diversion")


def test_parallel_ringing_of_an_external_number(town: Town) -> None:
    line = town.line("both", "+4311106", forwards={"parallel": [MOBILE]})
    phone, gateway = town.rings(line), town.answers(GATEWAY)
    town.call_in(local("+4311106")).succeeds()
    assert "reason=follow-me" in gateway.called().get("Diversion")
    phone.succeeds()  # its CANCEL


def test_what_a_gateway_is_told_in_history_info(town: Town) -> None:
    town.subscriber("history", "+4311107", forwards={"always": ["+43677123456"]})
    gateway = town.answers(HISTORY)
    town.call_in(local("+4311107")).succeeds()
    invite = gateway.called()
    assert invite.get("Diversion") == f"<{local('+4311107')}>;reason=unconditional;counter=1"
    assert invite.get_all("History-Info") == [
        f"<{local('+4311107')}>;index=1",
        f"<sip:+43677123456@{HISTORY};cause=302>;index=1.1",
    ]


def test_a_chain(town: Town) -> None:
    """The first forwards always, the second when busy, the third is registered nowhere: the call leaves as his."""
    town.subscriber("chain1", "+4311111", forwards={"always": ["+4311112"]})
    second = town.line("chain2", "+4311112", forwards={"busy": [local("chain3")]})
    third = town.subscriber("chain3", "+4311113", forwards={"not_registered": [MOBILE]})
    phone, gateway = town.busy(second), town.answers(GATEWAY)
    call = town.call_in(local("+4311111"))
    phone.succeeds()
    invite = gateway.called()
    diversions = ", ".join(invite.get_all("Diversion")).split(", ")
    assert [value.partition(";counter")[0] for value in diversions] == [
        f"<{local('+4311113')}>;reason=unavailable",
        f"<{local('+4311112')}>;reason=user-busy",
        f"<{local('+4311111')}>;reason=unconditional",
    ]
    main, legs = _records(call)
    assert main.status_code == 200
    assert legs[-1].caller_subscriber == subscriber_of(third)


def test_a_loop_is_482_and_nothing_is_sent_for_it(town: Town) -> None:
    town.line("loop1", "+4311121", forwards={"always": ["+4311122"]})
    town.line("loop2", "+4311122", forwards={"always": ["+4311121"]})
    with Endpoint(town.edge.address, GATEWAY, town.port) as carrier:
        call = town.call_in(local("+4311121"))
        assert call.final_status() == 482
        assert [message.status for message in call.heard()] == [100, 482]
        assert carrier.all_now() == []


def test_a_loop_by_way_of_the_carrier_ends_after_some_rounds(town: Town) -> None:
    """The carrier sends the call back each time, and keeps Diversion, which is all that the calls have in common."""
    town.subscriber("boomerang", "+4311123", forwards={"always": [MOBILE]})
    before = _invites(town)
    edge = town.edge.address
    with Endpoint(edge, GATEWAY, town.port) as carrier, Endpoint(edge, GATEWAY) as caller:
        rounds = [OutgoingCall.begin(caller, local("+4311123"), PSTN)]
        came: list[Received] = []
        while not (message := _goes_on(carrier, rounds[-1])).status:
            carrier.send(answer_to(message, "100 Trying"))
            came.append(message)
            diverted = [("Diversion", value) for value in message.get_all("Diversion")]
            rounds.append(OutgoingCall.begin(caller, local("+4311123"), PSTN, diverted))
        assert message.status == 482
        for call, invite in zip(rounds, came, strict=False):
            carrier.send(answer_to(invite, "482 Loop Detected", f"{invite.get('To')};tag=loop"))
            carrier.next(lambda answer: answer.start.startswith("ACK "), "an ACK")
            assert call.final().status == 482
    assert len(rounds) == _invites(town) - before == MOST_DIVERSIONS + 1


def _goes_on(carrier: Endpoint, call: OutgoingCall) -> Received:
    """What comes of a call first: its INVITE at the carrier again, or its end."""

    def look() -> Received | None:
        return carrier.find(lambda message: message.start.startswith("INVITE ")) or call.final_by_now()

    found = eventually(look, "the next round")
    assert found is not None
    return found


def _invites(town: Town) -> float:
    """How many INVITEs the edge has got."""
    return town.edge.figure('freiton_sip_requests_total{method="INVITE"}')


def test_a_list_in_its_order(town: Town) -> None:
    """The first is busy, the second has no phone, the third rings in vain, the fourth is outside and answers."""
    first, third = town.line("first", "+4311131"), town.line("third", "+4311133")
    town.subscriber("second", "+4311132")
    town.subscriber("list", "+4311130", forwards={"always": ["+4311131", "+4311132", "+4311133", MOBILE]})
    busy, rings, gateway = town.busy(first), town.rings(third), town.answers(GATEWAY)
    call = town.call_in(local("+4311130"))
    busy.succeeds()
    rings.succeeds()
    gateway.succeeds()
    assert call.final_status() == 200
    _, legs = _records(call)
    assert [(leg.callee_number, leg.status_code) for leg in legs] == [
        ("+4311131", 486), ("+4311133", 408), (MOBILE, 200),
    ]  # fmt: skip


def test_a_forwarding_abroad_needs_the_leave_of_who_forwards(town: Town) -> None:
    """The caller, who may call abroad, does not lend it."""
    traveller = town.subscriber("traveller", "+4311141", international=True)
    town.subscriber("homely", "+4311142", forwards={"always": ["+4930123456"]})
    assert town.call_out(traveller, local("+4311142")).final_status() == 403
