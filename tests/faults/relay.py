"""A bad network between phones and the edge: it loses, doubles, delays and reorders datagrams, each way, by a seed.

It stands where a NAT would: who is behind it is seen at the relay's outer address, and names that in Via and Contact.
So everything passes it, requests inside dialogs too, and it needs no rights and no other machine.
"""

import asyncio
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Self, cast

from tests.faults.wire import Peer

LATE_SECONDS: Final = (0.02, 0.12)  # what is reordered comes so much later: behind what was sent after it


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad it is. loss, doubled, late: of a hundred datagrams."""

    loss: int
    doubled: int = 0
    late: int = 0

    def __str__(self) -> str:
        return f"{self.loss} % lost, {self.doubled} % doubled, {self.late} % late, each way"


class Relay:
    """Between one peer and the edge. `lost`, `passed`: datagrams."""

    def __init__(self, edge: tuple[str, int], weather: Weather, seed: int) -> None:
        self._edge = edge
        self._weather = weather
        self._random = random.Random(seed)
        self._inner: asyncio.DatagramTransport | None = None
        self._outer: asyncio.DatagramTransport | None = None
        self._client: tuple[str, int] | None = None
        self._ends: list[_End] = []
        self.lost = self.passed = 0

    @classmethod
    async def before(cls, peer: Peer, host: str, weather: Weather, seed: int) -> Self:
        """Puts a relay at this address between a peer and its target."""
        relay = cls(peer.target, weather, seed)
        relay._inner = await relay._open("127.0.0.1", relay._from_client)
        relay._outer = await relay._open(host, relay._from_edge)
        peer.target = relay._inner.get_extra_info("sockname")
        peer.sent_by = "{}:{}".format(*relay._outer.get_extra_info("sockname"))
        return relay

    async def close(self) -> None:
        """Closes its sockets; what was late is lost."""
        for end in self._ends:
            await end.close()

    async def _open(self, host: str, receive: Callable[[bytes, tuple[str, int]], None]) -> asyncio.DatagramTransport:
        here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        here.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        here.bind((host, 0))
        transport, end = await asyncio.get_running_loop().create_datagram_endpoint(lambda: _End(receive), sock=here)
        self._ends.append(end)
        return transport

    def _from_client(self, data: bytes, source: tuple[str, int]) -> None:
        self._client = source
        self._pass(self._outer, data, self._edge)

    def _from_edge(self, data: bytes, _source: tuple[str, int]) -> None:
        if self._client is not None:
            self._pass(self._inner, data, self._client)

    def _pass(self, way: Any, data: bytes, to: tuple[str, int]) -> None:
        for _ in range(2 if self._random.randrange(100) < self._weather.doubled else 1):
            if self._random.randrange(100) < self._weather.loss:
                self.lost += 1
                continue
            self.passed += 1
            if self._random.randrange(100) < self._weather.late:
                pause = self._random.uniform(*LATE_SECONDS)
                asyncio.get_running_loop().call_later(pause, _send, way, data, to)
            else:
                way.sendto(data, to)


class _End(asyncio.DatagramProtocol):
    """One socket of a relay."""

    def __init__(self, receive: Callable[[bytes, tuple[str, int]], None]) -> None:
        self.datagram_received = receive  # type: ignore[method-assign]
        self._closed = asyncio.Event()
        self._transport: asyncio.DatagramTransport | None = None

    async def close(self) -> None:
        """Closes it."""
        if self._transport is not None:
            self._transport.abort()
            await self._closed.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self._closed.set()

    def error_received(self, exc: Exception) -> None:
        """See asyncio: who is behind it is gone, or not there yet."""


def _send(way: asyncio.DatagramTransport, data: bytes, to: tuple[str, int]) -> None:
    if not way.is_closing():
        way.sendto(data, to)
