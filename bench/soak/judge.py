"""Whether a soak left the edge as it was: memory, files, transactions, and what went wrong."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Final

from bench.soak.watch import Look

WARM_UP: Final = 0.4
"""Share of the time until caches are filled and as many transactions are remembered as ever will be (32 s)."""
GROWTH: Final = 0.03
GROWTH_BYTES: Final = 6_000_000
"""What memory may grow after the warm-up, the larger of the two: what the allocator keeps moves by as much."""
MORE_FILES: Final = 10
OLDEST: Final = 5.0
LEFT: Final = 20
"""Transactions and connections that may be there at the very end, when all load has been gone for longer than any of
them lives: those of the last look itself, and keep-alives."""


def complaints(looks: Sequence[Look], end: Look) -> list[str]:
    """What is not as it should be, in sentences; none when all is well. end: after the load, when all has ended."""
    warm = list(looks[int(len(looks) * WARM_UP) :])
    if len(warm) < 4:
        return ["the soak was too short to say anything: it needs ten looks"]
    found = [_memory(warm), _files(warm), _database(warm), _left(end)]
    if end.exceptions:
        found.append(f"the edge's own code failed {end.exceptions:.0f} times")
    if end.waiting:
        found.append(f"{end.waiting:.0f} bindings and calls still wait to be written")
    return [sentence for sentence in found if sentence]


def growth(warm: Sequence[Look]) -> float:
    """Bytes by which the last quarter's median lies above the first quarter's."""
    quarter = max(1, len(warm) // 4)
    first = statistics.median(look.rss for look in warm[:quarter])
    last = statistics.median(look.rss for look in warm[-quarter:])
    return last - first


def _memory(warm: Sequence[Look]) -> str:
    grown = growth(warm)
    if grown <= max(GROWTH * warm[0].rss, GROWTH_BYTES):
        return ""
    return f"memory grew by {grown / 1e6:.1f} MB after the warm-up, from {warm[0].rss / 1e6:.0f} MB"


def _files(warm: Sequence[Look]) -> str:
    more = warm[-1].files - warm[0].files
    return f"{more} more file descriptors are open than after the warm-up" if more > MORE_FILES else ""


def _database(warm: Sequence[Look]) -> str:
    oldest = max(look.oldest for look in warm)
    return f"a transaction in PostgreSQL was open for {oldest:.0f} s" if oldest > OLDEST else ""


def _left(end: Look) -> str:
    if end.transactions <= LEFT and end.connections <= LEFT and end.standing <= LEFT:
        return ""
    return (
        f"when all had ended, {end.transactions:.0f} transactions, {end.connections:.0f} connections and "
        f"{end.standing:.0f} ringing calls were left"
    )
