"""Registrations at a running edge: what is acknowledged is committed, whatever comes beside or after it."""

from collections.abc import Callable

import pytest

from subscribers.models import Binding
from tests.scenarios.provisioning import Exchange
from tests.scenarios.running import RunningEdge
from tests.scenarios.sip_calls import IncomingCall, OutgoingCall, connect
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account, Received
from tests.scenarios.waiting import eventually

Breaks = Callable[[Endpoint, Account, Received], bytes]


def _with_nul(phone: Endpoint, account: Account, challenged: Received) -> bytes:
    return phone.signed_register(account, challenged, contact=f"<sip:a\0b@{phone.host}:{phone.port}>")


def _with_endless_contact(phone: Endpoint, account: Account, challenged: Received) -> bytes:
    return phone.signed_register(account, challenged, contact=f"<sip:{'a' * 2000}@{phone.host}:{phone.port}>")


def _with_huge_cseq(phone: Endpoint, account: Account, challenged: Received) -> bytes:
    return phone.signed_register(account, challenged, cseq=2**63)


@pytest.mark.parametrize("broken", [_with_nul, _with_endless_contact, _with_huge_cseq])
def test_one_bad_register_among_forty_good_ones_is_refused_alone(
    edge: RunningEdge, exchange: Exchange, phone: Endpoint, broken: Breaks
) -> None:
    *good, bad = exchange.phones(41)
    requests = phone.signed_registers(good)
    requests.insert(20, broken(phone, bad, phone.challenge(bad)))
    statuses = [answer.status for answer in phone.transact_all(requests)]
    assert statuses.pop(20) == 400
    assert statuses == [200] * 40
    assert sorted(Binding.objects.values_list("subscriber__username", flat=True)) == sorted(a.username for a in good)


@pytest.mark.parametrize("where", ["User-Agent", "Call-ID", "From"])
def test_bytes_that_are_no_text_harm_no_other_registration(
    edge: RunningEdge, exchange: Exchange, phone: Endpoint, where: str
) -> None:
    *good, odd = exchange.phones(41)
    requests = phone.signed_registers(good)
    signed = phone.signed_register(odd, phone.challenge(odd), headers=[("User-Agent", "a phone")])
    requests.insert(20, _with_noise_in(where, signed))
    statuses = [answer.status for answer in phone.transact_all(requests)]
    assert statuses.pop(20) in (200, 400)
    assert statuses == [200] * 40
    assert Binding.objects.filter(subscriber__username__in=[account.username for account in good]).count() == 40


def _with_noise_in(name: str, data: bytes) -> bytes:
    start = data.index(f"\r\n{name}: ".encode()) + len(name) + 4
    return data[:start] + b'"\xff\xc3" ' * (name == "From") + b"\xff\xc3\xfe" * (name != "From") + data[start:]


def test_five_hundred_acknowledged_registrations_outlive_a_killed_edge(
    edge: RunningEdge, exchange: Exchange, phone: Endpoint, gateway: Endpoint
) -> None:
    callee = exchange.phone("callee", "+4311001")
    accounts = [*exchange.phones(499), callee]
    answers = phone.transact_all(phone.signed_registers(accounts))
    edge.kill()
    assert [answer.status for answer in answers] == [200] * 500
    assert Binding.objects.count() == 500
    edge.start()
    caller = OutgoingCall.begin(gateway, "sip:+4311001@localhost", "sip:+43720123456@127.0.0.2")
    connect(caller, IncomingCall.ringing(phone))


def test_a_restarted_edge_takes_the_next_refresh_of_a_phone(
    edge: RunningEdge, exchange: Exchange, phone: Endpoint
) -> None:
    alice = exchange.phone("alice")
    assert phone.register(alice).status == 200
    edge.kill()
    edge.start()
    assert phone.register(alice).status == 200
    assert Binding.objects.count() == 1


def test_flows_that_ended_with_the_edge_are_skipped_and_swept(
    edge: RunningEdge, exchange: Exchange, phone: Endpoint, gateway: Endpoint
) -> None:
    callee = exchange.phone("callee", "+4311001")
    with Endpoint(edge.address, transport="tcp") as stream:
        contact = f'<{stream.contact("callee")};ob>;reg-id=1;+sip.instance="<urn:uuid:1>"'
        flow = [("Supported", "path, outbound")]
        asked = stream.signed_register(callee, stream.challenge(callee), contact=contact, headers=flow)
        answer = stream.transact(asked)
        assert (answer.status, answer.get("Require")) == (200, "outbound")
        edge.kill()
    assert Binding.objects.get().reg_id == 1
    edge.start()
    assert phone.register(callee).status == 200
    caller = OutgoingCall.begin(gateway, "sip:+4311001@localhost", "sip:+43720123456@127.0.0.2")
    connect(caller, IncomingCall.ringing(phone))
    eventually(lambda: not Binding.objects.filter(reg_id=1), "the sweep", 15)
    assert Binding.objects.count() == 1
