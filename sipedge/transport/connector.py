"""Connections that the edge makes itself, and what waits for them (RFC 3261 §18.1.1)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from sipedge.sip.flow import Flow
from sipedge.transport.connections import Peer, peer_of
from sipedge.transport.limits import TransportLimits
from sipedge.transport.paths import Scopes
from sipedge.transport.sockets import family_of, is_wildcard
from sipedge.transport.stream import StreamConnection


class _Connecting:
    """A connection that is being made, and what waits for it: (data, the flow that it was sent to)."""

    __slots__ = ("size", "task", "waiting")

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.waiting: list[tuple[bytes, Flow]] = []
        self.size = 0


class Connector:
    """Makes each connection once, however much is sent meanwhile.

    report: told by each flow that cannot be sent to. made: gives the protocol object of a new connection.
    """

    def __init__(
        self,
        limits: TransportLimits,
        scopes: Scopes,
        report: Callable[[Flow, str], None],
        made: Callable[[Flow], StreamConnection],
    ) -> None:
        self._limits = limits
        self._scopes = scopes
        self._report = report
        self._made = made
        self._loop = asyncio.get_running_loop()
        self._connecting: dict[Peer, _Connecting] = {}
        self._bound: dict[int, tuple[str, str]] = {}  # transport, host

    def __len__(self) -> int:
        return len(self._connecting)

    def __contains__(self, peer: Peer) -> bool:
        return peer in self._connecting

    def leave_from(self, local: int, transport: str, host: str) -> None:
        """We listen here, so connections leave from here."""
        self._bound[local] = (transport, host)

    def begin(self, there: Flow) -> None:
        """Make a connection to a peer that is none yet, for what is sent by `wait` then."""
        peer = peer_of(there)
        connecting = self._connecting[peer] = _Connecting()
        connecting.task = self._loop.create_task(self._open(peer, there))

    def wait(self, peer: Peer, data: bytes, flow: Flow) -> None:
        """Send when the connection to this peer stands."""
        connecting = self._connecting[peer]
        if connecting.size + len(data) > self._limits.write_buffer:
            self._report(flow, "too much waits for the connection")
            return
        connecting.waiting.append((data, flow))
        connecting.size += len(data)

    def stands(self, flow: Flow) -> list[tuple[bytes, Flow]]:
        """A connection that was made stands: what waited for it."""
        connecting = self._connecting.pop(peer_of(flow), None)
        return connecting.waiting if connecting else []

    async def stop(self) -> None:
        """Give up what is being made."""
        tasks = [connecting.task for connecting in self._connecting.values() if connecting.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _open(self, peer: Peer, there: Flow) -> None:
        family = family_of(there.host)
        local, source = self._source(there, family)
        why = "closed by the peer"
        try:
            made = self._made(there._replace(local=local))
            async with asyncio.timeout(self._limits.connect_timeout):
                await self._loop.create_connection(
                    lambda: made,
                    self._numeric(there),
                    there.port,
                    family=family,
                    flags=socket.AI_NUMERICHOST,
                    local_addr=source,
                )
        except TimeoutError:
            why = "no connection in time"
        except OSError as error:
            why = error.strerror or str(error)
        except ValueError:  # from the TLS library
            why = f"{there.server_name!r} is no name that a certificate can be for"
        connecting = self._connecting.pop(peer, None)
        for flow in {flow for _, flow in connecting.waiting} if connecting else ():
            self._report(flow, why)

    def _numeric(self, there: Flow) -> str:
        """An IPv6 link-local host with the interface that it was heard on."""
        scope = self._scopes.address(there.host, there.port)[3:]
        return f"{there.host}%{scope[0]}" if scope else there.host

    def _source(self, there: Flow, family: socket.AddressFamily) -> tuple[int, tuple[str, int] | None]:
        """The listening address whose host a connection leaves from: the flow's, else the first that can."""
        fitting = {
            local: host
            for local, (transport, host) in self._bound.items()
            if transport == there.transport and family_of(host) is family
        }
        if not fitting:
            return there.local, None
        local = there.local if there.local in fitting else next(iter(fitting))
        return local, None if is_wildcard(fitting[local]) else (fitting[local], 0)
