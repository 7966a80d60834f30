"""One stream connection: bytes in, messages out (RFC 3261 §18.3), keep-alives answered (RFC 5626 §3.5.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol, cast

from sipedge.sip.flow import Flow
from sipedge.sip.framing import KEEPALIVE, Framed, FramingError, StreamFramer
from sipedge.transport.sockets import configure_stream

_PONG: Final = b"\r\n"


class Owner(Protocol):
    """Who has the connections: told of what happens to them."""

    def opened(self, connection: StreamConnection) -> bool:
        """The connection stands. False: it may not stay."""

    def heard(self, connection: StreamConnection, *, completed: bool, partial: bool) -> None:
        """Bytes came; see ConnectionTable.heard."""

    def closed(self, connection: StreamConnection, why: str) -> None:
        """The connection is of no use any more. May be said twice."""


class StreamConnection(asyncio.Protocol):
    """The protocol object of asyncio for one connection.

    flow: with the number that only this connection has. aliases: the flows without a number by which it was sent to.
    """

    def __init__(
        self,
        flow: Flow,
        owner: Owner,
        receive: Callable[[bytes, Flow], None],
        *,
        accepted: bool,
        write_buffer: int,
    ) -> None:
        self.flow = flow
        self.accepted = accepted
        self.heard_at = 0.0
        self.aliases: set[Flow] = set()
        self._owner = owner
        self._receive = receive
        self._write_buffer = write_buffer
        self._framer = StreamFramer()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: the connection stands."""
        stream = cast(asyncio.Transport, transport)  # uvloop's has no base class in common with asyncio's
        peer = stream.get_extra_info("peername")
        if not peer:  # it went as it came
            stream.abort()
            return
        self.flow = self.flow._replace(host=peer[0], port=peer[1])
        configure_stream(stream.get_extra_info("socket"))
        self._transport = stream
        if not self._owner.opened(self):
            self._transport = None
            stream.abort()

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes came. Whatever is wrong in them ends the connection at once."""
        if self._transport is None:
            return
        framer = self._framer
        try:
            complete: list[Framed] | tuple[Framed, ...] = framer.feed(data)
        except FramingError as error:
            self._deliver(error.complete)
            self.abort(f"not SIP: {error.reason}")
            return
        self._owner.heard(self, completed=bool(complete), partial=framer.has_partial)
        self._deliver(complete)

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: the connection is gone."""
        self._transport = None
        self._owner.closed(self, str(exc) if exc else "closed by the peer")

    def write(self, data: bytes) -> None:
        """Send. A peer that does not read for so long that the buffer is full loses the connection."""
        if self._transport is None:
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > self._write_buffer:
            self.abort("the peer does not read")

    def abort(self, why: str) -> None:
        """Close at once; what was not sent yet is lost."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
            self._owner.closed(self, why)

    def close(self) -> None:
        """Close when everything is sent."""
        if self._transport is not None:
            self._transport.close()

    def _deliver(self, complete: list[Framed] | tuple[Framed, ...]) -> None:
        for item in complete:
            if self._transport is None:
                return
            if item is KEEPALIVE:
                self.write(_PONG)
            elif isinstance(item, bytes):
                self._receive(item, self.flow)
