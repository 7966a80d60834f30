"""A telephone in a browser (RFC 7118), scripted: it registers by WebSocket, calls a UDP phone, and is called by it."""

from collections.abc import Iterator
from typing import Final

import pytest
from websockets.exceptions import InvalidStatus

from tests.scenarios.running import Platform
from tests.scenarios.sip_calls import SDP, IncomingCall, OutgoingCall, Side, answer_to, connect
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account, Headers, read
from tests.scenarios.waiting import eventually

pytestmark = pytest.mark.xdist_group("platform")

TRANSPORTS: Final = ("ws", "wss")


@pytest.fixture(params=TRANSPORTS)
def browser(request: pytest.FixtureRequest, platform: Platform, accounts: dict[str, Account]) -> Iterator[Endpoint]:
    """Alice's browser, on a page of the portal."""
    transport = str(request.param)
    with Endpoint(
        platform.place(transport), transport=transport, authority=platform.authority, origin=platform.portal
    ) as endpoint:
        yield endpoint


@pytest.fixture
def phone(platform: Platform, accounts: dict[str, Account]) -> Iterator[Endpoint]:
    """Bob's phone, registered by UDP."""
    with Endpoint(platform.edge) as endpoint:
        endpoint.register(accounts["bob"])
        yield endpoint
        endpoint.unregister_all(accounts["bob"])


def _outcome(platform: Platform, call_id: str) -> tuple[int, str]:
    call = platform.ended_call(call_id)
    return call["status_code"], call["ended_by"]


def test_a_browser_calls_a_phone_and_either_hangs_up(
    platform: Platform, browser: Endpoint, phone: Endpoint, accounts: dict[str, Account]
) -> None:
    alice, bob = accounts["alice"], accounts["bob"]
    assert browser.register(alice).status == 200
    caller = OutgoingCall.begin_signed(browser, bob.uri, alice)
    callee = IncomingCall.ringing(phone)
    caller.hears_status(180)
    assert callee.invite.get("Via").startswith("SIP/2.0/UDP")
    connect(caller, callee)
    assert caller.hang_up_heard_by(callee) == 200
    assert _outcome(platform, caller.call_id) == (200, "caller")

    caller = OutgoingCall.begin_signed(browser, bob.uri, alice)
    callee = IncomingCall.ringing(phone)
    connect(caller, callee)
    assert callee.hang_up_heard_by(caller) == 200
    assert _outcome(platform, caller.call_id) == (200, "callee")


def test_a_phone_calls_a_browser_and_either_hangs_up(
    platform: Platform, browser: Endpoint, phone: Endpoint, accounts: dict[str, Account]
) -> None:
    alice, bob = accounts["alice"], accounts["bob"]
    assert browser.register(alice).status == 200
    for hangs_up in ("caller", "callee"):
        caller = OutgoingCall.begin_signed(phone, alice.uri, bob)
        callee = IncomingCall.ringing(browser)
        assert callee.invite.get("Via").startswith(f"SIP/2.0/{browser.transport.upper()} ")
        connect(caller, callee)
        first, second = (caller, callee) if hangs_up == "caller" else (callee, caller)
        assert first.hang_up_heard_by(second) == 200
        assert _outcome(platform, caller.call_id) == (200, hangs_up)


def test_a_browser_and_a_phone_hold_and_transfer_their_call(
    platform: Platform, browser: Endpoint, phone: Endpoint, accounts: dict[str, Account]
) -> None:
    browser.register(accounts["alice"])
    caller = OutgoingCall.begin_signed(browser, accounts["bob"].uri, accounts["alice"])
    callee = IncomingCall.ringing(phone)
    connect(caller, callee)
    for one, other in ((caller, callee), (callee, caller)):
        _hold(one, other)
        _transfer(one, other, accounts["carol"].uri)
    assert callee.hang_up_heard_by(caller) == 200
    assert _outcome(platform, caller.call_id) == (200, "callee")


def _hold(one: Side, other: Side) -> None:
    """A re-INVITE, its answer and its ACK."""
    headers = [("Content-Type", "application/sdp")]
    invite = one.request("INVITE", headers, SDP + b"a=sendonly\r\n")
    one.endpoint.send(invite)
    heard = other.hears("INVITE")
    assert heard.body.endswith(b"a=sendonly\r\n")
    contact = ("Contact", f"<{other.endpoint.contact()}>")
    other.endpoint.send(answer_to(heard, "200 OK", headers=[contact, *headers], body=SDP + b"a=recvonly\r\n"))
    one.endpoint.next(lambda m: m.status == 200 and m.transaction == read(invite).transaction, "200 to a re-INVITE")
    one.endpoint.send(one.request("ACK"))
    other.hears("ACK")


def _transfer(one: Side, other: Side, target: str) -> None:
    """A REFER, and the NOTIFY that says what became of it (RFC 3515)."""
    _asked(one, other, "REFER", [("Refer-To", f"<{target}>")], "202 Accepted")
    _asked(other, one, "NOTIFY", [("Event", "refer"), ("Subscription-State", "terminated;reason=noresource")], "200 OK")


def _asked(one: Side, other: Side, method: str, headers: Headers, status: str) -> None:
    request = one.request(method, headers)
    one.endpoint.send(request)
    heard = other.hears(method)
    assert all(heard.get(name) == value for name, value in headers)
    other.endpoint.send(answer_to(heard, status))
    answered = one.endpoint.next(lambda m: m.status >= 200 and m.transaction == read(request).transaction, status)
    assert answered.start.endswith(status)


def test_a_call_ends_whose_browser_is_gone(
    platform: Platform, browser: Endpoint, phone: Endpoint, accounts: dict[str, Account]
) -> None:
    browser.register(accounts["alice"])
    caller = OutgoingCall.begin_signed(phone, accounts["alice"].uri, accounts["bob"])
    connect(caller, IncomingCall.ringing(browser))
    browser.close()
    eventually(lambda: not platform.registrations(accounts["alice"]), "the registration has ended")
    assert phone.transact(caller.request("BYE")).status >= 400
    assert _outcome(platform, caller.call_id) == (200, "caller")


def test_a_call_to_a_browser_is_refused_or_given_up(
    platform: Platform, browser: Endpoint, phone: Endpoint, accounts: dict[str, Account]
) -> None:
    alice, bob = accounts["alice"], accounts["bob"]
    browser.register(alice)
    for status, reason in ((486, "Busy Here"), (603, "Decline")):
        caller = OutgoingCall.begin_signed(phone, alice.uri, bob)
        IncomingCall.ringing(browser).reply(f"{status} {reason}")
        assert caller.final().status == status
        assert _outcome(platform, caller.call_id) == (status, "callee")
    caller = OutgoingCall.begin_signed(phone, alice.uri, bob)
    callee = IncomingCall.ringing(browser)
    caller.hears_status(180)
    assert caller.cancel().status == 200
    callee.hears_cancel()
    assert caller.final().status == 487
    assert _outcome(platform, caller.call_id) == (487, "caller")


def test_a_registration_ends_with_its_connection(
    platform: Platform, browser: Endpoint, phone: Endpoint, accounts: dict[str, Account]
) -> None:
    alice = accounts["alice"]
    assert browser.register(alice).status == 200
    [row] = platform.registrations(alice)
    assert (row["transport"], ".invalid" in row["contact"]) == (browser.transport, True)
    browser.close()
    eventually(lambda: not platform.registrations(alice), "the registration has ended")
    assert OutgoingCall.begin_signed(phone, alice.uri, accounts["bob"]).final().status == 480


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_page_of_somebody_else_is_turned_away(platform: Platform, transport: str) -> None:
    place = platform.place(transport)
    with pytest.raises(InvalidStatus, match="403"):
        Endpoint(place, transport=transport, authority=platform.authority, origin="https://evil.example")
