"""One undecided change an AoR at a time: who comes second waits until the first is committed or has failed."""

from collections import deque
from collections.abc import Callable
from typing import Final

from sipedge.store.interfaces import StoreUnavailable
from sipedge.store.waiting import Waiting, failed

MAX_WAITING: Final = 16
"""REGISTER requests that may wait for one AoR: more than its ten phones need, too few to fill memory."""


class Turns:
    """Turns by subscriber id.

    `clock` gives seconds; a turn that took longer than `deadline` to come has failed.
    """

    __slots__ = ("_clock", "_deadline", "_taken")

    def __init__(self, clock: Callable[[], float], deadline: float) -> None:
        self._clock = clock
        self._deadline = deadline
        self._taken: dict[int, deque[tuple[float, Waiting[None]]] | None] = {}

    def take_if_free(self, subscriber_id: int) -> bool:
        """Whether the turn is the caller's now; nobody waits for it."""
        if subscriber_id in self._taken:
            return False
        self._taken[subscriber_id] = None
        return True

    def take(self, subscriber_id: int) -> Waiting[None] | None:
        """None: the turn is the caller's; else it is once the Waiting is resolved.

        The Waiting raises StoreUnavailable when there are too many before it, or when it took too long.
        """
        taken = self._taken
        if subscriber_id not in taken:
            taken[subscriber_id] = None
            return None
        queue = taken[subscriber_id]
        if queue is None:
            queue = taken[subscriber_id] = deque()
        if len(queue) >= MAX_WAITING:
            return failed(StoreUnavailable("too many changes of one AoR at a time"))
        waiting: Waiting[None] = Waiting()
        queue.append((self._clock() + self._deadline, waiting))
        return waiting

    def release(self, subscriber_id: int) -> None:
        """Give the turn to the next who waits and has not waited too long."""
        queue = self._taken[subscriber_id]
        while queue:
            must_end, waiting = queue.popleft()
            if self._clock() <= must_end:
                waiting.resolve(None)
                return
            waiting.fail(StoreUnavailable("the AoR was busy for too long"))
        del self._taken[subscriber_id]
