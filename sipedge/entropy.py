"""Randomness for tags, branches and nonces, taken from the kernel in larger pieces: a system call each costs more
than the message's parsing allows.
"""

from __future__ import annotations

import os
from typing import Final

POOL_BYTES: Final = 4096


class Entropy:
    """`os.urandom`, some four thousand bytes at a time. No byte is given out twice."""

    def __init__(self) -> None:
        self._pool = b""
        self._used = 0

    def __call__(self, size: int) -> bytes:
        """`size` bytes, at most POOL_BYTES."""
        start = self._used
        if start + size > len(self._pool):
            self._pool, start = os.urandom(POOL_BYTES), 0
        self._used = start + size
        return self._pool[start : start + size]
