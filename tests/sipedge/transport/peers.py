"""TCP peers of an edge: a client that connects to it, and a server that it connects to."""

import asyncio
import contextlib
import ssl

from tests.sipedge.transport.loopback import PATIENCE, Edge, until


class Client:
    """A plain TCP peer of an edge."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.host, self.port = writer.get_extra_info("sockname")[:2]

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def receive(self, count: int) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readexactly(count)

    async def is_closed(self) -> bool:
        """Waits for the edge to close."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read() == b""
            except (ConnectionError, ssl.SSLError):
                return True

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await self.writer.wait_closed()


async def connect(edge: Edge, local: int = 0) -> Client:
    host, port = edge.transports.addresses[local][1:]
    return Client(*await asyncio.open_connection(host, port))


class Peer:
    """A TCP server: what the edge connects to."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def listen(self, host: str = "127.0.0.1", port: int = 0, context: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._accepted, host, port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients.append(Client(reader, writer))

    async def client(self, number: int = 0) -> Client:
        await until(lambda: len(self.clients) > number)
        return self.clients[number]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for client in self.clients:
            await client.close()
