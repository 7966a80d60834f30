"""Who sends the torture messages, and what came of each: everything that anybody got until the edge was done with it.

A message is done with when an OPTIONS that was sent behind it, on the same socket, is answered: the edge takes
messages in their order, and with its store in memory it waits for nothing in between.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import Final

from sipedge.sip.framing import StreamFramer
from sipedge.sip.message import Request, Response, make_response, parse, serialise
from tests.torture.provider import Provider

DEADLINE: Final = 5.0
BARRIER: Final = (
    "OPTIONS sip:{host}:{port} SIP/2.0\r\nVia: SIP/2.0/{transport} {source};branch=z9hG4bKbarrier{number};rport\r\n"
    "From: <sip:barrier@example.com>;tag=1\r\nTo: <sip:{host}>\r\n"
    "Call-ID: barrier{number}\r\nCSeq: {number} OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)
_BARRIERS: Final = {"udp": 1, "tcp": 2}
"""Datagrams leave when a turn of the edge's loop is over, and so perhaps behind a stream's answer of that turn."""
_ROUNDS_OF_OTHER_SOCKET: Final = 5
"""By another socket: so many answers later, the edge's loop has looked at the first one several times."""


@dataclass
class Seen:
    """What a message led to."""

    responses: list[Response] = field(default_factory=list)
    forwarded: list[Request] = field(default_factory=list)
    closed: bool = False

    @property
    def finals(self) -> list[int]:
        """The final status codes that the sender got, in their order."""
        return [response.status_code for response in self.responses if response.status_code >= 200]


class Peer:
    """One sender at an address of its own, by UDP or TCP."""

    def __init__(self, provider: Provider, host: str, transport: str) -> None:
        self._provider = provider
        self._transport = transport
        self._number = 0
        self._framer = StreamFramer()
        kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
        self._socket = socket.socket(socket.AF_INET, kind)
        self._socket.bind((host, 0))
        self._socket.settimeout(DEADLINE)
        self._socket.connect(provider.address)
        self.host = host

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def see(self, data: bytes, answers: int = 1) -> Seen:
        """Send a message; return what it led to. answers: final responses that a forwarded one still brings."""
        seen = Seen()
        self._send(data)
        self._send(self._barrier())
        deadline = time.monotonic() + DEADLINE
        barriers = _BARRIERS[self._transport]
        while not seen.closed and (barriers or (seen.forwarded and len(seen.finals) < answers)):
            if not self._look(seen, max(deadline - time.monotonic(), 0)):
                raise AssertionError(f"the edge does not come to an end: {seen}")
            if barriers and self._take_barrier(seen):
                barriers -= 1
                if barriers:
                    self._send(self._barrier())
        while self._look(seen, 0):
            continue
        return seen

    def see_unfinished(self, data: bytes) -> Seen:
        """The same for what does not end: an OPTIONS behind it would be taken for its body."""
        seen = Seen()
        self._send(data)
        with Peer(self._provider, self.host, "udp") as other:
            for _ in range(_ROUNDS_OF_OTHER_SOCKET):
                other.see(b"\r\n\r\n")
        while self._look(seen, 0):
            continue
        return seen

    def _barrier(self) -> bytes:
        self._number += 1
        (host, port), (source_host, source_port) = self._provider.address, self._socket.getsockname()
        text = BARRIER.format(
            host=host, port=port, transport=self._transport.upper(), source=f"{source_host}:{source_port}",
            number=self._number,
        )  # fmt: skip
        return text.encode()

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return  # closed at once: what came before is read, and then the end

    def _look(self, seen: Seen, seconds: float) -> bool:
        """Wait for one thing to happen at the sender or at the phones; False when nothing does."""
        phones = self._provider.phones
        watched = [phones] if seen.closed else [phones, self._socket]
        readable = wait(watched, seconds)
        for ready in readable:
            if ready is phones:
                self._phone_rings(seen)
            else:
                self._take(seen)
        return bool(readable)

    def _take(self, seen: Seen) -> None:
        try:
            data = self._socket.recv(65_535)
        except ConnectionResetError:
            data = b""
        if not data and self._transport == "tcp":
            seen.closed = True
            return
        for item in self._framer.feed(data) if self._transport == "tcp" else [data]:
            if isinstance(item, bytes) and item.strip():
                response = parse(item)
                assert isinstance(response, Response), "the sender is called"
                seen.responses.append(response)

    def _take_barrier(self, seen: Seen) -> bool:
        for response in seen.responses:
            if response.get("Call-ID") == f"barrier{self._number}":
                assert response.status_code == 200
                seen.responses.remove(response)
                return True
        return False

    def _phone_rings(self, seen: Seen) -> None:
        """Every phone is busy, and answers everything else: to the packet's source, as they are behind NAT."""
        data, source = self._provider.phones.recvfrom(65_535)
        request = parse(data)
        if not isinstance(request, Request) or request.method == "ACK":
            return
        seen.forwarded.append(request)
        status = 486 if request.method == "INVITE" else 200
        self._provider.phones.sendto(serialise(make_response(request, status, to_tag="phone")), source)
