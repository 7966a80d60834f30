"""Phones on real sockets, over every transport, for a running edge; their requests are those of handlers/world.py."""

import asyncio
import ssl
from types import SimpleNamespace
from typing import Any, Self

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from sipedge.sip.flow import Flow
from sipedge.sip.framing import StreamFramer
from sipedge.sip.message import Request, Response, make_response, parse, serialise
from tests.sipedge.handlers.world import Phone, World
from tests.sipedge.routing.network import ALICE, BOB, NORTH

PATIENCE = 5.0


def give_passwords(store: Any) -> None:
    """Alice and bob of north.example may register."""
    for facts in (ALICE, BOB):
        World.give_password(SimpleNamespace(store=store), facts, NORTH)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, queue: asyncio.Queue[bytes]) -> None:
        self._queue = queue

    def datagram_received(self, data: bytes, _address: Any) -> None:
        self._queue.put_nowait(data)


class WirePhone(Phone):
    """One phone. Use `open`, and close it by `close`."""

    def __init__(self, flow: Flow, queue: asyncio.Queue[bytes]) -> None:
        super().__init__(None, flow)  # type: ignore[arg-type]
        self.host = f"[{flow.host}]" if ":" in flow.host else flow.host
        self._queue = queue
        self._say: Any = None
        self._end: Any = None
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, transport: str, host: str, port: int, context: ssl.SSLContext | None = None) -> Self:
        """Connected to the edge at host and port."""
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        if transport == "udp":
            return await cls._by_datagrams(queue, host, port)
        if transport in ("tcp", "tls"):
            return await cls._by_stream(transport, queue, host, port, context)
        return await cls._by_web(transport, queue, host, port, context)

    async def say(self, message: Request | Response) -> None:
        """Send."""
        done = self._say(serialise(message))
        if done is not None:
            await done

    async def hears(self) -> Any:
        """The next message."""
        return parse(await asyncio.wait_for(self._queue.get(), PATIENCE))

    async def final(self) -> Response:
        """The next final response."""
        while True:
            message = await self.hears()
            if isinstance(message, Response) and message.status_code >= 200:
                return message

    async def asks_as(self, username: str, message: Request) -> Response:
        """Send a request, answer the challenge; the final response."""
        await self.say(message)
        challenge = await self.final()
        if challenge.status_code == 407 and message.method == "INVITE":
            await self.say(self._ack(message, challenge))
        await self.say(self.authorised(challenge, message, username))
        return await self.final()

    async def registers(self, username: str) -> Response:
        """The answer to a registration."""
        aor = f"sip:{username}@north.example"
        return await self.asks_as(username, self.request("REGISTER", "sip:north.example", sender=aor, to=aor))

    async def answers(self, request: Request, status_code: int, tag: str = "callee") -> None:
        """Respond to a request that came."""
        await self.say(make_response(request, status_code, to_tag=tag, headers=[("Contact", f"<{self.uri}>")]))

    async def close(self) -> None:
        """Hang up the wire."""
        if self._task is not None:
            self._task.cancel()
        done = self._end()
        if done is not None:
            await done

    def _ack(self, message: Request, response: Response) -> Request:
        ack = message.copy()
        ack.method = "ACK"
        ack.set("CSeq", f"{message.cseq.number} ACK")
        ack.set("To", response.get("To") or "")
        return ack

    @classmethod
    async def _by_datagrams(cls, queue: asyncio.Queue[bytes], host: str, port: int) -> Self:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(queue), remote_addr=(host, port))
        phone = cls(Flow("udp", *transport.get_extra_info("sockname")[:2]), queue)
        phone._say, phone._end = transport.sendto, transport.close
        return phone

    @classmethod
    async def _by_stream(
        cls, transport: str, queue: asyncio.Queue[bytes], host: str, port: int, context: ssl.SSLContext | None
    ) -> Self:
        reader, writer = await asyncio.open_connection(host, port, ssl=context if transport == "tls" else None)
        phone = cls(Flow(transport, *writer.get_extra_info("sockname")[:2]), queue)
        phone._say, phone._end = writer.write, writer.close

        async def read() -> None:
            framer = StreamFramer()
            while data := await reader.read(65_536):
                for item in framer.feed(data):
                    if isinstance(item, bytes):
                        queue.put_nowait(item)

        phone._task = asyncio.create_task(read())
        return phone

    @classmethod
    async def _by_web(
        cls, transport: str, queue: asyncio.Queue[bytes], host: str, port: int, context: ssl.SSLContext | None
    ) -> Self:
        shown = f"[{host}]" if ":" in host else host
        web = await connect(
            f"{transport}://{shown}:{port}/", subprotocols=[Subprotocol("sip")],
            ssl=context if transport == "wss" else None, proxy=None,
        )  # fmt: skip
        phone = cls(Flow(transport, *web.local_address[:2]), queue)
        phone._say, phone._end = (lambda data: web.send(data.decode())), web.close

        async def read() -> None:
            async for data in web:
                queue.put_nowait(data.encode() if isinstance(data, str) else data)

        phone._task = asyncio.create_task(read())
        return phone
