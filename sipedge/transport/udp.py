"""SIP over UDP (RFC 3261 §18): a non-blocking socket, drained in a loop.

A plain socket with a reader costs less for each datagram than asyncio's datagram transport, and leaves the batches to
us: under load datagrams are read, and answers sent, many at a time.
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
from sipedge.transport.datagrams import Datagram, reader
from sipedge.transport.limits import TransportLimits
from sipedge.transport.paths import Scopes, WildcardSocket, with_way_back
from sipedge.transport.sockets import family_of

BATCH: Final = 128  # datagrams a wake-up; timers and streams get their turn after some 4 ms at most
BUSY: Final = 0.0015  # seconds between two datagrams from which on they are taken together
PACE: Final = 0.008  # seconds between two looks then: a phone does not feel it, and a wake-up serves many
BURST: Final = 64  # datagrams that leave at once: what a receiver of all of them surely has room for
GAP: Final = 0.001  # seconds between two bursts
COMPANY: Final = 2  # datagrams at one look for which the next is worth waiting for
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
        self._read, self._sendto = reader(bound, way), way.sendto
        self._unread: deque[Datagram] = deque()
        self._is_wildcard = isinstance(way, WildcardSocket)
        self._local = local
        self._receive = receive
        self._report = report
        self._family = bound.family
        self._limits = limits
        self._read_at = 0.0
        self._leaving: list[tuple[bytes, Flow]] = []
        self._waiting: deque[tuple[bytes, Flow]] = deque()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(bound, self._readable)

    def send(self, data: bytes, flow: Flow) -> None:
        """Send when what is being done now is done, together with what else it sends.

        Sent one by one between other work, each datagram would wake its receiver's processor anew.
        """
        self._leaving.append((data, flow))
        if self._is_wildcard:
            self._flush()  # the address to answer from is that of the datagram that came last
        elif len(self._leaving) == 1:
            self._loop.call_soon(self._flush)

    @property
    def has_unread(self) -> bool:
        """Whether a datagram has come that was not taken in yet."""
        if self._unread:
            return True
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except OSError:  # nothing there, or an error of a datagram that was sent
            return False
        return True

    def close(self) -> None:
        """Send what is about to leave, and stop. What still waits for a full socket is lost."""
        while self._leaving:
            self._flush()
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._waiting.clear()
        self._socket.close()

    def _readable(self) -> None:
        """Something came: take it at once, and look for what follows at a pace if the last one came just now."""
        now = self._loop.time()
        is_busy = now - self._read_at < BUSY
        self._read_at = now
        found = BATCH  # whoever receives may raise: what is left is looked for again
        try:
            found = self._drain()
        finally:
            if found == BATCH or (found and is_busy):
                self._look_again(found, now)

    def _look(self) -> None:
        now = self._loop.time()
        found = BATCH
        try:
            found = self._drain()
        finally:
            if found >= COMPANY:
                self._look_again(found, now)
            elif self._socket.fileno() >= 0:
                self._loop.add_reader(self._socket, self._readable)

    def _look_again(self, found: int, now: float) -> None:
        if self._socket.fileno() < 0:
            return
        self._loop.remove_reader(self._socket)
        if found == BATCH:
            self._loop.call_soon(self._look)
        else:
            self._loop.call_at(now + PACE, self._look)

    def _drain(self) -> int:
        """Take what is there, at most BATCH; gives how many."""
        if self._socket.fileno() < 0:
            return 0
        unread, receive, local, is_overloaded = self._unread, self._receive, self._local, self._overload.is_on
        for number in range(BATCH):
            if not unread:
                unread.extend(self._read())
                if not unread:
                    self._overload.nothing_waits()
                    return number
            data, host, port = unread.popleft()
            if len(data) < _SHORTEST or data[0] < 0x20 and _is_keepalive(data):  # noqa: RUF021
                continue
            if is_overloaded and is_expendable(data) and not self._spares(host):
                self.shed += 1
                continue
            receive(data, Flow("udp", host, port, local))
            if self._socket.fileno() < 0:
                return 0
        self._overload.more_waits(self._loop.time())
        return BATCH

    def _flush(self) -> None:
        """Send, or queue behind what waits already; beyond the queue's bound datagrams are lost."""
        leaving, self._leaving = self._leaving[:BURST], self._leaving[BURST:]
        if self._socket.fileno() < 0:
            return
        for data, flow in leaving:
            if self._waiting or not self._try(data, flow):
                self._enqueue(data, flow)
        if self._leaving:
            self._loop.call_later(GAP, self._flush)

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
