"""What is changed in the panel counts at a running edge within a second, and at once for what it ends."""

import time
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from numbering.actions import assign_number, end_quarantine, release_number
from numbering.models import PhoneNumber
from subscribers.actions import remove_binding, rotate_credential, suspend_subscriber
from subscribers.models import Binding, SipCredential, Subscriber
from tests.factories.accounts import UserFactory
from tests.ports import GATEWAY
from tests.scenarios.provisioning import Exchange
from tests.scenarios.running import RunningEdge
from tests.scenarios.sip_calls import OutgoingCall, answer_to
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account, Received, token
from tests.scenarios.waiting import eventually

SOON = 1.0  # seconds
PSTN = f"sip:+43720123456@{GATEWAY}"


def _within_a_second(since: float, probe: Callable[[], bool], what: str) -> None:
    """The change at `since` (monotonic) is seen by the edge in time; asked again and again until it is."""
    eventually(probe, what, SOON - (time.monotonic() - since))


def _status_of_call(gateway: Endpoint, phone: Endpoint) -> int:
    """How a call to +4311001 ends: 486 where it rings `phone`, which is busy."""
    call = OutgoingCall.begin(gateway, "sip:+4311001@localhost", PSTN)

    def look() -> Received | None:
        if invite := phone.find(lambda message: message.start.startswith("INVITE ")):
            phone.send(answer_to(invite, "486 Busy Here", f"{invite.get('To')};tag={token()}"))
        return call.final_by_now()

    final = eventually(look, "the call's end")
    assert final is not None
    return final.status


@pytest.fixture
def alice(exchange: Exchange, edge: RunningEdge, phone: Endpoint) -> Account:
    """Alice, whose phone is registered, so that the edge has all about her in memory."""
    account = exchange.phone("alice", "+4311001")
    assert phone.register(account).status == 200
    return account


def test_a_rotated_password_counts_and_the_old_one_does_not(alice: Account, phone: Endpoint) -> None:
    new = Account("alice", rotate_credential(SipCredential.objects.get()))
    since = time.monotonic()
    _within_a_second(since, lambda: phone.register(new).status == 200, "the new password")
    assert phone.register(alice).status == 401


def test_a_password_made_on_the_panels_page_counts(alice: Account, phone: Endpoint, client: Client) -> None:
    client.force_login(UserFactory(admin=True))
    subscriber = Subscriber.objects.get()
    page = reverse("admin:subscribers_subscriber_new_password", args=[subscriber.pk])
    answer = client.post(page, {"credential": str(SipCredential.objects.get().pk)})
    since = time.monotonic()
    password = dict(answer.context["secret"].rows)["Password"]
    _within_a_second(since, lambda: phone.register(Account("alice", password)).status == 200, "the page's password")
    assert phone.register(alice).status == 401


def test_a_suspended_subscriber_neither_registers_nor_calls_nor_is_called(
    alice: Account, phone: Endpoint, gateway: Endpoint
) -> None:
    suspend_subscriber(Subscriber.objects.get())
    since = time.monotonic()
    _within_a_second(since, lambda: phone.register(alice).status == 403, "the suspension")
    assert OutgoingCall.begin_signed(phone, "sip:+43720123456@localhost", alice).final().status == 403
    assert _status_of_call(gateway, phone) in (404, 480)
    assert [m.start for m in gateway.all_now() if not m.status] == []


def test_a_number_that_moves_rings_the_new_owner(
    exchange: Exchange, alice: Account, edge: RunningEdge, gateway: Endpoint, phone: Endpoint
) -> None:
    bob = exchange.phone("bob")
    assert _status_of_call(gateway, phone) == 486
    number = PhoneNumber.objects.get()
    release_number(number)
    since = time.monotonic()
    _within_a_second(since, lambda: _status_of_call(gateway, phone) == 404, "the number is nobody's")
    end_quarantine(number)
    assign_number(number, Subscriber.objects.get(username="bob"))
    since = time.monotonic()
    _within_a_second(since, lambda: _status_of_call(gateway, phone) == 480, "the number is bob's, who has no phone")
    with Endpoint(edge.address) as other:
        other.register(bob)
        assert _status_of_call(gateway, other) == 486
    assert phone.find(lambda message: message.start.startswith("INVITE ")) is None


def test_a_binding_removed_in_the_panel_is_not_called(alice: Account, phone: Endpoint, gateway: Endpoint) -> None:
    assert _status_of_call(gateway, phone) == 486
    remove_binding(Binding.objects.get())
    since = time.monotonic()
    _within_a_second(since, lambda: _status_of_call(gateway, phone) == 480, "the binding is gone")
    assert phone.register(alice).status == 200
    assert _status_of_call(gateway, phone) == 486
