"""Calls in from the gateway to registered phones: made one after the other, or many at once, while things break."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.faults.cluster import Cluster, Record
from tests.faults.stock import DOMAIN, e164
from tests.faults.wire import T1, T2, TIMEOUT, Peer
from tests.scenarios.sip_calls import SDP, answer_to, uri_in
from tests.scenarios.sip_message import Received, token, write

RING: Final = 0.05
PATIENCE: Final = TIMEOUT + 16.0  # seconds that a caller waits for an answer
SLACK: Final = 1.5  # seconds: a machine with other work, and a datagram that was sent again


class Callees:
    """What all phones at one address do when they are called: ring, answer, hear the BYE."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._unacknowledged: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.standing: dict[str, tuple[Received, str]] = {}
        peer.answer = self._answer

    async def close(self) -> None:
        """Ends what is still under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def hang_up(self, call_id: str) -> int:
        """A BYE from this side; the status that comes back, 0 for none."""
        invite, local = self.standing.pop(call_id)
        common = [("Via", self._peer.via()), ("Max-Forwards", "70"), ("From", local), ("To", invite.get("From"))]
        routes = [("Route", route) for route in invite.get_all("Record-Route")]
        keys = [("Call-ID", call_id), ("CSeq", "1 BYE")]
        data = write(f"BYE {uri_in(invite.get('Contact'))} SIP/2.0", [*common, *routes, *keys])
        answer = await self._peer.transact(data)
        return answer.status if answer else 0

    def _answer(self, request: Received) -> bytes | None:
        call_id = request.get("Call-ID")
        if request.method == "ACK":
            self._unacknowledged.discard(call_id)
            return None
        if request.method == "INVITE":
            task = asyncio.create_task(self._ring(request))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return answer_to(request, "180 Ringing", *self._dialog(request))
        if request.method == "BYE":
            self.standing.pop(call_id, None)
        return answer_to(request, "200 OK")

    async def _ring(self, invite: Received) -> None:
        """180 was sent; 200 goes out until the ACK comes (§13.3.1.4)."""
        await asyncio.sleep(RING)
        call_id = invite.get("Call-ID")
        local, headers = self._dialog(invite)
        self.standing[call_id] = (invite, local)
        self._unacknowledged.add(call_id)
        response = answer_to(invite, "200 OK", local, [*headers, ("Content-Type", "application/sdp")], SDP)
        pause, waited = T1, 0.0
        self._peer.respond(invite, response)
        while waited < TIMEOUT:
            await asyncio.sleep(pause)
            if call_id not in self._unacknowledged:
                return
            self._peer.respond(invite, response)
            waited, pause = waited + pause, min(2 * pause, T2)

    def _dialog(self, invite: Received) -> tuple[str, list[tuple[str, str]]]:
        routes = [("Record-Route", route) for route in invite.get_all("Record-Route")]
        return f"{invite.get('To')};tag=callee-{invite.get('Call-ID')}", [
            *routes,
            ("Contact", f"<sip:phone@{self._peer.sent_by}>"),
        ]


@dataclass
class Call:
    """A call from the gateway, from its INVITE on. status: that of the INVITE, 0 for no answer; bye: of the BYE.

    lasted, over: seconds from the answer to the BYE, and to its answer: a BYE may have to be sent again.
    """

    gateway: Peer
    number: int
    call_id: str
    local: str
    status: int = 0
    bye: int = -1
    dialled_at: float = field(default_factory=time.monotonic)
    answered_at: float = 0.0
    lasted: float = 0.0
    over: float = 0.0
    _remote: str = ""
    _target: str = ""
    _routes: tuple[str, ...] = ()

    @classmethod
    async def dial(cls, gateway: Peer, number: int, patience: float = PATIENCE) -> "Call":
        """Calls a phone by its number, and acknowledges the answer."""
        call = cls(gateway, number, token(), f"<sip:+43720123456@{gateway.sent_by}>;tag={token()}")
        uri = f"sip:{e164(number)}@{DOMAIN}"
        call._remote, call._target = f"<{uri}>", uri
        headers = [("Content-Type", "application/sdp")]
        final = await gateway.invite(call._request("INVITE", 1, headers, SDP), patience)
        if final is not None:
            call.status = final.status
            if final.status == 200:
                call.answered_at = time.monotonic()
                call._remote, call._target = final.get("To"), uri_in(final.get("Contact"))
                call._routes = tuple(reversed(final.get_all("Record-Route")))
                gateway.acknowledge(call.call_id, call._request("ACK", 1))
        return call

    @property
    def waited(self) -> float:
        """Seconds until its answer arrived: the edge may have seen it much earlier than the caller."""
        return self.answered_at - self.dialled_at

    async def hang_up(self) -> int:
        """Sends a BYE; the status that comes back, 0 for none."""
        self.lasted = time.monotonic() - self.answered_at
        answer = await self.gateway.transact(self._request("BYE", 2))
        self.over = time.monotonic() - self.answered_at
        self.bye = answer.status if answer else 0
        return self.bye

    def _request(self, method: str, cseq: int, headers: Sequence[tuple[str, str]] = (), body: bytes = b"") -> bytes:
        common = [
            ("Via", self.gateway.via()), ("Max-Forwards", "70"), *(("Route", route) for route in self._routes),
            ("From", self.local), ("To", self._remote), ("Call-ID", self.call_id), ("CSeq", f"{cseq} {method}"),
            ("Contact", f"<sip:gateway@{self.gateway.sent_by}>"),
        ]  # fmt: skip
        return write(f"{method} {self._target} SIP/2.0", [*common, *headers], body)


class Traffic:
    """Calls to the same phones again and again. hold: seconds that a call stands; pause: between a phone's calls.

    patience: seconds that a caller waits for an answer.
    """

    def __init__(self, gateway: Peer, numbers: range, hold: float, pause: float, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._gateway = gateway
        self._numbers = numbers
        self._hold, self._pause = hold, pause
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.calls: list[Call] = []

    def start(self) -> None:
        """Begins. Needs a running loop."""
        self._stopping.clear()
        self._tasks = [asyncio.create_task(self._live(number)) for number in self._numbers]

    async def stop(self) -> None:
        """Begins nothing new, and waits until all calls have ended."""
        self._stopping.set()
        await asyncio.gather(*self._tasks)

    def answered(self) -> list[Call]:
        """The calls that stood."""
        return [call for call in self.calls if call.status == 200]

    def failed(self) -> list[str]:
        """Calls that were not answered and hung up as they should."""
        return [f"call to phone{call.number}: INVITE {call.status}, BYE {call.bye}" for call in self.calls
                if (call.status, call.bye) != (200, 200)]  # fmt: skip

    async def _live(self, number: int) -> None:
        while not self._stopping.is_set():
            call = await Call.dial(self._gateway, number, self._patience)
            self.calls.append(call)
            if call.status == 200:
                await asyncio.sleep(self._hold)
                await call.hang_up()
            await asyncio.sleep(self._pause)


async def misrecorded(calls: Sequence[Call], cluster: Cluster, seconds: float = 10.0) -> list[str]:
    """What is wrong with the records of calls that stood and ended, once they have had time to be written."""
    deadline = time.monotonic() + seconds
    while wrong := _against(calls, await asyncio.to_thread(cluster.calls)):
        if time.monotonic() > deadline:
            return wrong
        await asyncio.sleep(0.2)
    return []


def _against(calls: Sequence[Call], records: Mapping[str, Record]) -> list[str]:
    wrong = []
    for call in calls:
        record = records.get(call.call_id)
        if record is None or (record.state, record.status_code) != ("ended", 200):
            wrong.append(f"{call.call_id} ended, BYE {call.bye}: {record}")
        elif record.duration is None or not call.lasted - SLACK <= record.duration <= call.over + call.waited + SLACK:
            wrong.append(f"{call.call_id} lasted {call.lasted:.1f} to {call.over:.1f} s: {record}")
    return wrong
