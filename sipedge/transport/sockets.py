"""Making sockets, and telling IP literals from everything else. No name is ever resolved here."""

from __future__ import annotations

import contextlib
import errno
import resource
import socket
from typing import Final

from sipedge.sip.flow import TRANSPORTS

MAX_PORT: Final = 65_535
_IP_MTU_DISCOVER: Final = 10  # Linux's numbers, which the socket module does not name
_IPV6_MTU_DISCOVER: Final = 23
_PMTUDISC_DONT: Final = 0
_SO_RCVBUFFORCE: Final = 33
_KEEPALIVE_AFTER: Final = 120  # seconds of silence until the kernel asks a TCP peer if it is there, before NATs forget
_USER_TIMEOUT: Final = 30_000  # milliseconds that sent bytes may stay unacknowledged before the kernel gives up

_WHY = {
    errno.EADDRINUSE: "is taken by another program",
    errno.EADDRNOTAVAIL: "is no address of this machine",
    errno.EACCES: "may not be opened by this user",
}


class TransportError(Exception):
    """An address cannot be listened on; the text says which, and why, for the person who starts us."""

    def __init__(self, transport: str, host: str, port: int, why: str) -> None:
        shown = f"[{host}]" if ":" in host else host
        super().__init__(f"{transport.upper()} {shown}:{port} {why}")
        self.transport = transport
        self.host = host
        self.port = port


def canonical_host(host: str) -> str:
    """The one way to write an IP literal (IPv6 without brackets). Raises ValueError: it is none."""
    family = family_of(host)
    try:
        packed = socket.inet_pton(family, host)
    except (OSError, ValueError) as error:
        raise ValueError(f"{host!r} is not an IP address") from error
    return socket.inet_ntop(family, packed) if family is socket.AF_INET6 else host


def family_of(host: str) -> socket.AddressFamily:
    """The address family of an IP literal."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def is_wildcard(host: str) -> bool:
    """Whether an address stands for all of this machine's."""
    return host in ("0.0.0.0", "::")  # noqa: S104  compared, not bound


def open_socket(transport: str, host: str, port: int, receive_buffer: int = 0) -> socket.socket:
    """A bound, non-blocking socket for a transport (a stream's not yet listening); port 0: a free one.

    receive_buffer: bytes, for UDP. Raises TransportError.
    """
    try:
        host = canonical_host(host)
    except ValueError:
        raise TransportError(transport, host, port, "is not an IP address and port") from None
    if transport not in TRANSPORTS or not 0 <= port <= MAX_PORT:
        raise TransportError(transport, host, port, "is no address that can be listened on")
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    opened = None
    try:
        opened = socket.socket(family_of(host), kind)
        opened.setblocking(False)
        _configure(opened, receive_buffer)
        opened.bind((host, port))
    except OSError as error:
        if opened is not None:
            opened.close()
        why = _WHY.get(error.errno or 0) or f"cannot be opened: {error.strerror}"
        raise TransportError(transport, host, port, why) from error
    return opened


def configure_stream(stream: socket.socket) -> None:
    """Options of a connected stream: no waiting for more to send, and dead peers are noticed."""
    with contextlib.suppress(OSError):  # the peer may be gone already; then the next read says so
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEPALIVE_AFTER)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _USER_TIMEOUT)


def allow_files(wanted: int) -> int:
    """Raise this process's limit of open files towards `wanted`. Returns what it is then; never lowers it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def _configure(opened: socket.socket, receive_buffer: int) -> None:
    is_ipv6 = opened.family == socket.AF_INET6
    if is_ipv6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if opened.type == socket.SOCK_STREAM:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return
    # Large datagrams are cut up on their way instead of refused by the first router with a smaller MTU.
    if is_ipv6:
        opened.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PMTUDISC_DONT)
    else:
        opened.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PMTUDISC_DONT)
    try:
        opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, receive_buffer)
    except PermissionError:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
