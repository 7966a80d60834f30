"""TLS and WebSocket peers of an edge, on real sockets."""

import asyncio
import ssl
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from sipedge.transport.certificates import Certificates, TlsFiles
from tests.certificates import Authority, Pair
from tests.sipedge.transport.loopback import Edge
from tests.sipedge.transport.peers import Client

TLS = ("tls", "127.0.0.1", 0)
WS = ("ws", "127.0.0.1", 0)
WSS = ("wss", "127.0.0.1", 0)
SITE = "https://portal.example.org"


class Pki:
    """An authority, the edge's certificates by it, and what clients need to trust them."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        self.pair = self.authority.server("localhost", "127.0.0.1", "::1")
        self.files = TlsFiles((self.pair.both,), client_ca=self.authority.certificate, ca=self.authority.certificate)

    def certificates(self) -> Certificates:
        """The edge's."""
        return Certificates(self.files)

    def context(self, pair: Pair | None = None) -> ssl.SSLContext:
        """A client's."""
        return self.authority.context(pair)


async def connect_tls(edge: Edge, context: ssl.SSLContext, local: int = 0, source: str = "127.0.0.1") -> Client:
    """A TLS client of the edge."""
    host, port = edge.transports.addresses[local][1:]
    opened = await asyncio.open_connection(host, port, ssl=context, server_hostname="localhost", local_addr=(source, 0))
    return Client(*opened)


async def connect_web(
    edge: Edge, local: int = 0, *, context: ssl.SSLContext | None = None, origin: str | None = SITE
) -> ClientConnection:
    """A WebSocket client of the edge. Raises InvalidStatus when it is refused."""
    transport, host, port = edge.transports.addresses[local]
    return await connect(
        f"{transport}://{host}:{port}/",
        origin=Origin(origin) if origin else None,
        subprotocols=[Subprotocol("sip")],
        ssl=context,
        proxy=None,
        compression=None,
        ping_interval=None,
    )
