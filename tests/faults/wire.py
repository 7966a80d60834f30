"""A UDP address of phones or of a gateway that keeps RFC 3261's timers, so that a lost datagram is sent again.

asyncio, so that thousands of transactions are under way while a test stops and breaks what stands behind them. A
request goes out again after T1, doubled up to T2, for 64*T1 (§17.1); what comes twice is answered as before (§17.2).
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from typing import Final, Self, cast

from tests.scenarios.sip_message import Received, read, token

T1: Final = 0.5
T2: Final = 4.0
TIMEOUT: Final = 64 * T1
_BUFFER: Final = 1 << 22


class Peer(asyncio.DatagramProtocol):
    """One socket. `sent_by` is what Via and Contact name: its address, or that of a relay before it.

    answer: gets each new request, and gives the response to it at once; None: there is none (an ACK), or it comes later
    by `respond`.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.sent_by = ""
        self.answer: Callable[[Received], bytes | None] = lambda _request: None
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.retransmitted = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._closed = asyncio.Event()
        self._waiting: dict[tuple[str, str], asyncio.Queue[Received]] = {}
        self._answered: dict[tuple[str, str, str], bytes | None] = {}
        self._acks: dict[str, bytes] = {}

    @classmethod
    async def open(cls, target: tuple[str, int], host: str = "127.0.0.1", port: int = 0) -> Self:
        """A peer at this address, any free port if none is given."""
        here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        here.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        here.bind((host, port))
        _, peer = await asyncio.get_running_loop().create_datagram_endpoint(lambda: cls(target), sock=here)
        peer.sent_by = "{}:{}".format(*here.getsockname())
        return peer

    async def close(self) -> None:
        """Closes its socket."""
        if self._transport is not None:
            self._transport.abort()
            await self._closed.wait()

    def via(self) -> str:
        """A Via value for a new transaction; rport, so that it works behind a relay too."""
        return f"SIP/2.0/UDP {self.sent_by};rport;branch=z9hG4bK{token()}"

    def send(self, data: bytes) -> None:
        """Sends it once."""
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.sendto(data, self.target)

    async def transact(self, data: bytes, seconds: float = TIMEOUT) -> Received | None:
        """The final response to a request that is no INVITE; None when there is none within so many seconds."""
        return await self._final(data, seconds, lambda _provisional: T2)

    async def invite(self, data: bytes, seconds: float) -> Received | None:
        """The final response to an INVITE (§17.1.1); a failure is acknowledged here, a success by `acknowledge`."""
        found = await self._final(data, seconds, lambda provisional: None if provisional else TIMEOUT)
        if found is not None and found.status >= 300:
            self._acks[found.get("Call-ID")] = ack = ack_of(read(data), found)
            self.send(ack)
        return found

    def acknowledge(self, call_id: str, ack: bytes) -> None:
        """Sends the ACK of a 2xx, and again for each time that the 2xx comes (§13.2.2.4)."""
        self._acks[call_id] = ack
        self.send(ack)

    def respond(self, request: Received, response: bytes) -> None:
        """Answers a request, and what is sent again of it."""
        self._answered[_key(request)] = response
        self.send(response)

    async def _final(self, data: bytes, seconds: float, longest: Callable[[bool], float | None]) -> Received | None:
        key = read(data).transaction
        queue = self._waiting.setdefault(key, asyncio.Queue())
        loop = asyncio.get_running_loop()
        deadline, pause, is_proceeding = loop.time() + seconds, T1, False
        self.send(data)
        again = loop.time() + pause
        try:
            while (now := loop.time()) < deadline:
                most = longest(is_proceeding)
                try:
                    until = deadline if most is None else min(again, deadline)
                    found = await asyncio.wait_for(queue.get(), until - now)
                except TimeoutError:
                    if most is None or loop.time() >= deadline:
                        continue
                    self.retransmitted += 1
                    self.send(data)
                    pause = min(2 * pause, most)
                    again = loop.time() + pause
                    continue
                if found.status >= 200:
                    return found
                is_proceeding = True
        finally:
            del self._waiting[key]
        return None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self._closed.set()

    def error_received(self, exc: Exception) -> None:
        """See asyncio: the edge is gone for the moment."""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """See asyncio."""
        message = read(data)
        if message.status:
            self._response(message)
        elif message.method == "ACK":
            self.answer(message)
        else:
            self._request(message)

    def _response(self, message: Received) -> None:
        queue = self._waiting.get(message.transaction)
        if message.status >= 200:
            self.statuses[message.method, message.status] += 1
        if queue is not None:
            queue.put_nowait(message)
        elif message.method == "INVITE" and message.status >= 200 and message.get("Call-ID") in self._acks:
            self.send(self._acks[message.get("Call-ID")])

    def _request(self, message: Received) -> None:
        key = _key(message)
        if key in self._answered:
            response = self._answered[key]
        else:
            self._answered[key] = None
            response = self._answered[key] = self.answer(message)
        if response is not None:
            self.send(response)


def ack_of(request: Received, response: Received) -> bytes:
    """The ACK of an INVITE that failed (§17.1.1.3)."""
    from tests.scenarios.sip_message import write

    kept = [(name, request.get(name)) for name in ("Via", "Max-Forwards", "From", "Call-ID")]
    number = request.get("CSeq").partition(" ")[0]
    return write(f"ACK {request.uri} SIP/2.0", [*kept, ("To", response.get("To")), ("CSeq", f"{number} ACK")])


def _key(request: Received) -> tuple[str, str, str]:
    return request.get("Via"), request.get("Call-ID"), request.get("CSeq")
