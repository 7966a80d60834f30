"""Who may begin a TLS handshake now: one costs the edge a millisecond or two, and nothing of a peer who asks for many.

So many are done in a second and no more; what comes faster waits, and the sources that wait take turns, so that one
that asks for thousands delays the others by one handshake each.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

BURST: Final = 0.25  # seconds' worth that may be done at once after a quiet time

ItemT = TypeVar("ItemT", bound=Hashable)


class Turns(Generic[ItemT]):
    """A bucket of permits, and a queue for each source. `now`: seconds of a monotonic clock."""

    def __init__(self, per_second: int, now: float) -> None:
        self._rate = float(per_second)
        self._most = max(per_second * BURST, 1.0)
        self._permits = self._most
        self._filled_at = now
        self._queues: OrderedDict[str, dict[ItemT, None]] = OrderedDict()  # whose turn it is comes first

    def __len__(self) -> int:
        """How many wait."""
        return sum(map(len, self._queues.values()))

    def take(self, now: float) -> bool:
        """Whether somebody new may begin at once: nobody waits, and there is a permit."""
        return not self._queues and self._permit(now)

    def wait(self, source: str, item: ItemT) -> None:
        """Queue behind what waits of this source."""
        self._queues.setdefault(source, {})[item] = None

    def forget(self, source: str, item: ItemT) -> None:
        """It does not wait any more, if it did."""
        queue = self._queues.get(source, {})
        queue.pop(item, None)
        if not queue:
            self._queues.pop(source, None)

    def next(self, now: float) -> list[ItemT]:
        """Those who may begin now, source by source."""
        found: list[ItemT] = []
        while self._queues and self._permit(now):
            source, queue = self._queues.popitem(last=False)
            item = next(iter(queue))
            del queue[item]
            found.append(item)
            if queue:
                self._queues[source] = queue  # to the end
        return found

    def _permit(self, now: float) -> bool:
        self._permits = min(self._permits + (now - self._filled_at) * self._rate, self._most)
        self._filled_at = now
        if self._permits < 1.0:
            return False
        self._permits -= 1.0
        return True
