"""What the edge remembers of its peers for a while, so that not each call finds it out again.

Which of them take no TCP, so that a large request goes to them by UDP at once (RFC 3261 §18.1.1), and which did not
answer, so that others are tried first (RFC 3263 §4.3). Both are bounded and short: a peer that is mended is soon
found well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from sipedge.sip.flow import Flow

REFUSES_TCP_SECONDS: Final = 600.0
DOWN_SECONDS: Final = 30.0
TRYING_SECONDS: Final = 10.0  # longer than a connection is waited for
MAX_PEERS: Final = 10_000

Peer = tuple[str, str, int]


class PeerMemory:
    """Peers are known by transport, address and port. now: seconds of a monotonic clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._without_tcp: dict[Peer, float] = {}
        self._trying: dict[Peer, float] = {}
        self._down: dict[Peer, float] = {}

    def takes_tcp(self, flow: Flow) -> bool:
        """Whether TCP to a flow's peer may be tried. flow: of TCP."""
        return not self._without_tcp or self._without_tcp.get(flow[:3], 0.0) <= self._now()

    def tcp_refused(self, flow: Flow) -> None:
        """No connection to that peer could be made."""
        _remember(self._without_tcp, flow[:3], self._now() + REFUSES_TCP_SECONDS)

    def trying_tcp(self, flow: Flow) -> None:
        """Something is sent by TCP for its size, and no transaction will learn whether it arrived."""
        _remember(self._trying, flow[:3], self._now() + TRYING_SECONDS)

    def flow_failed(self, flow: Flow) -> None:
        """The transport could not deliver to a flow, whatever was sent there."""
        if self._trying and self._trying.pop(flow[:3], 0.0) > self._now():
            self.tcp_refused(flow)

    def is_down(self, flow: Flow) -> bool:
        """Whether the flow's peer did not answer lately."""
        return bool(self._down) and self._down.get(flow[:3], 0.0) > self._now()

    def down(self, flow: Flow) -> None:
        """The flow's peer did not answer, could not be reached, or said 503."""
        _remember(self._down, flow[:3], self._now() + DOWN_SECONDS)

    def up(self, flow: Flow) -> None:
        """The flow's peer has answered."""
        if self._down:
            self._down.pop(flow[:3], None)

    def in_order(self, flows: Sequence[Flow]) -> list[Flow]:
        """Those that are not down first; otherwise as they stood."""
        return sorted(flows, key=self.is_down) if self._down else list(flows)


def _remember(known: dict[Peer, float], peer: Peer, until: float) -> None:
    known.pop(peer, None)
    if len(known) >= MAX_PEERS:
        del known[next(iter(known))]
    known[peer] = until
