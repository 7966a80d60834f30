"""py-spy beside an edge under load."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import cpu
from bench.edge import Edge
from bench.processes import BenchError, Program
from bench.profile.stacks import Stack, parse
from bench.stage import Stage

SAMPLES_A_SECOND: Final = 250
SETTLE_SECONDS: Final = 1.0
END_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Profile:
    """Stacks that were seen while the CPU was used, and the edge's CPU µs for each piece of work.

    The µs are those of a run of its own, without py-spy, which stops the process for each look.
    """

    name: str
    stacks: tuple[Stack, ...]
    microseconds: float

    @property
    def each(self) -> float:
        """The µs that one sample stands for."""
        return self.microseconds / (sum(stack.samples for stack in self.stacks) or 1)


def record(stage: Stage, edge: Edge, name: str, pieces: int, work: Callable[[], object]) -> Profile:
    """Does the work twice: to measure it, and under py-spy. Raises BenchError when nothing was seen."""
    stage.say(f"{name}: measuring, then sampling")
    before = cpu.seconds(edge.program.pid)
    work()
    microseconds = (cpu.seconds(edge.program.pid) - before) / pieces * 1e6
    file = stage.folder / "py-spy.txt"
    spy = Program("py-spy", _command(edge.program.pid, file), stage.folder / "py-spy.log")
    time.sleep(SETTLE_SECONDS)
    try:
        work()
    finally:
        spy.stop_politely()
    stacks = tuple(parse(file.read_text())) if file.exists() else ()
    if not stacks:
        raise BenchError(f"py-spy saw nothing (it needs root, or kernel.yama.ptrace_scope=0): {spy.last_words()}")
    return Profile(name, stacks, microseconds)


def _command(pid: int, file: Path) -> list[str]:
    program = str(Path(sys.executable).parent / "py-spy")
    options = ["--rate", str(SAMPLES_A_SECOND), "--format", "raw", "--full-filenames", "--function"]
    return [program, "record", "--pid", str(pid), *options, "--output", str(file)]
