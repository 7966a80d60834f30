"""Calls that may ring for too long: when each response context has to be looked at again (Timer C)."""

from __future__ import annotations

import heapq
from itertools import count
from typing import Final, Protocol

SPARE_PLACES: Final = 1_000  # empty places that nobody minds: some 100 kB


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
    came nearer (a CANCEL was sent) has to be given to `watch` again. What is forgotten is not kept alive by its place
    in the heap, and empty places are thrown out when they are more than the others."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int]] = []
        self._places: dict[int, HasDeadline] = {}
        self._watched: dict[HasDeadline, tuple[float, int]] = {}
        self._number = count()

    def __len__(self) -> int:
        return len(self._watched)

    def watch(self, thing: HasDeadline) -> None:
        """Call `thing.handle_deadline` when its deadline has come, again and again until it has none."""
        deadline = thing.deadline()
        before = self._watched.get(thing)
        if deadline is None or (before is not None and before[0] <= deadline):
            return
        self.forget(thing)
        place = (deadline, next(self._number))
        self._watched[thing] = place
        self._places[place[1]] = thing
        heapq.heappush(self._heap, place)

    def forget(self, thing: HasDeadline) -> None:
        """It has come to its end by itself. Harmless when it is not watched."""
        place = self._watched.pop(thing, None)
        if place is not None:
            del self._places[place[1]]
            if len(self._heap) > 2 * len(self._places) + SPARE_PLACES:
                self._heap = list(self._watched.values())
                heapq.heapify(self._heap)

    def handle(self, now: float) -> None:
        """Call whatever is due, each thing once."""
        called = []
        while self._heap and self._heap[0][0] <= now:
            _, number = heapq.heappop(self._heap)
            thing = self._places.get(number)
            if thing is None:
                continue  # it was forgotten, or watched again for an earlier time
            self.forget(thing)
            deadline = thing.deadline()
            if deadline is not None and deadline <= now:
                thing.handle_deadline(now)
            called.append(thing)
        for thing in called:
            self.watch(thing)

    def things(self) -> list[HasDeadline]:
        """All that is watched."""
        return list(self._watched)

    def give_up(self) -> None:
        """Bring everything to its end now."""
        for thing in list(self._watched):
            if thing.deadline() is not None:
                thing.give_up()
