"""SIP over UDP (RFC 3261 §18): a non-blocking socket, drained in a loop.

A plain socket with a reader costs less for each datagram than asyncio's datagram transport, and leaves the batch
size to us.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections import deque
from collections.abc import Callable
from typing import Final

from sipedge.guards.overload import Overload, is_expendable
from sipedge.sip.flow import Flow
from sipedge.transport.limits import TransportLimits
from sipedge.transport.paths import Scopes, with_way_back
from sipedge.transport.sockets import family_of

BATCH: Final = 64  # datagrams a wake-up; timers and streams get their turn after some 2 ms at most
_MAX_DATAGRAM: Final = 65_535
_SHORTEST: Final = 16  # bytes; no SIP message is shorter ("A a:b SIP/2.0" and a Via), keep-alives are
# Not the flow's fault: the message is too large, or the kernel is short of memory for the moment. UDP may lose it.
_LOST = frozenset({errno.EMSGSIZE, errno.ENOBUFS, errno.ENOMEM})


class UdpSocket:
    """One address that datagrams come to and leave from. spares: from which hosts nothing is lost in an overload."""

    def __init__(
        self,
        bound: socket.socket,
        local: int,
        receive: Callable[[bytes, Flow], None],
        report: Callable[[Flow, str], None],
        limits: TransportLimits,
        scopes: Scopes | None = None,
        spares: Callable[[str], bool] = lambda _host: False,
    ) -> None:
        self.is_ipv6 = bound.family == socket.AF_INET6
        self.dropped = 0
        self.shed = 0
        self._overload = Overload(limits.overload_after)
        self._spares = spares
        self._socket = bound
        way = with_way_back(bound, scopes or Scopes())
        self._recvfrom_into, self._sendto = way.recvfrom_into, way.sendto
        self._local = local
        self._receive = receive
        self._report = report
        self._family = bound.family
        self._limits = limits
        # One buffer for good: 64 KiB taken and given back for each datagram make malloc shrink and grow the heap.
        self._buffer = memoryview(bytearray(_MAX_DATAGRAM))
        self._waiting: deque[tuple[bytes, Flow]] = deque()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(bound, self._readable)

    def send(self, data: bytes, flow: Flow) -> None:
        """Send now, or queue behind what waits already; beyond the queue's bound the datagram is lost."""
        if self._waiting or not self._try(data, flow):
            self._enqueue(data, flow)

    @property
    def has_unread(self) -> bool:
        """Whether a datagram has come that was not read yet."""
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except OSError:  # nothing there, or an error of a datagram that was sent
            return False
        return True

    def close(self) -> None:
        """Stop. What still waits is lost."""
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._waiting.clear()
        self._socket.close()

    def _readable(self) -> None:
        recvfrom_into, receive, local = self._recvfrom_into, self._receive, self._local
        buffer, is_overloaded = self._buffer, self._overload.is_on
        for _ in range(BATCH):
            try:
                size, address = recvfrom_into(buffer)
            except OSError:  # nothing more, or an error of a datagram that was sent before: not of this one
                self._overload.nothing_waits()
                return
            data = bytes(buffer[:size])
            if size < _SHORTEST or data[0] < 0x20 and _is_keepalive(data):  # noqa: RUF021
                continue
            if is_overloaded and is_expendable(data) and not self._spares(address[0]):
                self.shed += 1
                continue
            receive(data, Flow("udp", address[0], address[1], local))
            if self._socket.fileno() < 0:
                return
        self._overload.more_waits(self._loop.time())

    def _try(self, data: bytes, flow: Flow) -> bool:
        """False: the socket is full for the moment."""
        try:
            socket.inet_pton(self._family, flow.host)  # else sendto would ask a name server, and wait for it
            self._sendto(data, (flow.host, flow.port))
        except BlockingIOError:
            return False
        except (OSError, OverflowError, ValueError) as error:
            self._failed(flow, error)
        return True

    def _failed(self, flow: Flow, error: Exception) -> None:
        code = error.errno if isinstance(error, OSError) else None
        if code in _LOST:
            self.dropped += 1
        elif code is None:  # inet_pton and the port's range give no number
            self._report(flow, f"{flow.host!r}, port {flow.port}, is no address to send to")
        else:
            self._report(flow, str(error))

    def _enqueue(self, data: bytes, flow: Flow) -> None:
        if len(self._waiting) >= self._limits.datagram_queue:
            self.dropped += 1
            return
        if not self._waiting:
            self._loop.add_writer(self._socket, self._writable)
        self._waiting.append((data, flow))

    def _writable(self) -> None:
        while self._waiting and self._try(*self._waiting[0]):
            self._waiting.popleft()
        if not self._waiting:
            self._loop.remove_writer(self._socket)


def fits(bound: UdpSocket, flow: Flow) -> bool:
    """Whether the socket is of the address family of the flow's peer."""
    return bound.is_ipv6 == (family_of(flow.host) is socket.AF_INET6)


def _is_keepalive(data: bytes) -> bool:
    """Line ends and NULs of phones behind NAT, and STUN (RFC 5626 §4.4.2), whose first byte is 0 or 1."""
    return data[0] < 2 or not data.strip(b"\r\n\0 \t")
