"""One stream connection: bytes in, messages out. TLS and the framing lie between (tls.py, wire.py, websocket.py)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from sipedge.sip.flow import Flow
from sipedge.transport.connections import Peer
from sipedge.transport.paths import SocketAddress
from sipedge.transport.sockets import configure_stream
from sipedge.transport.tls import TlsError, TlsSession
from sipedge.transport.wire import Framing


class Owner(Protocol):
    """Who has the connections: told of what happens to them."""

    def opened(self, connection: StreamConnection) -> bool:
        """The connection stands. False: it may not stay."""

    def knocks(self, connection: StreamConnection) -> None:
        """It wants to begin a TLS handshake: let it, by `shake`, when it is its turn."""

    def shook(self, connection: StreamConnection) -> None:
        """Its TLS handshake has ended."""

    def heard(self, connection: StreamConnection, *, completed: bool, partial: bool) -> None:
        """Bytes came; see ConnectionTable.heard."""

    def closed(self, connection: StreamConnection, why: str, *, lingers: bool) -> None:
        """The connection is of no use any more. lingers: its last bytes are still under way. May be said twice."""


class StreamConnection(asyncio.Protocol):
    """The protocol object of asyncio for one connection.

    flow: with the number that only this connection has. aliases: the flows without a number by which it was sent to.
    peers: see ConnectionTable.reuse. peer: the socket address.
    """

    def __init__(
        self,
        flow: Flow,
        owner: Owner,
        receive: Callable[[bytes, Flow], None],
        framing: Framing,
        tls: TlsSession | None = None,
        *,
        accepted: bool,
        write_buffer: int,
    ) -> None:
        self.flow = flow
        self.accepted = accepted
        self.shakes = tls is not None
        self.pings = framing.pings
        self.heard_at = 0.0
        self.aliases: set[Flow] = set()
        self.peers: set[Peer] = set()
        self.peer: SocketAddress = ()
        self._owner = owner
        self._receive = receive
        self._framing = framing
        self._tls = tls
        self._write_buffer = write_buffer
        self._hello: bytes | None = b"" if accepted and tls is not None else None  # what waits for our turn
        self._transport: asyncio.Transport | None = None
        self._socket: asyncio.Transport | None = None  # as long as there is one; _transport: as long as it is used

    @property
    def peer_names(self) -> tuple[str, ...]:
        """What the peer's certificate names it, if it was verified."""
        return self._tls.peer_names if self._tls is not None else ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: the connection stands."""
        stream = cast(asyncio.Transport, transport)  # uvloop's has no base class in common with asyncio's
        peer = stream.get_extra_info("peername")
        if not peer:  # it went as it came
            stream.abort()
            return
        self.peer = (peer[0].partition("%")[0], *peer[1:])
        self.flow = self.flow._replace(host=self.peer[0], port=peer[1])
        configure_stream(stream.get_extra_info("socket"))
        self._transport = self._socket = stream
        if not self._owner.opened(self):
            self._transport = None
            stream.abort()
        elif self._tls is not None and not self.accepted:
            self._decrypt(self._tls, b"")  # our part of the handshake comes first

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes came. Whatever is wrong in them ends the connection at once."""
        if self._transport is None:
            return
        if self._hello is not None:
            self._hello += data
            self._transport.pause_reading()
            self._owner.knocks(self)
            return
        if self._tls is not None:
            decrypted = self._decrypt(self._tls, data)
            if decrypted is None:
                return
            data = decrypted
        framing = self._framing
        fed = framing.feed(data)
        if fed.owed:
            self._put(fed.owed)
        self._owner.heard(self, completed=fed.completed, partial=framing.has_partial)
        for message in fed.messages:
            if self._transport is None:
                return
            self._receive(message, self.flow)
        if fed.ending:
            self.end(fed.ending)
        elif self._tls is not None and self._tls.has_ended:
            self.end("closed by the peer")

    def shake(self) -> None:
        """It is this connection's turn to begin its TLS handshake."""
        hello, self._hello = self._hello, None
        if self._transport is not None and hello is not None:
            self._transport.resume_reading()
            self.data_received(hello)

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: the connection is gone."""
        self._transport = self._socket = None
        self._owner.closed(self, str(exc) if exc else "closed by the peer", lingers=False)

    def write(self, message: bytes) -> None:
        """Send. A peer that does not read for so long that the buffer is full loses the connection."""
        if self._transport is not None:
            self._put(self._framing.wrap(message))

    def ping(self) -> None:
        """Ask the peer whether it is there."""
        if self._transport is not None:
            self._put(self._framing.ping())

    def end(self, why: str) -> None:
        """Close as soon as what was said is on its way; nothing more is said or heard."""
        if self._transport is None:
            return
        stream = self._transport
        if self._tls is not None:
            self._tls.close()
            self._flush(self._tls)
        self._transport = None
        stream.close()
        self._owner.closed(self, why, lingers=True)

    def abort(self, why: str) -> None:
        """Close at once; what was not sent yet is lost."""
        if self._socket is not None:
            self._socket.abort()
            self._transport = self._socket = None
            self._owner.closed(self, why, lingers=False)

    def close(self, why: str) -> None:
        """Take leave of the peer, as the framing does that."""
        if self._transport is not None:
            goodbye = self._framing.goodbye()
            if goodbye:
                self._put(goodbye)
            self.end(why)

    def _decrypt(self, tls: TlsSession, data: bytes) -> bytes | None:
        """None: there is nothing to go on with."""
        was_established = tls.is_established
        try:
            data = tls.receive(data)
        except TlsError as error:
            self._flush(tls)  # the alert
            self.end(str(error))
            return None
        self._flush(tls)
        if not tls.is_established:
            self._owner.heard(self, completed=False, partial=False)  # a handshake has a clock of its own
            return None
        if not was_established:
            self._owner.shook(self)
        return data

    def _put(self, data: bytes) -> None:
        stream, tls = self._transport, self._tls
        if stream is None:
            return
        if tls is None:
            stream.write(data)
        else:
            try:
                tls.send(data)
            except TlsError as error:
                self.abort(str(error))
                return
            self._flush(tls)
        waiting = stream.get_write_buffer_size() + (tls.waiting_size if tls is not None else 0)
        if waiting > self._write_buffer:
            self.abort("the peer does not read")

    def _flush(self, tls: TlsSession) -> None:
        data = tls.outgoing()
        if data and self._transport is not None:
            self._transport.write(data)
