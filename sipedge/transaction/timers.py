"""The timers of RFC 3261 §17 (Table 4) and RFC 6026, and the queue that they wait in.

All transactions use the same few durations, so one deque per duration is always in order of time: starting and
cancelling cost O(1), and no heap is needed. The clock is the caller's; it never goes back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from sipedge.transaction.states import State, Transaction

# Transactions that only wait for stragglers may end this much (seconds) late, so that they end in groups:
# at 8,000 a second some 400 for each wake-up instead of one.
LINGER_SLACK: Final = 0.05


class Timer(Enum):
    """Timers at which something has to be done. D, I, J, K, L and M only end a transaction: see `linger`."""

    A = "INVITE request again"
    B = "INVITE not answered"
    E = "non-INVITE request again"
    F = "non-INVITE request not answered"
    G = "INVITE response again"
    H = "no ACK"


@dataclass(frozen=True, slots=True)
class TimerValues:
    """Base values in seconds (RFC 3261 §17.1.1.1); the others follow from them."""

    t1: float = 0.5  # estimated round-trip time
    t2: float = 4.0  # the longest interval between retransmissions of non-INVITE requests and INVITE responses
    t4: float = 5.0  # how long a message may stay in the network
    unreliable_d: float = 32.0  # how long retransmitted responses to an INVITE are waited for: at least 32 s

    patience: float = field(init=False)
    """64*T1: timers B, F, H, L, M, and J where the transport is unreliable."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "patience", 64 * self.t1)

    def timer_d(self, reliable: bool) -> float:
        """Client, INVITE, COMPLETED: absorb further non-2xx responses."""
        return 0.0 if reliable else self.unreliable_d

    def timer_i(self, reliable: bool) -> float:
        """Server, INVITE, CONFIRMED: absorb further ACKs."""
        return 0.0 if reliable else self.t4

    def timer_j(self, reliable: bool) -> float:
        """Server, non-INVITE, COMPLETED: answer retransmitted requests."""
        return 0.0 if reliable else self.patience

    def timer_k(self, reliable: bool) -> float:
        """Client, non-INVITE, COMPLETED: absorb further responses."""
        return 0.0 if reliable else self.t4


class RunningTimer:
    """A started timer. Cancelling it forgets its owner at once; the place in the queue goes when its time comes."""

    __slots__ = ("deadline", "duration", "owner", "timer")

    def __init__(self, timer: Timer, owner: Transaction, duration: float, deadline: float) -> None:
        self.timer = timer
        self.owner: Transaction | None = owner
        self.duration = duration
        self.deadline = deadline

    def cancel(self) -> None:
        """It will not fire. Harmless when it has already."""
        self.owner = None


class TimerQueue:
    """All running timers and lingering transactions of a layer, with the values they are made of."""

    def __init__(self, values: TimerValues) -> None:
        self.values = values
        self._running: dict[float, deque[RunningTimer]] = {}
        self._lingering: dict[float, deque[Transaction]] = {}

    def start(self, timer: Timer, owner: Transaction, duration: float, now: float) -> RunningTimer:
        """Start a timer that fires `duration` seconds (> 0) from now."""
        running = RunningTimer(timer, owner, duration, now + duration)
        queue = self._running.get(duration)
        if queue is None:
            queue = self._running[duration] = deque()
        queue.append(running)
        return running

    def linger(self, owner: Transaction, duration: float, now: float) -> None:
        """Let a transaction end after `duration` seconds of waiting for stragglers; 0 ends it now.

        The cheap kind of timer, without an object of its own. A transaction lingers once in its life.
        """
        if duration <= 0:
            owner.state = State.TERMINATED
            return
        owner.deadline = now + duration
        queue = self._lingering.get(duration)
        if queue is None:
            queue = self._lingering[duration] = deque()
        queue.append(owner)

    def next_deadline(self) -> float | None:
        """When `fired` or `lapsed` have something next; None when nothing is waiting."""
        deadlines = []
        for running in self._running.values():
            while running and running[0].owner is None:
                running.popleft()
            if running:
                deadlines.append(running[0].deadline)
        deadlines += [queue[0].deadline + LINGER_SLACK for queue in self._lingering.values() if queue]
        return min(deadlines, default=None)

    def fired(self, now: float) -> Iterator[tuple[Transaction, RunningTimer]]:
        """Take out the timers whose time has come. New ones may be started meanwhile."""
        for queue in list(self._running.values()):
            while queue and queue[0].deadline <= now:
                running = queue.popleft()
                if running.owner is not None:
                    yield running.owner, running

    def lapsed(self, now: float) -> Iterator[Transaction]:
        """Take out the transactions that have lingered long enough, those that ended otherwise included."""
        for queue in self._lingering.values():
            while queue and queue[0].deadline <= now:
                yield queue.popleft()

    def __len__(self) -> int:
        return sum(map(len, self._running.values())) + sum(map(len, self._lingering.values()))
