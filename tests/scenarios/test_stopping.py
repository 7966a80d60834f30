"""SIGTERM while calls ring and phones register: nobody is left without an answer, nothing acknowledged is lost."""

import signal
import time
from collections.abc import Sequence

from calls.models import Call
from subscribers.models import Binding
from tests.ports import GATEWAY
from tests.scenarios.provisioning import Exchange
from tests.scenarios.running import RunningEdge
from tests.scenarios.sip_calls import IncomingCall, OutgoingCall
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Received

MOST_SECONDS = 10.0
NUMBERS = ("+4311001", "+4311002", "+4311003")
REGISTERING = 200


def test_sigterm_during_calls_and_registrations(
    edge: RunningEdge, exchange: Exchange, phone: Endpoint, gateway: Endpoint
) -> None:
    for number, e164 in enumerate(NUMBERS):
        assert phone.register(exchange.phone(f"callee{number}", e164)).status == 200
    requests = phone.signed_registers(exchange.phones(REGISTERING))
    ringing = [_ringing_call(gateway, phone, e164) for e164 in NUMBERS]
    for data in requests[: REGISTERING // 2]:
        phone.send(data)
    first = phone.next(lambda message: message.status == 200 and message.method == "REGISTER", "a registration")
    edge.program.process.send_signal(signal.SIGTERM)
    since = time.monotonic()
    for data in requests[REGISTERING // 2 :]:
        phone.send(data)
    one_that_heeds = ringing[0][1]
    one_that_heeds.hears_cancel()
    assert edge.program.end() == 0
    assert time.monotonic() - since < MOST_SECONDS
    assert [call.final().status for call, _ in ringing] == [503] * len(NUMBERS)
    assert set(Call.objects.values_list("state", "status_code")) == {("ended", 503)}
    _all_acknowledged_are_stored([first, *phone.all_now()])


def _ringing_call(gateway: Endpoint, phone: Endpoint, e164: str) -> tuple[OutgoingCall, IncomingCall]:
    caller = OutgoingCall.begin(gateway, f"sip:{e164}@localhost", f"sip:+43720123456@{GATEWAY}")
    callee = IncomingCall.ringing(phone)
    caller.hears_status(180)
    return caller, callee


def _all_acknowledged_are_stored(received: Sequence[Received]) -> None:
    answers = [message for message in received if message.status and message.method == "REGISTER"]
    assert {message.status for message in answers} <= {200, 503}
    acknowledged = {
        message.get("To").partition("@")[0].partition(":")[2] for message in answers if message.status == 200
    }
    assert acknowledged
    assert acknowledged <= set(Binding.objects.values_list("subscriber__username", flat=True))


def test_a_call_that_stands_outlives_a_restart_by_sigterm(
    edge: RunningEdge, exchange: Exchange, phone: Endpoint, gateway: Endpoint
) -> None:
    phone.register(exchange.phone("alice", NUMBERS[0]))
    caller, callee = _ringing_call(gateway, phone, NUMBERS[0])
    callee.answer()
    caller.hears_status(200)
    callee.hears("ACK")
    assert edge.program.end() == 0
    edge.start()
    assert caller.hang_up_heard_by(callee) == 200
    assert Call.objects.get().answered_at is not None


def test_who_asks_again_and_again_gets_no_other_end(edge: RunningEdge) -> None:
    process = edge.program.process
    deadline = time.monotonic() + MOST_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        process.send_signal(signal.SIGTERM)
    assert process.poll() == 0
