"""Calls that may ring for too long: when each response context has to be looked at again (Timer C)."""

from __future__ import annotations

import heapq
import math
from itertools import count
from typing import Protocol


class HasDeadline(Protocol):
    """Something that wants to be called back."""

    def deadline(self) -> float | None:
        """When, in seconds of the monotonic clock; None: not any more."""
        ...

    def handle_deadline(self, now: float) -> None:
        """Do what is due."""
        ...

    def give_up(self) -> None:
        """Come to an end now."""
        ...


class Deadlines:
    """A heap of things with a deadline. One that moved further away is found out when the old time comes; one that
    came nearer (a CANCEL was sent) has to be given to `watch` again."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, HasDeadline]] = []
        self._watched: dict[HasDeadline, float] = {}
        self._number = count()

    def __len__(self) -> int:
        return len(self._watched)

    def watch(self, thing: HasDeadline) -> None:
        """Call `thing.handle_deadline` when its deadline has come, again and again until it has none."""
        deadline = thing.deadline()
        if deadline is not None and deadline < self._watched.get(thing, math.inf):
            self._watched[thing] = deadline
            heapq.heappush(self._heap, (deadline, next(self._number), thing))

    def handle(self, now: float) -> None:
        """Call whatever is due."""
        while self._heap and self._heap[0][0] <= now:
            at, _, thing = heapq.heappop(self._heap)
            if self._watched.get(thing) != at:
                continue  # it was watched again for an earlier time, which has come before
            del self._watched[thing]
            deadline = thing.deadline()
            if deadline is not None and deadline <= now:
                thing.handle_deadline(now)
            self.watch(thing)

    def give_up(self) -> None:
        """Bring everything to its end now."""
        for thing in list(self._watched):
            if thing.deadline() is not None:
                thing.give_up()
