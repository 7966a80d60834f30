"""Dictionaries that strangers can fill: what was touched longest ago goes first."""

from __future__ import annotations

from itertools import islice
from typing import Final, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_DROPPED_SHARE: Final = 1 / 64
"""Dropped together when there are too many, so that finding the oldest costs little for each."""


def keep(entries: dict[K, V], key: K, value: V, limit: int) -> None:
    """Store `value` as the entry that was touched last, and drop the oldest ones above `limit`."""
    entries.pop(key, None)
    entries[key] = value
    if len(entries) > limit:
        surplus = len(entries) - limit + int(limit * _DROPPED_SHARE)
        for old in list(islice(entries, surplus)):
            del entries[old]
