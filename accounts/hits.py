"""Counting hits in a window of time, for all web processes in Redis; while Redis is away each process counts alone."""

from __future__ import annotations

import time
from collections import OrderedDict

from django.core.cache import cache
from redis.exceptions import RedisError

# A process that counts alone remembers this many keys: 100 bytes each, 1 MB at most.
LOCAL_KEYS = 10_000


class LocalHits:
    """The counter of one process: bounded, the key that was hit longest ago is forgotten first."""

    def __init__(self, max_keys: int = LOCAL_KEYS) -> None:
        self._max_keys = max_keys
        self._hits: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def add(self, key: str, window: int, now: float) -> int:
        """One more hit of key; the hits in the window of so many seconds that began with the first of them."""
        until, count = self._hits.pop(key, (0.0, 0))
        if now >= until:
            until, count = now + window, 0
        self._hits[key] = (until, count + 1)
        if len(self._hits) > self._max_keys:
            self._hits.popitem(last=False)
        return count + 1

    def get(self, key: str, now: float) -> int:
        """The hits of key in its running window."""
        until, count = self._hits.get(key, (0.0, 0))
        return count if now < until else 0

    def forget(self, key: str) -> None:
        """Start again with no hits."""
        self._hits.pop(key, None)


_local = LocalHits()


def add_hit(key: str, window: int) -> int:
    """Count a hit of key; returns the hits within the window (seconds) that began with the first one."""
    try:
        if cache.add(key, 1, timeout=window):
            return 1
        return int(cache.incr(key))
    except ValueError:  # it expired between add and incr
        return 1
    except (RedisError, OSError):
        return _local.add(key, window, time.monotonic())


def hits(key: str) -> int:
    """The hits of key in its running window."""
    try:
        return int(cache.get(key, 0))
    except (RedisError, OSError):
        return _local.get(key, time.monotonic())


def forget_hits(key: str) -> None:
    """Start again with no hits of key."""
    _local.forget(key)
    try:
        cache.delete(key)
    except (RedisError, OSError):
        return
