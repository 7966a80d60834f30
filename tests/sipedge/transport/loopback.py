"""Transports on free loopback ports, and what they received and reported, to be waited for."""

import asyncio
import socket
from collections.abc import Callable, Sequence

from sipedge.sip.flow import Flow
from sipedge.transport.certificates import Certificates
from sipedge.transport.limits import TransportLimits
from sipedge.transport.manager import Address, Transports

PATIENCE = 5.0  # seconds until a condition that does not come true fails the test

OPTIONS = b"OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n"


class Edge:
    """Transports with a memory."""

    def __init__(
        self,
        limits: TransportLimits | None = None,
        certificates: Certificates | None = None,
        origins: Sequence[str] | None = (),
    ) -> None:
        self.received: list[tuple[bytes, Flow]] = []
        self.failures: list[tuple[Flow, str]] = []
        self.on_receive: Callable[[bytes, Flow], None] | None = None
        self.closed: list[Flow] = []
        self.transports = Transports(self._receive, self._failed, self.closed.append, limits, certificates, origins)
        self._changed = asyncio.Event()

    def _receive(self, data: bytes, flow: Flow) -> None:
        self.received.append((data, flow))
        self._changed.set()
        if self.on_receive is not None:
            self.on_receive(data, flow)

    def _failed(self, flow: Flow, why: str) -> None:
        self.failures.append((flow, why))
        self._changed.set()

    async def start(self, *addresses: Address) -> None:
        """Listen; without addresses on UDP and TCP at 127.0.0.1."""
        await self.transports.start(addresses or [("udp", "127.0.0.1", 0), ("tcp", "127.0.0.1", 0)])

    def port(self, local: int) -> int:
        """The port that an address got."""
        return self.transports.addresses[local][2]

    async def messages(self, count: int) -> list[bytes]:
        """The messages received so far, as soon as there are that many."""
        await self._until(lambda: len(self.received) >= count)
        return [data for data, _ in self.received]

    async def failure(self, count: int = 1) -> tuple[Flow, str]:
        """The last failure that was reported, as soon as there are that many."""
        await self._until(lambda: len(self.failures) >= count)
        return self.failures[-1]

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


class Phone:
    """A plain UDP socket of a peer."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))
        self.host, self.port = self._socket.getsockname()[:2]

    def send(self, data: bytes, port: int) -> None:
        """To the edge at the same host."""
        self._socket.sendto(data, (self.host, port))

    async def receive(self) -> bytes:
        """The next datagram."""
        async with asyncio.timeout(PATIENCE):
            loop = asyncio.get_running_loop()
            return await loop.sock_recv(self._socket, 65_535)

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until the condition is true."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  a state of the code under test, which has no event
            await asyncio.sleep(0.001)
