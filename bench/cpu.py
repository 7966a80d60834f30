"""CPU time of whole process trees, as Linux counts it under /proc (proc(5)).

A process that has ended is not lost: its time went to the parent that waited for it, and on to that one's parent. So
the time of a tree is what its living members used themselves and what those that they waited for had used.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
TICKS: Final = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM, _ENDED_USER, _ENDED_SYSTEM = 1, 11, 12, 13, 14  # field 3 of proc(5) is element 0


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds, user and system together: the database apart from the program that is looked at."""

    program: float
    database: float

    @property
    def total(self) -> float:
        """Both together."""
        return self.program + self.database

    def __sub__(self, earlier: Usage) -> Usage:
        return Usage(self.program - earlier.program, self.database - earlier.database)

    def each(self, pieces: int) -> Usage:
        """Microseconds for each of so many pieces of work."""
        return Usage(self.program / pieces * 1e6, self.database / pieces * 1e6)


def members(root: int) -> list[int]:
    """Pids of the process and of all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[_PARENT]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def seconds(root: int) -> float:
    """CPU seconds that the tree has used since it began. A process that is gone counts as nothing."""
    return sum(_seconds_of(pid) for pid in members(root))


def resident_bytes(root: int, *, shared_apart: bool = True) -> int:
    """Memory of the tree: the proportional set size, so that what several processes share counts once.

    shared_apart: False for the resident set size, as `ps` shows it.
    """
    name = "Pss:" if shared_apart else "Rss:"
    return sum(_rollup(pid, name) for pid in members(root))


def _seconds_of(pid: int) -> float:
    fields = _stat(pid)
    return sum(int(fields[n]) for n in (_USER, _SYSTEM, _ENDED_USER, _ENDED_SYSTEM)) / TICKS if fields else 0.0


def _stat(pid: int) -> list[str]:
    """The fields after the process's name, which may hold spaces and brackets itself; none when it is gone."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _rollup(pid: int, name: str) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), 0)
