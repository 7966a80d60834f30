"""Waiting for what must become true within a time, instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE = 5.0  # seconds within which anything on this machine happens; a failure costs them, a success does not
_POLL_SECONDS = 0.02


def eventually(probe: Callable[[], T], what: str, seconds: float = DEADLINE) -> T:
    """What `probe` gives once that is true; fails, naming `what`, when it does not become so in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {seconds} s: {what}; the last look gave {found!r}")
        time.sleep(_POLL_SECONDS)
