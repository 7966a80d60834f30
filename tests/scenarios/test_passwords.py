"""Without the right password there is no 200 to a REGISTER, whatever else is right."""

import pytest

from subscribers.models import Binding
from tests.scenarios.provisioning import Exchange
from tests.scenarios.running import RunningEdge
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account, read, write


@pytest.fixture
def alice(exchange: Exchange) -> Account:
    return exchange.phone("alice")


def test_a_wrong_password_is_refused_each_time(alice: Account, edge: RunningEdge, phone: Endpoint) -> None:
    guesses = ["", "alice", "password", alice.password[:-1], alice.password.swapcase(), alice.password + " "]
    statuses = [phone.register(Account("alice", guess)).status for guess in guesses]
    assert set(statuses) == {401}
    assert not Binding.objects.exists()
    assert phone.register(alice).status == 200


def test_an_unknown_user_looks_like_a_wrong_password(alice: Account, edge: RunningEdge, phone: Endpoint) -> None:
    wrong, unknown = (phone.register(Account(name, "a-guess")) for name in ("alice", "nobody"))
    assert (wrong.start, [name for name, _ in wrong.headers]) == (unknown.start, [name for name, _ in unknown.headers])
    assert wrong.status == 401


def test_ones_own_password_does_not_register_somebody_else(
    exchange: Exchange, alice: Account, edge: RunningEdge, phone: Endpoint
) -> None:
    bob = exchange.phone("bob")
    signed = phone.signed_register(bob, phone.challenge(bob))
    assert phone.transact(signed.replace(b"To: <sip:bob@", b"To: <sip:alice@")).status == 403
    assert not Binding.objects.exists()


def test_a_captured_register_is_not_taken_twice(alice: Account, edge: RunningEdge, phone: Endpoint) -> None:
    signed = phone.signed_register(alice, phone.challenge(alice))
    assert phone.transact(signed).status == 200
    with Endpoint(edge.address) as thief:
        stolen = read(signed)
        changed = {"Via": thief.via(), "Call-ID": "stolen", "Contact": f"<{thief.contact()}>"}
        headers = [(name, changed.get(name, value)) for name, value in stolen.headers if name != "Content-Length"]
        answer = thief.transact(write(stolen.start, headers))
    assert answer.status == 401
    assert "stale=true" in answer.get("WWW-Authenticate")
    assert Binding.objects.get().contact == phone.contact("alice")


BROKEN = (
    "Digest",
    'Digest username="alice"',
    'Digest username="alice", realm="localhost", nonce="", uri="sip:localhost", response=""',
    'Digest username="alice\0", realm="localhost", nonce="a", uri="sip:localhost", response="b"',
    'Digest username="alice", realm="localhost", nonce="' + "n" * 5000 + '", uri="sip:localhost", response="b"',
    'Digest username="ali,ce\\"", realm="localhost", nonce="a, b=c", uri="sip:localhost", response="b"',
    'Digest username="alice", realm="localhost", nonce="a", uri="sip:localhost", response="b", qop=auth-int, nc=1',
    "Basic YWxpY2U6YWxpY2U=",
)


def test_broken_credentials_open_nothing(alice: Account, edge: RunningEdge, phone: Endpoint) -> None:
    for value in BROKEN:
        headers = [("Contact", f"<{phone.contact()}>"), ("Authorization", value)]
        answer = phone.transact(phone.request("REGISTER", "sip:localhost", alice.uri, alice.uri, headers=headers))
        assert answer.status in (400, 401), value
    assert not Binding.objects.exists()
