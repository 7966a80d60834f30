"""What the soak does to the edge, as programs that run side by side.

Subscribers are shared out by what their phones do: full registrations by SIPp; refreshes, and coming and going, by
our own phones; and four groups that are called: one answers, one is busy, one rings until the caller gives up, one
is silent until the edge gives up. Besides: strangers (strangers.py), and people at the panel (changes.py).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bench import seed, sipp
from bench.edge import Edge
from bench.phones import Phones
from bench.places import GATEWAY, HOST
from bench.processes import BenchError, Program
from bench.sipp import Sipp
from bench.stage import Stage

GROUP: Final = 500
REFRESHERS: Final = range(4 * GROUP, 7_000)
"""Subscribers of our own phones; those before are called, those after register by SIPp."""
PASSING: Final = range(7_000, 10_000)
FULL_SHARE: Final = 0.55
CALLED_RATE: Final = 500.0
LINGER: Final = 40.0
"""Seconds that the slowest call needs: nobody answers for Timer B."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of call: SIPp's two sides (no callee: nobody answers at that port), and its share of all calls."""

    name: str
    caller: str
    callee: str
    share: float


KINDS: Final = (
    Kind("answered", "caller", "callee", 0.7),
    Kind("busy", "caller_of_busy", "callee_busy", 0.12),
    Kind("cancelled", "caller_cancels", "callee_rings", 0.12),
    Kind("unanswered", "caller_of_nobody", "", 0.06),
)


@dataclass(frozen=True, slots=True)
class Load:
    """How much of it. registrations, calls: a second."""

    registrations: float
    calls: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Task:
    """What our own programs are told. port: where our phones are; rate: their registrations a second; called: first
    subscriber and port of each group that is called.
    """

    target: tuple[str, int]
    tls: int
    port: int
    rate: float
    seconds: float
    called: tuple[tuple[int, int], ...]

    def as_text(self) -> str:
        """As one argument of a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Task:
        """What `as_text` wrote."""
        values = json.loads(text)
        values["target"] = tuple(values["target"])
        values["called"] = tuple(tuple(pair) for pair in values["called"])
        return cls(**values)


@dataclass
class Mix:
    """The running programs. callers: those that end by themselves when their work is done."""

    callers: list[Sipp]
    callees: list[Sipp]
    programs: list[Program]

    def check(self) -> None:
        """Raises BenchError when one of those that should run has ended."""
        for program in (*self.programs, *(side.program for side in (*self.callees, *self.callers))):
            if not program.is_alive and program.process.returncode:
                raise BenchError(f"{program.name} has ended: {program.last_words()}")


@contextmanager
def running(stage: Stage, edge: Edge, load: Load) -> Iterator[Mix]:
    """Registers the phones that are called, then starts everything; what still runs at the end is ended."""
    with ExitStack() as stack:
        callees = [_callee(stage, number, kind, load) for number, kind in enumerate(KINDS) if kind.callee]
        for callee in callees:
            stack.callback(callee.stop)
        task = _task(stage, edge, load)
        register_the_called(task, stage.password)
        programs = [_python(stage, task, name) for name in ("phones", "strangers", "changes")]
        for program in programs:
            stack.callback(program.stop)
        callers = [_caller(stage, edge, number, kind, load) for number, kind in enumerate(KINDS)]
        callers.append(_registering(stage, edge, load))
        for caller in callers:
            stack.callback(caller.stop)
        yield Mix(callers, callees, programs)


def _registering(stage: Stage, edge: Edge, load: Load) -> Sipp:
    """Full registrations by SIPp."""
    rate = max(1.0, load.registrations * FULL_SHARE)
    users = _users(stage, PASSING)
    plan = sipp.Plan("register", HOST, stage.ports.phones, int(rate * load.seconds), rate, users, edge.address)
    return Sipp(plan, stage.folder)


def register_the_called(task: Task, password: str) -> None:
    """An hour is the most that the edge allows, so a longer soak does it again. Raises BenchError."""
    for first, port in task.called:
        names = [seed.username(number) for number in range(first, first + GROUP)]
        phones = Phones(names, password, (HOST, task.port), task.target, port)
        counts = phones.register(GROUP, CALLED_RATE)
        if counts.failed:
            raise BenchError(f"{counts.failed} of the phones that are called cannot register")


def _caller(stage: Stage, edge: Edge, number: int, kind: Kind, load: Load) -> Sipp:
    rate = max(0.2, load.calls * kind.share)
    lines = [seed.e164(one) for one in _group(number)]
    numbers = sipp.write_lines(stage.folder / f"numbers-{kind.name}.csv", lines)
    port = stage.ports.gateway + number
    plan = sipp.Plan(
        kind.caller, GATEWAY, port, int(rate * load.seconds), rate, numbers, edge.address, patience=LINGER + 30
    )
    return Sipp(plan, stage.folder)


def _callee(stage: Stage, number: int, kind: Kind, load: Load) -> Sipp:
    """Waits for more calls than will come: it is ended when the callers are done."""
    plan = sipp.Plan(kind.callee, HOST, port_of(stage, number), 10**9, patience=load.seconds + 600)
    callee = Sipp(plan, stage.folder)
    callee.wait_until_it_listens()
    return callee


def _task(stage: Stage, edge: Edge, load: Load) -> Task:
    called = tuple((_group(number).start, port_of(stage, number)) for number in range(len(KINDS)))
    rate = load.registrations * (1 - FULL_SHARE)
    return Task(edge.address, stage.ports.edge + 1, stage.ports.gateway + 1, rate, load.seconds, called)


def _python(stage: Stage, task: Task, name: str) -> Program:
    """One of our own programs."""
    command = [sys.executable, "-m", f"bench.soak.{name}", task.as_text()]
    return Program(name, command, stage.folder / f"{name}.log", stage.database.variables())


def port_of(stage: Stage, number: int) -> int:
    """Where the phones of a group are called."""
    return stage.ports.phones + 1 + number


def _group(number: int) -> range:
    return range(number * GROUP, (number + 1) * GROUP)


def _users(stage: Stage, numbers: range) -> Path:
    names = [(seed.username(number), stage.password) for number in numbers]
    return sipp.write_users(stage.folder / "users-passing.csv", names)
