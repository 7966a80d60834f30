"""Keep-alive OPTIONS to phones behind NAT: what keeps the NAT's door open where the phone itself does not.

Off unless SIP_NAT_PING says how often. Each binding of this edge that is reached by a UDP flow gets one OPTIONS in that
time. They are spread over it, read from the store in pages, and nothing is kept for them: no transaction, no
retransmission; an answer, whatever its status, is known by its branch, counted and dropped. A phone that is silent
keeps its binding: it may sleep, and a datagram may be lost.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from sipedge.proxy.forward import MAGIC_COOKIE
from sipedge.sip.flow import parse_flow
from sipedge.sip.message import HeaderError, Response
from sipedge.store.interfaces import FlowKey, KnownFlow, StoreUnavailable
from sipedge.store.waiting import start

if TYPE_CHECKING:
    from sipedge.handlers.services import Services

BRANCH: Final = MAGIC_COOKIE + "-ping-"
SLOWEST: Final = 10.0  # OPTIONS a second
FASTEST: Final = 2_000.0
"""Some 25 µs each, with the answer: 5 % of a core. Where it would take more of them, the interval grows."""
FIRST: Final = 500.0
"""In the first round, when it is not known yet how many there are."""
BURST: Final = 50.0
LOW: Final = 100
"""When so few are left of a page, the next one is read."""
RETRY: Final = 5.0  # seconds


class Pinger:
    """Walks through the flows of this edge, again and again. interval: seconds of one round; 0: never."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._interval = services.config.nat_ping
        self._queue: deque[KnownFlow] = deque()
        self._after: FlowKey | None = None
        self._is_reading = False
        self._read_at = self._round_at = self._last = services.now()
        self._rate = FIRST
        self._credit = 0.0
        self._in_round = 0
        self._sent = 0
        self._answered = 0

    def tick(self, now: float) -> None:
        """Send what is due. now: seconds of the monotonic clock."""
        if not self._interval or self._services.draining:
            return
        self._credit = min(self._credit + (now - self._last) * self._rate, BURST)
        self._last = now
        while self._credit >= 1 and self._queue:
            self._credit -= 1
            self._ping(self._queue.popleft())
        if self._after is None and not self._queue and not self._is_reading and now >= self._round_at:
            self._begin_round(now)
        if self._after is not None and len(self._queue) <= LOW and not self._is_reading and now >= self._read_at:
            self._is_reading = True
            start(self._read(self._after), self._failed)

    def counts(self) -> dict[str, int]:
        """Figures for metrics."""
        return {"nat_pings_sent": self._sent, "nat_pings_answered": self._answered}

    def is_answer(self, response: Response) -> bool:
        """Whether nobody but us waited for this response."""
        try:
            is_ours = (response.top_via.branch or "").startswith(BRANCH)
        except HeaderError:
            return False
        self._answered += is_ours
        return is_ours

    def _begin_round(self, now: float) -> None:
        if self._in_round:
            self._rate = min(max(self._in_round / self._interval, SLOWEST), FASTEST)
        self._in_round = 0
        self._round_at = now + self._interval
        self._after = (0, "")

    async def _read(self, after: FlowKey) -> None:
        page = await self._services.store.bindings.page(self._services.config.name, after)
        self._queue += [known for known in page.flows if known.flow.startswith("udp:")]
        self._after = page.after
        self._is_reading = False

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, StoreUnavailable):
            self._services.telemetry.exception("pings", error)
        self._is_reading = False
        self._read_at = self._services.now() + RETRY

    def _ping(self, known: KnownFlow) -> None:
        services = self._services
        if known.expires_at <= services.clock.living():
            return
        flow = parse_flow(known.flow)
        token, here = services.token(), services.listeners.of(flow).sent_by
        uri = known.contact.partition("?")[0]
        text = (
            f"OPTIONS {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {here};branch={BRANCH}{token};rport\r\n"
            "Max-Forwards: 70\r\n"
            f"From: <sip:{here}>;tag={token}\r\n"
            f"To: <{uri}>\r\n"
            f"Call-ID: {token}\r\n"
            "CSeq: 1 OPTIONS\r\n"
            "Content-Length: 0\r\n\r\n"
        )
        services.send(text.encode("ascii"), flow)
        self._sent += 1
        self._in_round += 1
