"""How an endpoint of the tests reaches the edge: SIP messages over UDP, TCP, TLS, WebSocket and secure WebSocket."""

import re
import secrets
import socket
import ssl
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Protocol

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

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
        plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        plain.bind((host, port))
        plain.settimeout(DEADLINE)
        plain.connect(edge)
        self._socket = _trusting(authority).wrap_socket(plain, server_hostname=edge[0]) if authority else plain
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
    """A WebSocket connection, as a page in a browser has it: it does not know where it is (RFC 7118 §5)."""

    def __init__(self, edge: tuple[str, int], authority: Path | None, origin: str | None) -> None:
        scheme = "wss" if authority else "ws"
        self._open = ExitStack()
        self._connection: ClientConnection = self._open.enter_context(
            connect(
                f"{scheme}://{edge[0]}:{edge[1]}",
                ssl=_trusting(authority) if authority else None,
                origin=None if origin is None else Origin(origin),
                subprotocols=[Subprotocol("sip")],
                proxy=None,
            )
        )
        self.sent_by = f"{secrets.token_hex(6)}.invalid"

    def send(self, data: bytes) -> None:
        """Sends a text message (JsSIP sends text too)."""
        self._connection.send(data.decode(), text=True)

    def receive(self, seconds: float) -> list[bytes] | None:
        """One message."""
        try:
            return [self._connection.recv(timeout=seconds, decode=False)]
        except (TimeoutError, ConnectionClosed):
            return None

    def close(self) -> None:
        """Closes the connection."""
        self._open.close()


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


def _place(of: socket.socket) -> str:
    host, port = of.getsockname()
    return f"{host}:{port}"
