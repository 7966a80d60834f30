"""Whatever strangers send, the edge goes on: broken datagrams, broken streams, the torture messages of RFC 4475."""

import random
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from calls.models import Call
from subscribers.models import Binding
from tests.scenarios.provisioning import Exchange
from tests.scenarios.running import RunningEdge
from tests.scenarios.sip_calls import SDP, IncomingCall, OutgoingCall, connect
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import token, write
from tests.scenarios.waiting import DEADLINE
from tests.sipedge.sip.corpora import corpus

DATAGRAMS = 10_000
BATCH = 50  # so few that none is lost in the socket's buffer
STREAMS_AT_ONCE = 40
MOST_GROWTH = 100 << 20  # bytes
FORWARDED = "freiton_edge_forwarded_total"

Random = random.Random


@pytest.fixture
def rng() -> Random:
    """The same noise each time, so that what it finds can be found again."""
    return Random(4475)


def _whole_messages(host: str, port: int) -> list[bytes]:
    """Messages that are well-formed, as material to break."""
    common = [
        ("Via", f"SIP/2.0/UDP {host}:{port};branch=z9hG4bK{token()};rport"),
        ("Max-Forwards", "70"),
        ("From", f'"A Phone" <sip:alice@localhost>;tag={token()}'),
        ("To", "<sip:+4311001@localhost>"),
        ("Call-ID", token()),
        ("Contact", f"<sip:alice@{host}:{port}>;expires=60;q=0.5"),
        ("Authorization", 'Digest username="alice", realm="localhost", nonce="00", uri="sip:localhost", response="0"'),
    ]
    requests = [
        write(f"{method} sip:localhost SIP/2.0", [*common, ("CSeq", f"1 {method}")], SDP)
        for method in ("REGISTER", "INVITE", "OPTIONS", "BYE", "CANCEL", "ACK", "SUBSCRIBE")
    ]
    return [*requests, write("SIP/2.0 200 OK", [*common, ("CSeq", "1 INVITE")], SDP)]


def _noise(rng: Random, _whole: bytes) -> bytes:
    return rng.randbytes(rng.randrange(1, 1400))


def _cut(rng: Random, whole: bytes) -> bytes:
    return whole[: rng.randrange(1, len(whole))]


def _flipped(rng: Random, whole: bytes) -> bytes:
    changed = bytearray(whole)
    for _ in range(rng.randrange(1, 20)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _shuffled(rng: Random, whole: bytes) -> bytes:
    lines = whole.split(b"\r\n")
    rng.shuffle(lines)
    return b"\r\n".join(lines)


def _stretched(rng: Random, whole: bytes) -> bytes:
    lines = whole.split(b"\r\n")
    chosen = rng.randrange(len(lines))
    lines[chosen] *= rng.randrange(2, 200)
    return b"\r\n".join(lines)[:8_000]


BREAKING: tuple[Callable[[Random, bytes], bytes], ...] = (_noise, _cut, _flipped, _shuffled, _stretched)


def test_ten_thousand_broken_datagrams(edge: RunningEdge, exchange: Exchange, phone: Endpoint, rng: Random) -> None:
    exchange.phone("alice", "+4311001")
    before = edge.resident_bytes()
    whole = _whole_messages(phone.host, phone.port)
    for _ in range(DATAGRAMS // BATCH):
        for _ in range(BATCH):
            phone.send(rng.choice(BREAKING)(rng, rng.choice(whole)))
        _still_answers(phone)
        phone.all_now()
    assert edge.resident_bytes() - before < MOST_GROWTH
    assert Binding.objects.count() == Call.objects.count() == 0


def _still_answers(phone: Endpoint) -> None:
    options = phone.request("OPTIONS", "sip:localhost", "sip:somebody@localhost", "sip:localhost")
    assert phone.transact(options).status == 200


def test_broken_streams(edge: RunningEdge, phone: Endpoint, rng: Random) -> None:
    whole = _whole_messages(phone.host, phone.port)
    for breaking in BREAKING:
        with ExitStack() as stack:
            for _ in range(STREAMS_AT_ONCE):
                stream = stack.enter_context(socket.create_connection(edge.address, DEADLINE))
                _send_as_far_as_it_goes(stream, breaking(rng, rng.choice(whole)) * rng.randrange(1, 4))
            _still_answers(phone)
            with Endpoint(edge.address, transport="tcp") as other:
                _still_answers(other)


def _send_as_far_as_it_goes(stream: socket.socket, data: bytes) -> None:
    try:
        stream.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        return


UNENDING = (
    b"Content-Length: 99999999999999999999\r\n\r\n",
    b"Content-Length: -1\r\n\r\n",
    b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
    b"Content-Length: many\r\n\r\n",
    b"X: " + b"x" * 200_000,
)
"""After each of these nobody can tell where the message ends."""


def test_a_stream_whose_end_of_message_cannot_be_found_is_closed(edge: RunningEdge) -> None:
    for head in UNENDING:
        with socket.create_connection(edge.address, DEADLINE) as stream:
            _send_as_far_as_it_goes(stream, b"OPTIONS sip:localhost SIP/2.0\r\n" + head)
            assert _is_closed(stream), head[:60]
    assert edge.answers()


def _is_closed(stream: socket.socket) -> bool:
    """Reads until the edge closes the stream; a TimeoutError says that it does not."""
    try:
        while stream.recv(65_535):
            continue
    except ConnectionResetError:
        return True
    return True


@pytest.fixture
def torture() -> list[Path]:
    """The messages of RFC 4475."""
    return corpus("rfc4475", ".dat")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_the_torture_messages_are_survived_and_open_nothing(
    torture: list[Path], edge: RunningEdge, exchange: Exchange, phone: Endpoint, gateway: Endpoint, transport: str
) -> None:
    forwarded = _forwarded_by_one_call(edge, exchange, phone, gateway)
    for file in torture:
        with Endpoint(edge.address, transport=transport) as stranger:
            stranger.send(file.read_bytes())
            _still_answers(phone)
            taken = [m.start for m in stranger.all_now() if 200 <= m.status < 300 and m.method != "OPTIONS"]
            assert taken == [], file.name
    assert edge.figure(FORWARDED) == forwarded
    assert gateway.all_now() == phone.all_now() == []
    assert (Binding.objects.count(), Call.objects.count()) == (1, 1)


def _forwarded_by_one_call(edge: RunningEdge, exchange: Exchange, phone: Endpoint, gateway: Endpoint) -> float:
    """Makes one call, so that it is certain that the figure counts; returns the figure."""
    assert phone.register(exchange.phone("alice", "+4311001")).status == 200
    caller = OutgoingCall.begin(gateway, "sip:+4311001@localhost", "sip:+43720123456@127.0.0.2")
    connect(caller, IncomingCall.ringing(phone))
    forwarded = edge.figure(FORWARDED)
    assert forwarded >= 1
    gateway.all_now()
    return forwarded
