"""Which rows there are, by the names that the command line takes, in the order in which they are measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bench.rows import big, calls, highest, numbers, refresh, registration
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
}
