"""Where security events go: a line in the log, a counter, and a queue from which they reach the panel by Redis."""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Final

from sipedge.guards.events import Kind, SecurityEvent, fields, line
from sipedge.guards.throttle import Throttle

LOG: Final = logging.getLogger("sipedge")
MAX_WAITING: Final = 1_000
"""Events that wait for Redis while it is away; the oldest are lost first."""


class SecurityLog:
    """Tells security events, but not each packet's of a flood. clock: seconds, monotonic. edge: this edge's name."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.edge = ""
        self._clock = clock
        self._throttle = Throttle()
        self._waiting: deque[Mapping[str, str]] = deque(maxlen=MAX_WAITING)
        self.counts: Counter[Kind] = Counter()

    def tell(self, event: SecurityEvent) -> None:
        """It happened. Counted in any case; told within the bounds of `Throttle`."""
        self.counts[event.kind] += 1
        more = self._throttle.admit(event, self._clock())
        if more is not None:
            LOG.warning("! %s", line(event, more))
            self._waiting.append(fields(event, self.edge, more))

    def take(self) -> list[Mapping[str, str]]:
        """The events told since the last time, as fields of a stream's entries."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def put_back(self, events: list[Mapping[str, str]]) -> None:
        """These could not be handed on: keep them for the next time, if there is room."""
        room = MAX_WAITING - len(self._waiting)
        self._waiting.extendleft(reversed(events[-room:] if room else []))
