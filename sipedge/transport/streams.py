"""SIP over streams (RFC 3261 §18): listening, connecting, and using connections again."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Callable, Sequence
from typing import Final

from sipedge.sip.flow import Flow
from sipedge.transport.certificates import Certificates
from sipedge.transport.connections import SECURE, ConnectionTable, peer_of
from sipedge.transport.connector import Connector
from sipedge.transport.limits import TransportLimits
from sipedge.transport.paths import Scopes
from sipedge.transport.sockets import canonical_host
from sipedge.transport.stream import StreamConnection
from sipedge.transport.tls import TlsSession
from sipedge.transport.turns import Turns
from sipedge.transport.websocket import WebSocketFraming
from sipedge.transport.wire import Framing, SipFraming

BACKLOG: Final = 1_024
TURN: Final = 0.02  # seconds between two looks at who waits for a handshake
SWEEP: Final = 1.0  # seconds between two looks for connections that are overdue
STOP_PATIENCE: Final = 1.0  # seconds that peers have to take what is buffered when we stop
WEB: Final = frozenset({"ws", "wss"})
_MAX_ALIASES: Final = 16  # an IPv6 address can be written in many ways


class Streams:
    """All stream connections of the edge, and the sockets that accept them.

    report: told by each flow that can no longer be sent to. ended: told of each connection that has ended. refuses:
    whether no connection is accepted from an address (a banned one).
    """

    def __init__(
        self,
        receive: Callable[[bytes, Flow], None],
        report: Callable[[Flow, str], None],
        ended: Callable[[Flow], None],
        limits: TransportLimits,
        scopes: Scopes,
        certificates: Certificates | None = None,
        origins: Sequence[str] | None = (),
        refuses: Callable[[str], bool] = lambda _host: False,
    ) -> None:
        self.refused = 0
        self._refuses = refuses
        self._receive = receive
        self._report = report
        self._ended = ended
        self._limits = limits
        self._scopes = scopes
        self._certificates = certificates
        self._origins = origins
        self._loop = asyncio.get_running_loop()
        self._table: ConnectionTable[StreamConnection] = ConnectionTable(limits, secrets.randbits(31) << 32)
        self._connector = Connector(limits, scopes, report, self._made)
        self._turns: Turns[StreamConnection] = Turns(limits.handshakes, self._loop.time())
        self._servers: list[asyncio.AbstractServer] = []
        self._all_closed = asyncio.Event()
        self._is_stopping = False
        self._sweeper = self._loop.call_later(SWEEP, self._sweep)

    def __len__(self) -> int:
        return len(self._table)

    @property
    def waiting(self) -> int:
        """Connections that wait for their turn to begin a TLS handshake."""
        return len(self._turns)

    async def listen(self, transport: str, bound: socket.socket, local: int) -> None:
        """Accept connections on a bound socket, which belongs to this object from here on."""
        self._connector.leave_from(local, transport, bound.getsockname()[0])
        server = await self._loop.create_server(lambda: self._accepted(transport, local), sock=bound, backlog=BACKLOG)
        self._servers.append(server)

    def send(self, data: bytes, flow: Flow) -> None:
        """Send on the flow's connection. A flow without a number gets any to its peer, made if there is none."""
        connection = self._table.find(flow)
        if connection is not None:
            self._write(connection, data, flow)
        elif flow.connection:
            self._report(flow, "the connection is closed")
        else:
            self._send_when_connected(data, flow)

    def pause(self) -> None:
        """Accept no more connections; those that stand go on."""
        for server in self._servers:
            server.close()

    async def stop(self) -> None:
        """Close everything, giving peers a moment to take what is buffered."""
        self._is_stopping = True
        self._sweeper.cancel()
        self.pause()
        await self._connector.stop()
        for connection in self._table.all():
            connection.close("the edge stops")
        if self._table:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_closed.wait(), STOP_PATIENCE)
        for connection in (*self._table.all(), *self._table.ending()):
            connection.abort("the edge stops")

    def peer_names(self, flow: Flow) -> tuple[str, ...]:
        """DNS names and URIs of the certificate that the peer proved itself by on this connection."""
        connection = self._table.find(flow) if flow.connection else None
        return connection.peer_names if connection is not None else ()

    def reuse(self, flow: Flow, port: int, name: str) -> None:
        """Let what is sent to this port of the connection's peer take the connection (RFC 5923 §5)."""
        connection = self._table.find(flow) if flow.connection else None
        if connection is not None and len(connection.peers) < _MAX_ALIASES:
            self._table.reuse(connection, peer_of(flow._replace(port=port, server_name=name)))

    def abort(self, flow: Flow, why: str) -> None:
        """Close this very connection at once."""
        connection = self._table.find(flow) if flow.connection else None
        if connection is not None:
            connection.abort(why)

    # What StreamConnection tells its owner.

    def opened(self, connection: StreamConnection) -> bool:
        """A connection stands. False: no room for it."""
        now = self._loop.time()
        self._scopes.note(connection.peer)
        if connection.accepted and not self._has_room_for(connection.flow.host, now):
            self.refused += 1
            return False
        self._table.add(connection, now)
        if not connection.accepted:
            for data, flow in self._connector.stands(connection.flow):
                self._write(connection, data, flow)
        return True

    def knocks(self, connection: StreamConnection) -> None:
        """A connection wants to begin its TLS handshake."""
        if self._turns.take(self._loop.time()):
            connection.shake()
            return
        if not self._turns:
            self._loop.call_later(TURN, self._admit)
        self._turns.wait(connection.flow.host, connection)

    def shook(self, connection: StreamConnection) -> None:
        """A TLS handshake has ended."""
        self._table.shook(connection)

    def heard(self, connection: StreamConnection, *, completed: bool, partial: bool) -> None:
        """Bytes came on a connection."""
        self._table.heard(connection, self._loop.time(), completed=completed, partial=partial)

    def closed(self, connection: StreamConnection, why: str, *, lingers: bool) -> None:
        """A connection is of no use any more: everyone who sends to it learns that, by each of its flows."""
        table = self._table
        if connection.shakes:
            self._turns.forget(connection.flow.host, connection)
        was_used = table.retire(connection, self._loop.time()) if lingers else table.remove(connection)
        if self._is_stopping:
            if not table:
                self._all_closed.set()
        elif was_used:
            for flow in (connection.flow, *connection.aliases):
                self._report(flow, why)
            self._ended(connection.flow)

    def _admit(self) -> None:
        for connection in self._turns.next(self._loop.time()):
            connection.shake()
        if self._turns and not self._is_stopping:
            self._loop.call_later(TURN, self._admit)

    def _has_room_for(self, host: str, now: float) -> bool:
        if self._table.is_source_full(host) or self._refuses(host):
            return False
        return self._make_room(now)

    def _make_room(self, now: float) -> bool:
        if len(self._table) + len(self._connector) < self._limits.connections:
            return True
        silent = self._table.evictable(now)
        if silent is None:
            return False
        silent.abort("its place was needed")
        return True

    def _accepted(self, transport: str, local: int) -> StreamConnection:
        tls = self._certificates.accept(transport) if self._certificates and transport in SECURE else None
        framing = WebSocketFraming(self._origins) if transport in WEB else SipFraming()
        return self._new(Flow(transport, "", 0, local), framing, tls, accepted=True)

    def _made(self, flow: Flow) -> StreamConnection:
        tls = self._certificates.connect(flow.server_name) if self._certificates and flow.transport in SECURE else None
        return self._new(flow, SipFraming(), tls, accepted=False)

    def _new(self, flow: Flow, framing: Framing, tls: TlsSession | None, *, accepted: bool) -> StreamConnection:
        flow = flow._replace(connection=self._table.next_serial())
        buffer = self._limits.write_buffer
        return StreamConnection(flow, self, self._receive, framing, tls, accepted=accepted, write_buffer=buffer)

    def _write(self, connection: StreamConnection, data: bytes, flow: Flow) -> None:
        if not flow.connection and len(connection.aliases) < _MAX_ALIASES:
            connection.aliases.add(flow)
        connection.write(data)

    def _send_when_connected(self, data: bytes, flow: Flow) -> None:
        if flow.transport in WEB:
            self._report(flow, "a WebSocket is only ever opened by its phone")
            return
        try:
            host = canonical_host(flow.host)
        except ValueError as error:
            self._report(flow, str(error))
            return
        flow_there = flow._replace(host=host)
        peer = peer_of(flow_there)
        connection = self._table.find(flow_there)
        if connection is not None:
            self._write(connection, data, flow)
            return
        if peer not in self._connector:
            if not 0 < flow.port < 65_536 or self._is_stopping or not self._make_room(self._loop.time()):
                self._report(flow, "no connection can be made")
                return
            self._connector.begin(flow_there)
        self._connector.wait(peer, data, flow)

    def _sweep(self) -> None:
        for connection in self._table.silent(self._loop.time()):
            connection.ping()
        for connection, why in self._table.overdue(self._loop.time()):
            connection.abort(why)
        self._sweeper = self._loop.call_later(SWEEP, self._sweep)
