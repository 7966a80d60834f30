"""The wall clock may be set while the edge runs: what that must not do to registrations and to records of calls.

Timers, nonces and transactions go by the monotonic clock, which nobody sets. Two things need the time of day. When a
binding ends stands in PostgreSQL, in seconds since the epoch: set forward by an hour, the clock would end nearly all
of them at once, though their phones are well and come back only when they believe it is time. So for as long as a
binding may last the time that was jumped over counts for nothing when it is asked whether one has ended; by then every
phone has come back, and what it wrote is of the new time. (Set back, the clock lets some bindings last longer: the
panel's sweep bounds that.) And a call's times are told by the clock as it stood when the call began, so that its
duration is the time that has passed.

Pure: both clocks are given to it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple
from uuid import UUID

JUMP: Final = 2.0
"""Seconds by which the wall clock must have moved against the monotonic one between two looks, which are 50 ms apart:
NTP's corrections that are no jump are of 0.5 ms in a second."""
MAX_JUMPS: Final = 16
"""Jumps that are remembered for calls that began before them."""
_MILLISECOND: Final = 0.001
"""What a call's id leaves out of its beginning."""


class _Jump(NamedTuple):
    before: float
    after: float


class WallClock:
    """The time of day, and what is left of it when the clock is set.

    now, wall: the monotonic clock and the wall clock, in seconds. longest: seconds that a binding may last.
    """

    __slots__ = ("_jumps", "_longest", "_now", "_offset", "_over", "_spared", "_wall")

    def __init__(self, now: Callable[[], float], wall: Callable[[], float], longest: float) -> None:
        self._now = now
        self._wall = wall
        self._longest = longest
        self._offset = wall() - now()
        self._spared = 0.0  # seconds that were jumped over, and do not count for bindings
        self._over = 0.0  # when they count again
        self._jumps: deque[_Jump] = deque(maxlen=MAX_JUMPS)

    @property
    def jumps(self) -> int:
        """How many jumps are remembered."""
        return len(self._jumps)

    def look(self) -> float:
        """Seconds since the epoch; finds out whether the clock was set. To be called often: on each tick."""
        wall, now = self._wall(), self._now()
        moved = wall - now - self._offset
        self._offset += moved
        if not -JUMP < moved < JUMP:
            self._jumps.append(_Jump(wall - moved, wall))
            self._spared = max(0.0, self._spared + moved)
            self._over = now + self._longest
        elif self._spared and now >= self._over:
            self._spared = 0.0
        return wall

    def living(self) -> float:
        """Whoever's time ended before this is no longer registered: now, without what was jumped over lately."""
        return self.look() - self._spared

    def of_call(self, call_id: UUID) -> float:
        """Now, by the clock as it stood when a call began; call_id holds when that was (dialog/call.py)."""
        return self.by(((call_id.int >> 80) + 1) * _MILLISECOND)

    def by(self, began: float) -> float:
        """Now, by the clock as it stood at `began`, which was then its time; by today's clock where that is unknown."""
        wall = time = self.look()
        for jump in reversed(self._jumps):
            if jump.after <= began <= time:
                return time
            time -= jump.after - jump.before
        return time if began <= time else wall
