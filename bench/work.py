"""One measurement: work that SIPp or our own driver does to a server, checked, with the CPU time that it took."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from bench import cpu
from bench.cpu import Usage
from bench.figures import Spread
from bench.processes import BenchError, Program
from bench.sipp import Counts
from bench.stage import Stage

ATTEMPTS: Final = 3
RETRANSMISSIONS: Final = 0.001
"""Share of the requests sent again from which on a rate is not held."""


class LostError(Exception):
    """A run lost, dropped or skipped work, so its figures do not count; the text says what."""


class Server(Protocol):
    """Edge or Kamailio. settle_seconds: how long after the last answer it still works at what it answered.
    writes_through: whether each registration is a transaction of its own.
    """

    name: str
    program: Program
    address: tuple[str, int]
    settle_seconds: float
    writes_through: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """One good run. usage: CPU µs for each piece of work."""

    usage: Usage
    counts: Counts


@dataclass(frozen=True, slots=True)
class Samples:
    """All good runs of one program at one kind of work."""

    name: str
    samples: tuple[Sample, ...]

    @property
    def total(self) -> Spread:
        """CPU µs for each piece: program and PostgreSQL together."""
        return Spread.of([sample.usage.total for sample in self.samples])

    @property
    def program(self) -> Spread:
        """CPU µs for each piece: the program alone."""
        return Spread.of([sample.usage.program for sample in self.samples])

    @property
    def database(self) -> Spread:
        """CPU µs for each piece: PostgreSQL's share."""
        return Spread.of([sample.usage.database for sample in self.samples])

    def percentile(self, share: float) -> Spread:
        """Response times in ms."""
        return Spread.of([sample.counts.percentile(share) for sample in self.samples])

    def as_dict(self) -> dict[str, object]:
        """For the file of results."""
        return {
            "cpu_us_program": [round(sample.usage.program, 2) for sample in self.samples],
            "cpu_us_postgresql": [round(sample.usage.database, 2) for sample in self.samples],
            "rate": [round(sample.counts.rate) for sample in self.samples],
            "retransmissions": [sample.counts.retransmissions for sample in self.samples],
            "p50_ms": [sample.counts.percentile(0.5) for sample in self.samples if sample.counts.times],
            "p99_ms": [sample.counts.percentile(0.99) for sample in self.samples if sample.counts.times],
        }


def ratio(ours: Samples, reference: Samples) -> Spread:
    """Ours over the reference's, run by run: each was measured right after the other."""
    pairs = zip(ours.samples, reference.samples, strict=False)
    return Spread.of([one.usage.total / other.usage.total for one, other in pairs])


def measure(stage: Stage, server: Server, pieces: int, work: Callable[[], Counts]) -> Sample:
    """Does the work, and counts. Raises LostError when not all of it was done well."""
    before = _usage(stage, server)
    counts = work()
    time.sleep(server.settle_seconds)
    usage = _usage(stage, server) - before
    if not server.program.is_alive:
        raise BenchError(f"{server.name} has died: {server.program.last_words()}")
    if counts.why_not(pieces):
        raise LostError(counts.why_not(pieces))
    if counts.retransmissions >= RETRANSMISSIONS * pieces:
        raise LostError(f"{counts.retransmissions} retransmissions in {pieces}")
    return Sample(usage.each(pieces), counts)


def until_held(stage: Stage, name: str, attempt: Callable[[], Sample]) -> Sample | None:
    """The first attempt that lost nothing; None when none of them was such a one."""
    for number in range(1, ATTEMPTS + 1):
        try:
            sample = attempt()
        except LostError as error:
            stage.say(f"    {name}: thrown away ({error}), attempt {number} of {ATTEMPTS}")
            continue
        stage.say(f"    {name}: {describe(sample)}")
        return sample
    return None


def in_turns(
    stage: Stage, servers: list[Server], runs: int, attempt: Callable[[Server], Callable[[], Sample]]
) -> dict[str, Samples]:
    """So many good runs of each, one after the other; a server that loses work every time is not asked again."""
    found: dict[str, list[Sample]] = {server.name: [] for server in servers}
    held = list(servers)
    for _ in range(runs):
        for server in list(held):
            sample = until_held(stage, server.name, attempt(server))
            if sample is None:
                held.remove(server)
            else:
                found[server.name].append(sample)
    return {name: Samples(name, tuple(samples)) for name, samples in found.items()}


def describe(sample: Sample) -> str:
    """One run in a line."""
    counts = sample.counts
    times = f", p50 {counts.percentile(0.5):.0f} p99 {counts.percentile(0.99):.0f} ms" if counts.times else ""
    return (
        f"{sample.usage.program:6.1f} + PostgreSQL {sample.usage.database:6.1f} µs each"
        f" at {counts.rate:,.0f}/s{times}, {counts.retransmissions} sent again"
    )


def _usage(stage: Stage, server: Server) -> Usage:
    return Usage(cpu.seconds(server.program.pid), cpu.seconds(stage.database.pid))
