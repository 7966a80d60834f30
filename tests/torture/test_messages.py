"""All messages of RFC 4475 and RFC 5118 at the edge's sockets: as a stranger and as a trusted gateway, UDP and TCP."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from sipedge.sip.message import Request, Response, parse
from tests.scenarios.sip_message import Account, credentials, read, write
from tests.sipedge.sip.corpora import corpus
from tests.torture.expectations import RFC_4475, RFC_5118, Expected, Registration, registrations, rows
from tests.torture.peers import Peer, Seen
from tests.torture.provider import PASSWORD, Provider

ROWS = rows(RFC_4475) + rows(RFC_5118)
CASES = [(row, sender, transport) for row in ROWS for sender in ("stranger", "gateway") for transport in ("udp", "tcp")]
HANDLED_BY_PROXIES = {"Via", "Max-Forwards", "Route", "Record-Route", "Content-Length", "Proxy-Authorization"}

_NETWORKS = {"gateway": "127.8", "stranger": "127.9"}
_numbers = count(1)


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """The edge that all messages are sent to; none of them may break its code."""
    with Provider(tmp_path_factory.mktemp("torture")) as running:
        yield running
    assert running.telemetry.exceptions == 0


@pytest.fixture(autouse=True)
def _fresh_phones(provider: Provider) -> None:
    provider.register_phones()


@pytest.fixture(scope="module")
def messages() -> dict[str, bytes]:
    """All messages, by their short names."""
    files = corpus("rfc4475", ".dat") + corpus("rfc5118", ".sip")
    return {file.stem: file.read_bytes() for file in files}


def new_host(sender: str) -> str:
    """An address that nobody had before: no guard and no transaction of the edge remembers anything of it."""
    number = next(_numbers)
    return f"{_NETWORKS[sender]}.{number // 250}.{number % 250 + 1}"


def test_no_message_is_left_out(messages: dict[str, bytes]) -> None:
    assert len(rows(RFC_4475)) == 49
    assert len(rows(RFC_5118)) == 12
    assert {row.name for row in ROWS} == set(messages)


@pytest.mark.parametrize(("row", "sender", "transport"), CASES, ids=[f"{c[0].name}-{c[1]}-{c[2]}" for c in CASES])
def test_what_each_message_is_owed(
    provider: Provider, messages: dict[str, bytes], row: Expected, sender: str, transport: str
) -> None:
    before = provider.all_bindings()
    outcome = row.outcome(sender, transport)
    with Peer(provider, new_host(sender), transport) as peer:
        seen = _send(peer, messages[row.name], outcome)
    assert _outcome_of(seen, outcome) == outcome
    assert provider.all_bindings() == before
    for request in seen.forwarded:
        _assert_forwarded_as_it_was(provider, row, _sent(messages[row.name], request), request)
        assert request.vias[1].received == peer.host


def _send(peer: Peer, data: bytes, outcome: str) -> Seen:
    if outcome == "waits":
        return peer.see_unfinished(data)
    return peer.see(data, answers=outcome.count("+") + 1)


def _outcome_of(seen: Seen, wanted: str) -> str:
    """What was seen, in the words of the table."""
    forwarded = {request.call_id for request in seen.forwarded}
    finals = [response for response in seen.responses if response.status_code >= 200]
    words = ["forwarded" if one.get("Call-ID") in forwarded else str(one.status_code) for one in finals]
    words += ["forwarded" for call_id in forwarded if call_id not in [one.get("Call-ID") for one in finals]]
    if seen.closed:
        words.append("closed")
    return "+".join(words) or ("waits" if wanted == "waits" else "silence")


def _sent(data: bytes, forwarded: Request) -> Request:
    """The request of this datagram or stream that was forwarded."""
    while True:
        request = parse(data)
        assert isinstance(request, Request)
        if request.call_id == forwarded.call_id:
            return request
        data = data[data.index(b"\r\n\r\n") + 4 + len(request.body) :]


def _assert_forwarded_as_it_was(provider: Provider, row: Expected, sent: Request, got: Request) -> None:
    assert got.request_uri == provider.contact(row.reaches)
    assert got.method == sent.method
    assert got.body == sent.body
    assert got.get_all("Content-Length") == [str(len(sent.body))]
    passed_through = [header for header in sent.headers if header[0] not in HANDLED_BY_PROXIES]
    assert [header for header in got.headers if header in passed_through] == passed_through
    assert got.max_forwards == (70 if sent.max_forwards is None else sent.max_forwards - 1)
    assert [via.branch for via in got.vias[1:]] == [via.branch for via in sent.vias]
    assert not got.routes


@pytest.mark.parametrize("row", registrations(), ids=lambda row: row.name)
def test_what_a_register_binds_when_its_user_is_proved(
    provider: Provider, messages: dict[str, bytes], row: Registration
) -> None:
    aor = f"{row.user}@example.com"
    provider.forget(aor)
    before = provider.all_bindings()
    with Peer(provider, new_host("stranger"), "udp") as phone:
        seen = phone.see(_signed(messages[row.name], _challenge(phone, row), row))
    assert seen.finals == [row.status]
    assert seen.forwarded == []
    assert provider.all_bindings() - before == {(aor, contact) for contact in row.contacts}
    assert [str(contact.uri) for contact in seen.responses[-1].contacts] == list(row.contacts)


def _challenge(phone: Peer, row: Registration) -> Response:
    headers = [
        ("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKchallenge"),
        ("From", f"<sip:{row.user}@example.com>;tag=1"),
        ("To", f"<sip:{row.user}@example.com>"),
        ("Call-ID", "challenge"),
        ("CSeq", "1 REGISTER"),
    ]
    (response,) = phone.see(write("REGISTER sip:example.com SIP/2.0", headers)).responses
    assert response.status_code == 401
    return response


def _signed(data: bytes, challenge: Response, row: Registration) -> bytes:
    """The message with one line more; and for escnull with a user that can exist, since no name has a NUL."""
    start, _, rest = data.replace(b"null-%00-null", row.user.encode()).partition(b"\r\n")
    uri = start.split(b" ")[1].decode()
    challenged = read(f"SIP/2.0 401 x\r\nWWW-Authenticate: {challenge.get('WWW-Authenticate')}\r\n\r\n".encode())
    name, value = credentials(challenged, Account(row.user, PASSWORD, "example.com"), "REGISTER", uri)
    return start + f"\r\n{name}: {value}\r\n".encode() + rest


def test_two_requests_with_the_cookie_alone_as_branch_are_two(provider: Provider, messages: dict[str, bytes]) -> None:
    first = messages["badbranch"]
    with Peer(provider, new_host("gateway"), "udp") as gateway:
        again = gateway.see(first).forwarded + gateway.see(first.replace(b"badbranch.", b"another.")).forwarded
        repeated = gateway.see(first)
    assert len(again) == 2
    assert repeated.forwarded == []
    assert repeated.finals == [200]


def test_what_a_proxy_does_not_support_is_named_to_the_sender(provider: Provider, messages: dict[str, bytes]) -> None:
    with Peer(provider, new_host("gateway"), "udp") as gateway:
        (response,) = gateway.see(messages["bext01"]).responses
    assert response.values("Unsupported") == ["noProxiesSupportThis", "norDoAnyProxiesSupportThis"]


def test_the_tortuous_invite_goes_on_when_it_begins_a_call(provider: Provider, messages: dict[str, bytes]) -> None:
    data = messages["wsinv"].replace(b";   tag    = 1918181833n", b"")
    with Peer(provider, new_host("gateway"), "udp") as gateway:
        (got,) = gateway.see(data).forwarded
    assert got.body == messages["wsinv"].partition(b"\r\n\r\n")[2]
    assert [via.branch for via in got.vias[1:]] == ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]
    assert (got.max_forwards, got.cseq.number, got.routes) == (67, 9, [])
    assert got.get("UnknownHeaderWithUnusualValue") == ";;,,;;,;"
    assert got.get("NewFangledHeader") == "newfangled value continued newfangled value"


def test_what_cannot_be_told_apart_is_answered_once(provider: Provider, messages: dict[str, bytes]) -> None:
    with Peer(provider, new_host("gateway"), "udp") as gateway:
        (response,) = gateway.see(messages["multi01"]).responses
    for name in ("From", "To", "Call-ID", "CSeq"):
        assert len(response.get_all(name)) == 1


def test_the_answer_to_an_insufficient_request_says_no_more_than_it_said(
    provider: Provider, messages: dict[str, bytes]
) -> None:
    with Peer(provider, new_host("stranger"), "udp") as stranger:
        (response,) = stranger.see(messages["insuf"]).responses
    assert response.get("CSeq") == "193942 INVITE"
    assert not any(response.has(name) for name in ("Call-ID", "From"))
