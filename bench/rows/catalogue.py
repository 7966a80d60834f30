"""Which rows there are, by the names that the command line takes, in the order in which they are measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bench.rows import big, calls, growth, highest, numbers, refresh, registration
from bench.stage import Stage
from bench.table import Row

ROWS: Final[dict[str, Callable[[Stage], list[Row]]]] = {
    "registration": registration.in_memory,
    "written-back": registration.written_back,
    "written-through": registration.written_through,
    "refresh": refresh.refreshes,
    "call": calls.calls_in,
    "highest": highest.highest,
    "memory": big.memory,
    "start": big.start_and_storm,
    "number": numbers.look_up,
    "growth": growth.growth,
}

_KEYS: Final = {
    "response-time": "registration", "auth-db-back": "written-back", "auth-db-through": "written-through",
    "through-same": "written-through",
    "storm": "start", "number-missing": "number", "growth-rate": "growth", "growth-calls": "growth",
    "growth-size": "growth",
}  # fmt: skip
"""Lines of the table that come from the row of another name."""


def command_of(key: str) -> str:
    """The command that measures a line of the table."""
    return f"make bench ROWS={_KEYS.get(key, key)}"
