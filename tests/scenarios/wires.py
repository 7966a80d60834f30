"""How an endpoint of the tests reaches the edge: SIP messages over UDP, TCP, TLS, WebSocket and secure WebSocket."""

import re
import secrets
import socket
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from websockets.client import ClientProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.typing import Origin, Subprotocol
from websockets.uri import parse_uri

from tests.scenarios.waiting import DEADLINE

_RECEIVE_BUFFER: Final = 1 << 20
_LENGTH: Final = re.compile(rb"\r\nContent-Length: *([0-9]+)\r\n", re.IGNORECASE)


class Wire(Protocol):
    """A way to the edge. sent_by: what Via and Contact name as the place where this end is."""

    sent_by: str

    def send(self, data: bytes) -> None:
        """Sends one message, or whatever it is."""

    def receive(self, seconds: float) -> list[bytes] | None:
        """The messages that have become whole within so many seconds; None when nothing came, or the wire was cut."""

    def close(self) -> None:
        """Ends it."""


class Datagrams:
    """A UDP socket."""

    def __init__(self, edge: tuple[str, int], host: str, port: int) -> None:
        self._edge = edge
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._socket.bind((host, port))
        self.sent_by = _place(self._socket)

    def send(self, data: bytes) -> None:
        """Sends a datagram."""
        self._socket.sendto(data, self._edge)

    def receive(self, seconds: float) -> list[bytes] | None:
        """One datagram."""
        self._socket.settimeout(seconds)
        try:
            return [self._socket.recv(65_535)]
        except (TimeoutError, BlockingIOError):
            return None

    def close(self) -> None:
        """Closes the socket."""
        self._socket.close()


class Stream:
    """A TCP connection, by TLS where there is an authority whose certificates are believed."""

    def __init__(self, edge: tuple[str, int], host: str, port: int, authority: Path | None) -> None:
        self._socket = _connected(edge, authority, (host, port))
        self._stream = b""
        self.sent_by = _place(self._socket)

    def send(self, data: bytes) -> None:
        """Sends bytes."""
        self._socket.sendall(data)

    def receive(self, seconds: float) -> list[bytes] | None:
        """What is whole; nothing of a message that is not."""
        self._socket.settimeout(seconds)
        try:
            data = self._socket.recv(65_535)
        except (TimeoutError, BlockingIOError, ssl.SSLWantReadError):
            return None
        self._stream += data
        return self._whole() if data else None

    def close(self) -> None:
        """Closes the connection."""
        self._socket.close()

    def _whole(self) -> list[bytes]:
        found = []
        while b"\r\n\r\n" in self._stream:
            end = self._stream.index(b"\r\n\r\n") + 4
            length = _LENGTH.search(self._stream[:end])
            assert length is not None, self._stream
            end += int(length[1])
            if len(self._stream) < end:
                break
            found.append(self._stream[:end])
            self._stream = self._stream[end:]
        return found


class Browser:
    """A WebSocket connection, as a page in a browser has it: it does not know where it is (RFC 7118 §5).

    One thread does it all. The library's own client reads in a second one, and Python 3.11 lets two threads into one
    TLS connection at once: one in a thousand then loses what it wrote.
    """

    def __init__(self, edge: tuple[str, int], authority: Path | None, origin: str | None) -> None:
        self._socket = _connected(edge, authority, ("", 0))
        self._protocol = ClientProtocol(
            parse_uri(f"{'wss' if authority else 'ws'}://{edge[0]}:{edge[1]}/"),
            origin=None if origin is None else Origin(origin),
            subprotocols=[Subprotocol("sip")],
        )
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        while self._protocol.state is State.CONNECTING and self._protocol.handshake_exc is None:
            self._read(DEADLINE)
        if self._protocol.handshake_exc is not None:
            self._socket.close()
            raise self._protocol.handshake_exc
        self.sent_by = f"{secrets.token_hex(6)}.invalid"

    def send(self, data: bytes) -> None:
        """Sends a text message (JsSIP sends text too)."""
        self._protocol.send_text(data)
        self._flush()

    def receive(self, seconds: float) -> list[bytes] | None:
        """The messages of one read."""
        try:
            self._read(seconds)
        except (TimeoutError, BlockingIOError, ssl.SSLWantReadError, ConnectionResetError):
            return None
        self._flush()  # the answer to a ping, or to a close
        frames = [event for event in self._protocol.events_received() if isinstance(event, Frame)]
        assert all(frame.fin for frame in frames), "the edge sends each message in one frame"
        messages = [bytes(frame.data) for frame in frames if frame.opcode in (Opcode.TEXT, Opcode.BINARY)]
        return None if not messages and self._protocol.eof_sent else messages

    def close(self) -> None:
        """Closes the connection as a browser does whose page is left."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(CloseCode.GOING_AWAY)
            with suppress(OSError):
                self._flush()
        self._socket.close()

    def _read(self, seconds: float) -> None:
        self._socket.settimeout(seconds)
        data = self._socket.recv(65_535)
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()

    def _flush(self) -> None:
        self._socket.settimeout(DEADLINE)
        for data in self._protocol.data_to_send():
            if data:
                self._socket.sendall(data)


def wire_to(
    edge: tuple[str, int], transport: str, *, host: str, port: int, authority: Path | None, origin: str | None
) -> Wire:
    """A way to the edge by this transport; `edge` is where it listens for that."""
    if transport in ("ws", "wss"):
        return Browser(edge, authority if transport == "wss" else None, origin)
    if transport == "udp":
        return Datagrams(edge, host, port)
    return Stream(edge, host, port, authority if transport == "tls" else None)


def _trusting(authority: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority)
    return context


def _connected(edge: tuple[str, int], authority: Path | None, source: tuple[str, int]) -> socket.socket:
    plain = socket.create_connection(edge, DEADLINE, source)
    return _trusting(authority).wrap_socket(plain, server_hostname=edge[0]) if authority else plain


def _place(of: socket.socket) -> str:
    host, port = of.getsockname()
    return f"{host}:{port}"
