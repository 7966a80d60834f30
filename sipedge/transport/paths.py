"""The way back to UDP peers whose address alone does not say it: two kinds of sockets need a memory.

A socket bound to every address of the machine answers from the address that the peer sent to, else phones and NATs
would not know the answer (IP_PKTINFO). An IPv6 link-local peer is reached by the interface that it was heard on
(RFC 4007 §6). Sockets of other kinds do not come here, so they pay nothing.
"""

from __future__ import annotations

import socket
import struct
from typing import Any, Final

from sipedge.transport.sockets import is_wildcard

MAX_PEERS: Final = 65_536  # some 20 MB; of those that were heard before, the first are forgotten first
_IP_PKTINFO: Final = 8  # Linux's number, which the socket module does not name before Python 3.14
_IN_PKTINFO: Final = struct.Struct("=i4s4s")  # interface, local address, the header's destination
_IN6_PKTINFO: Final = struct.Struct("=16si")
_ANCILLARY: Final = 256

SocketAddress = tuple[Any, ...]


class Scopes:
    """The interfaces of IPv6 link-local peers."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def note(self, address: SocketAddress) -> None:
        """A socket address as the kernel gives it; most have no interface in it."""
        if len(address) > 3 and address[3]:
            _remember(self._known, address[0], address[3])

    def address(self, host: str, port: int) -> SocketAddress:
        """What to send or connect to."""
        scope = self._known.get(host)
        return (host, port) if scope is None else (host, port, 0, scope)


class ScopedSocket:
    """An IPv6 socket that finds back to link-local peers."""

    def __init__(self, bound: socket.socket, scopes: Scopes) -> None:
        self._socket = bound
        self._scopes = scopes

    def recvfrom_into(self, buffer: memoryview) -> tuple[int, SocketAddress]:
        """As a socket does it."""
        size, address = self._socket.recvfrom_into(buffer)
        self._scopes.note(address)
        return size, address

    def sendto(self, data: bytes, address: SocketAddress) -> int:
        """As a socket does it."""
        return self._socket.sendto(data, self._scopes.address(*address))


class WildcardSocket:
    """A socket bound to every address, which answers from the one that the peer sent to."""

    def __init__(self, bound: socket.socket, scopes: Scopes) -> None:
        self._socket = bound
        self._scopes = scopes
        self._heard_on: dict[SocketAddress, bytes] = {}
        if bound.family == socket.AF_INET6:
            self._level, self._kind = socket.IPPROTO_IPV6, socket.IPV6_PKTINFO
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            self._level, self._kind = socket.IPPROTO_IP, _IP_PKTINFO
            bound.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)

    def recvfrom_into(self, buffer: memoryview) -> tuple[int, SocketAddress]:
        """As a socket does it."""
        size, ancillary, _, address = self._socket.recvmsg_into([buffer], _ANCILLARY)
        self._scopes.note(address)
        for level, kind, data in ancillary:
            if level == self._level and kind == self._kind:
                source = self._source(data)
                if self._heard_on.get(address[:2]) != source:
                    _remember(self._heard_on, address[:2], source)
        return size, address

    def sendto(self, data: bytes, address: SocketAddress) -> int:
        """As a socket does it. An address that the machine has no more is forgotten, and the kernel chooses."""
        there = self._scopes.address(*address)
        source = self._heard_on.get(address)
        if source is not None:
            try:
                return self._socket.sendmsg([data], [(self._level, self._kind, source)], 0, there)
            except BlockingIOError:
                raise
            except OSError:
                del self._heard_on[address]
        return self._socket.sendto(data, there)

    def _source(self, data: bytes) -> bytes:
        """What has to be said so that a datagram leaves from the address that this one came to, by any interface."""
        if self._level == socket.IPPROTO_IPV6:
            local, _ = _IN6_PKTINFO.unpack(data)
            return _IN6_PKTINFO.pack(local, 0)
        _, local, _ = _IN_PKTINFO.unpack(data)
        return _IN_PKTINFO.pack(0, local, b"\0" * 4)


def with_way_back(bound: socket.socket, scopes: Scopes) -> socket.socket | ScopedSocket | WildcardSocket:
    """The socket itself, or what has to stand before it."""
    if is_wildcard(bound.getsockname()[0]):
        return WildcardSocket(bound, scopes)
    return ScopedSocket(bound, scopes) if bound.family == socket.AF_INET6 else bound


def _remember(known: dict[Any, Any], key: object, value: object) -> None:
    if len(known) >= MAX_PEERS and key not in known:
        del known[next(iter(known))]
    known[key] = value
