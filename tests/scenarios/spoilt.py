"""Spoilt messages by the ten thousand at a running edge, as a stranger and as a gateway, over UDP and TCP.

What is spoilt are the messages of real dialogs, which the edge would carry if they were whole, and the torture
messages. A batch goes out, then an OPTIONS must be answered; so few are in a batch that no socket's buffer is full.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import suppress
from random import Random

from fuzz.mutators import mutate
from fuzz.seeds import MESSAGES, torture_messages
from sipedge.sip.message import Request, parse
from sipedge.sip.validate import validate_request
from tests.scenarios.provisioning import Exchange
from tests.scenarios.running import RunningEdge
from tests.scenarios.sip_calls import SDP, IncomingCall, OutgoingCall, answer_to, connect
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Received, token, write
from tests.scenarios.waiting import DEADLINE

BATCH = 50
_BRANCH = re.compile(rb"branch=z9hG4bK[^;\s]*")
TCP_EVERY = 8  # batches
_METHODS = (
    "REGISTER",
    "INVITE",
    "OPTIONS",
    "BYE",
    "CANCEL",
    "ACK",
    "MESSAGE",
    "SUBSCRIBE",
    "NOTIFY",
    "REFER",
    "UPDATE",
)


class BusyPhones:
    """The phone that spoilt messages reach when they are still good: busy to every call, judges what it gets."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.heard = 0
        self.faults: list[str] = []
        self._endpoint = endpoint
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._answer, name="phone", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Answer no more."""
        self._ends.set()
        self._thread.join()

    def _answer(self) -> None:
        while not self._ends.is_set():
            with suppress(AssertionError):
                message = self._endpoint.next(lambda _: True, "anything", 0.1)
                if not message.status:
                    self._take(message)

    def _take(self, request: Received) -> None:
        self.heard += 1
        fault = fault_of(request)
        if fault:
            self.faults.append(f"{fault}: {request}")
        if request.method != "ACK":
            status = "486 Busy Here" if request.method == "INVITE" else "200 OK"
            self._endpoint.send(answer_to(request, status, f"{request.get('To')};tag=busy"))


def fault_of(request: Received) -> str:
    """What is wrong with a request that the edge forwarded; '' when nothing is."""
    length = int(request.get("Content-Length") or -1)
    if length != len(request.body):
        return f"Content-Length {length}, body {len(request.body)}"
    again = parse(write(request.start, [one for one in request.headers if one[0] != "Content-Length"], request.body))
    rejection = validate_request(again) if isinstance(again, Request) else None
    if rejection is not None:
        return rejection.reason
    return "" if 0 <= int(request.get("Max-Forwards") or -1) <= 255 else "Max-Forwards"


class Assault:
    """A campaign against one edge. `material` is made with calls that really stood."""

    def __init__(self, edge: RunningEdge, exchange: Exchange, phone: Endpoint, gateway: Endpoint, seed: int) -> None:
        self.sent = 0
        self.seconds = 0.0
        self.memory: list[int] = []
        self._edge = edge
        self._phone = phone
        self._gateway = gateway
        self._rng = Random(seed)
        self._batches = 0
        self._material = [*_requests(phone), *_standing_call(exchange, phone, gateway), *_torture()]

    def run(self, count: int) -> None:
        """Send spoilt messages until it were so many. Raises AssertionError when the edge does not answer any more."""
        started = time.monotonic()
        with Endpoint(self._edge.address) as prober:
            while self.sent < count:
                self._batch(min(BATCH, count - self.sent))
                options = prober.request("OPTIONS", "sip:localhost", "sip:somebody@localhost", "sip:localhost")
                assert prober.transact(options).status == 200
                self.memory.append(self._edge.resident_bytes())
        self.seconds += time.monotonic() - started

    def _batch(self, size: int) -> None:
        self._batches += 1
        spoilt = [mutate(self._rng, self._fresh(self._rng.choice(self._material))) for _ in range(size)]
        self.sent += size
        if self._batches % TCP_EVERY == 0:
            self._by_streams(spoilt)
        elif self._batches % 2:
            self._by_gateway(spoilt)
        else:
            with Endpoint(self._edge.address, self._stranger()) as stranger:
                for data in spoilt:
                    stranger.send(data)
                stranger.all_now()

    def _by_gateway(self, spoilt: list[bytes]) -> None:
        for data in spoilt:
            self._gateway.send(data)
        for message in self._gateway.all_now():
            if message.status >= 300 and message.method == "INVITE":
                self._gateway.send(_acknowledgement(message))

    def _by_streams(self, spoilt: list[bytes]) -> None:
        """Ten messages a stream, as far as it goes; every other stream is a gateway's."""
        for start in range(0, len(spoilt), 10):
            host = self._gateway.host if start % 20 else self._stranger()
            with (
                socket.create_connection(self._edge.address, DEADLINE, source_address=(host, 0)) as stream,
                suppress(BrokenPipeError, ConnectionResetError),
            ):
                for data in spoilt[start : start + 10]:
                    stream.sendall(data)

    def _fresh(self, data: bytes) -> bytes:
        """The message in a transaction of its own: else it would be taken for one sent again."""
        return _BRANCH.sub(b"branch=z9hG4bK%016x" % self._rng.getrandbits(64), data)

    def _stranger(self) -> str:
        """Another address for each batch: what guards do with one source is tested elsewhere."""
        return f"127.{self._rng.randrange(16, 250)}.{self._rng.randrange(256)}.{self._rng.randrange(1, 255)}"


def _requests(phone: Endpoint) -> list[bytes]:
    """A whole request of every kind, for the subscriber who is registered."""
    common = [
        ("Via", f"SIP/2.0/UDP {phone.host}:{phone.port};branch=z9hG4bK{token()};rport"),
        ("Max-Forwards", "70"),
        ("From", f'"A Phone" <sip:alice@localhost>;tag={token()}'),
        ("To", "<sip:+4311001@localhost>"),
        ("Call-ID", token()),
        ("Contact", f"<sip:alice@{phone.host}:{phone.port}>;expires=60;q=0.5"),
    ]
    requests = [
        write(f"{method} sip:+4311001@localhost SIP/2.0", [*common, ("CSeq", f"1 {method}")], SDP)
        for method in _METHODS
    ]
    return [*requests, write("SIP/2.0 200 OK", [*common, ("CSeq", "1 INVITE")], SDP)]


def _standing_call(exchange: Exchange, phone: Endpoint, gateway: Endpoint) -> list[bytes]:
    """Registers the phone, calls it, hangs up; returns all that was sent: the credentials in it are spent."""
    account = exchange.phone("alice", "+4311001")
    register = phone.signed_register(account, phone.challenge(account))
    assert phone.transact(register).status == 200
    caller = OutgoingCall.begin(gateway, "sip:+4311001@localhost", "sip:+43720123456@127.0.0.2")
    callee = IncomingCall.ringing(phone)
    connect(caller, callee)
    inside = [
        side.request(method, body=SDP) for side in (caller, callee) for method in ("INVITE", "UPDATE", "INFO", "BYE")
    ]
    assert caller.hang_up_heard_by(callee) == 200
    return [register, caller.invite, *inside]


def _torture() -> list[bytes]:
    known = torture_messages() + [text.encode("latin-1") for text in MESSAGES]
    return [data.replace(b"example.com", b"localhost").replace(b"sip:user@", b"sip:+4311001@") for data in known]


def _acknowledgement(response: Received) -> bytes:
    number = response.get("CSeq").partition(" ")[0]
    kept = [(name, response.get(name)) for name in ("Via", "From", "To", "Call-ID")]
    return write("ACK sip:+4311001@localhost SIP/2.0", [*kept, ("CSeq", f"{number} ACK"), ("Max-Forwards", "70")])
