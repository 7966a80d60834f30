"""A token bucket for each source, kept as one number: when the bucket would be full again (GCRA).

Whoever is unknown here has a full bucket, so only sources that took something lately need an entry.
"""

from __future__ import annotations

from typing import Final

from sipedge.guards.bounded import keep

_ROUNDING: Final = 1e-6  # seconds


class Rates:
    """per_second: tokens that come back. burst: tokens of a full bucket. limit: sources that are remembered."""

    __slots__ = ("_full_at", "_limit", "_per_token", "_room")

    def __init__(self, per_second: float, burst: float, limit: int) -> None:
        self._per_token = 1 / per_second
        self._room = burst / per_second
        self._limit = limit
        self._full_at: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, source: str, now: float) -> float:
        """Take a token. Gives 0.0, or the seconds until there is one again: this one was the last, or was lent."""
        full_at = self._full_at.get(source)
        if full_at is None:
            keep(self._full_at, source, now + self._per_token, self._limit)
            return 0.0
        full_at = (full_at if full_at > now else now) + self._per_token
        self._full_at[source] = full_at
        wait = full_at + self._per_token - self._room - now
        return wait if wait > _ROUNDING else 0.0

    def take_if_any(self, source: str, now: float) -> bool:
        """Take a token, unless there is none."""
        if max(self._full_at.get(source, 0.0), now) + self._per_token - self._room - now > _ROUNDING:
            return False
        self.take(source, now)
        return True

    def give_back(self, source: str, tokens: float) -> None:
        """Put tokens into the bucket; what it cannot hold is lost."""
        full_at = self._full_at.get(source)
        if full_at is not None:
            self._full_at[source] = full_at - tokens * self._per_token

    def fill(self, source: str) -> None:
        """Give a full bucket."""
        self._full_at.pop(source, None)
