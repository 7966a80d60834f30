"""All transports behind one face: what the edge sends by and receives from.

    transports = Transports(receive, failed, closed)
    await transports.start([("udp", "127.0.0.1", 5060), ("tcp", "127.0.0.1", 5060)])

`receive(data, flow)` gets each datagram and each framed message, at once. `failed(flow, why)` is told what could not
be delivered and which flows are gone, never from inside `send`; `closed(flow)` of each stream connection that ended,
after that. None of them may raise. Hosts are IP literals.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
from typing import Final

from sipedge.sip.flow import Flow
from sipedge.transport.certificates import Certificates
from sipedge.transport.connections import SECURE
from sipedge.transport.limits import TransportLimits
from sipedge.transport.paths import Scopes
from sipedge.transport.sockets import TransportError, allow_files, open_socket
from sipedge.transport.streams import Streams
from sipedge.transport.udp import UdpSocket, fits

__all__ = ["Address", "TransportError", "Transports"]

Address = tuple[str, str, int]  # transport, host, port

OTHER_FILES: Final = 200  # open files besides connections: listening sockets, PostgreSQL, logs, libraries


class Transports:
    """Every socket of the edge. Needs a running loop from `start` to `stop`.

    certificates: for TLS and secure WebSocket. origins: see WebSocketFraming. refuses: whether no connection is
    accepted from an address (a banned one). spares: see UdpSocket.
    """

    def __init__(
        self,
        receive: Callable[[bytes, Flow], None],
        failed: Callable[[Flow, str], None],
        closed: Callable[[Flow], None],
        limits: TransportLimits | None = None,
        certificates: Certificates | None = None,
        origins: Sequence[str] | None = (),
        refuses: Callable[[str], bool] = lambda _host: False,
        spares: Callable[[str], bool] = lambda _host: False,
    ) -> None:
        self._spares = spares
        self._refuses = refuses
        self.addresses: list[Address] = []
        self._receive = receive
        self._failed = failed
        self._closed = closed
        self._limits = limits or TransportLimits()
        self._certificates = certificates
        self._origins = origins
        self._scopes = Scopes()
        self._udp: dict[int, UdpSocket] = {}
        self._streams: Streams | None = None
        self._transports: set[str] = set()
        self._reports: list[tuple[Flow, str | None]] = []  # why a flow failed; None: a connection ended

    async def start(self, addresses: Sequence[Address]) -> None:
        """Listen on all addresses; an address's place in the list is the `local` of its flows.

        `self.addresses` then says what was bound (port 0 asks for a free one). Raises TransportError, with nothing
        left open. Where the system allows fewer open files than `limits.connections`, fewer connections are accepted,
        so that listening sockets and the database still get theirs.
        """
        files = allow_files(self._limits.connections + OTHER_FILES)
        connections = max(files - OTHER_FILES, 1)
        limits = dataclasses.replace(self._limits, connections=min(self._limits.connections, connections))
        self._streams = Streams(
            self._receive,
            self._report,
            self._ended,
            limits,
            self._scopes,
            self._certificates,
            self._origins,
            self._refuses,
        )
        try:
            for local, (transport, host, port) in enumerate(addresses):
                await self._listen(local, transport, host, port)
        except TransportError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close everything. Streams get a moment to send what is buffered."""
        if self._streams is not None:
            await self._streams.stop()
        self._streams = None
        for bound in self._udp.values():
            bound.close()
        self._udp.clear()
        self.addresses.clear()
        self._transports.clear()

    def pause_accepting(self) -> None:
        """Accept no more connections, for draining. Datagrams and the connections that stand go on."""
        if self._streams is not None:
            self._streams.pause()

    @property
    def has_unread(self) -> bool:
        """Whether datagrams have come that were not read yet."""
        return any(bound.has_unread for bound in self._udp.values())

    def send(self, data: bytes, flow: Flow) -> None:
        """Send one message. Never blocks, never raises; what cannot be delivered is told to `failed`, later."""
        if flow.transport == "udp":
            bound = self._udp.get(flow.local)
            if bound is None or not fits(bound, flow):
                bound = next((other for other in self._udp.values() if fits(other, flow)), None)
            if bound is not None:
                bound.send(data, flow)
                return
        elif flow.transport in self._transports and self._streams is not None:
            self._streams.send(data, flow)
            return
        self._report(flow, f"no {flow.transport} here that reaches such an address")

    def peer_names(self, flow: Flow) -> tuple[str, ...]:
        """DNS names and URIs of the certificate that the peer of this connection proved itself by, () without one."""
        return self._streams.peer_names(flow) if self._streams is not None else ()

    def reuse(self, flow: Flow, port: int, name: str) -> None:
        """Let what is sent to this port of a connection's peer take the connection (RFC 5923 §5).

        The caller has made sure that the peer is who it says. name: the `server_name` of flows that may take it.
        """
        if self._streams is not None:
            self._streams.reuse(flow, port, name)

    def abort(self, flow: Flow, why: str) -> None:
        """Close this very connection at once; does nothing for datagrams."""
        if self._streams is not None:
            self._streams.abort(flow, why)

    def counts(self) -> dict[str, int]:
        """Figures for metrics."""
        return {
            "connections": len(self._streams) if self._streams else 0,
            "connections_refused": self._streams.refused if self._streams else 0,
            "handshakes_waiting": self._streams.waiting if self._streams else 0,
            "datagrams_dropped": sum(bound.dropped for bound in self._udp.values()),
            "datagrams_shed": sum(bound.shed for bound in self._udp.values()),
        }

    async def _listen(self, local: int, transport: str, host: str, port: int) -> None:
        if transport in SECURE and self._certificates is None:
            raise TransportError(transport, host, port, "needs a certificate")
        opened = open_socket(transport, host, port, self._limits.receive_buffer)
        self.addresses.append((transport, host, opened.getsockname()[1]))
        self._transports.add(transport)
        if transport == "udp":
            self._udp[local] = UdpSocket(
                opened, local, self._receive, self._report, self._limits, self._scopes, self._spares
            )
        elif self._streams is not None:
            try:
                await self._streams.listen(transport, opened, local)
            except OSError as error:  # another program listens already: bind let it pass, listen does not
                opened.close()
                raise TransportError(transport, host, port, "is taken by another program") from error

    def _report(self, flow: Flow, why: str | None) -> None:
        """Tell `failed` when the caller is done: it would otherwise run inside whatever is sending."""
        if not self._reports:
            asyncio.get_running_loop().call_soon(self._tell)
        self._reports.append((flow, why))

    def _ended(self, flow: Flow) -> None:
        self._report(flow, None)

    def _tell(self) -> None:
        reports, self._reports = self._reports, []
        for flow, why in reports:
            if why is None:
                self._closed(flow)
            else:
                self._failed(flow, why)
