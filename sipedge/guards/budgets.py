"""Counting failures: each key has a window that begins with its first failure and forgets all of them when it ends."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from sipedge.guards.bounded import keep

K = TypeVar("K", bound=Hashable)


class Counters(Generic[K]):
    """Failures by key. window: seconds. limit: keys that are remembered, some 200 bytes each."""

    __slots__ = ("_entries", "_limit", "_window")

    def __init__(self, window: float, limit: int) -> None:
        self._window = window
        self._limit = limit
        self._entries: dict[K, tuple[int, float]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, key: K, now: float) -> int:
        """One more failure; gives how many there are in the running window."""
        count, until = self._entries.get(key, (0, 0.0))
        if now >= until:
            count, until = 0, now + self._window
        keep(self._entries, key, (count + 1, until), self._limit)
        return count + 1

    def count(self, key: K, now: float) -> int:
        """The failures in the running window."""
        entry = self._entries.get(key)
        return entry[0] if entry is not None and now < entry[1] else 0

    def learn(self, key: K, total: int, now: float) -> int:
        """Others counted too: there are at least `total`. Without a running window of our own it says nothing."""
        entry = self._entries.get(key)
        if entry is None or now >= entry[1]:
            return 0
        if total > entry[0]:
            self._entries[key] = (total, entry[1])
        return max(total, entry[0])

    def forget(self, is_meant: Callable[[K], bool]) -> None:
        """Start again with no failures for these keys."""
        for key in [key for key in self._entries if is_meant(key)]:
            del self._entries[key]

    def forget_ended(self, now: float) -> None:
        """Drop what was touched longest ago, as far as its window has ended."""
        ended = []
        for key, (_, until) in self._entries.items():
            if now < until:
                break
            ended.append(key)
        for key in ended:
            del self._entries[key]
