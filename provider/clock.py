"""Whether the time of day can be believed: what sweeps by age asks here first.

A clock that is set forward by an hour makes everything an hour older at once. So nothing is taken for older than the
time for which PostgreSQL's clock is known to have gone evenly, measured by this machine's monotonic clock, which
nobody sets. What was seen is kept in the cache, for each machine and each of its boots; where nothing is known, the
clock has been even since now.
"""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.core.cache import cache
from django.db import connection

JUMP: Final = 5.0
"""Seconds by which the clock may be off between two looks, a minute apart: a slow answer of PostgreSQL is no jump."""


def even_for() -> timedelta:
    """For how long PostgreSQL's clock has gone evenly, as far as is known. To be asked every few minutes."""
    now = time.monotonic()
    offset = _of_postgresql() - now
    key = f"clock:{_boot()}"
    known: tuple[float, float] | None = cache.get(key)
    since = now if known is None or abs(offset - known[0]) > JUMP else known[1]
    cache.set(key, (offset, since), timeout=None)
    return timedelta(seconds=now - since)


def _of_postgresql() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        found: float = cursor.fetchone()[0]
    return found


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
