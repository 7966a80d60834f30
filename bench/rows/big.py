"""What a big provider's database costs the edge: its start, a storm of phones on cold caches, memory of 100,000."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from bench import cpu, million, sipp
from bench.cpu import Usage
from bench.edge import Edge
from bench.figures import Spread
from bench.million import Million
from bench.phones import Phones
from bench.places import HOST
from bench.sipp import Counts
from bench.stage import Stage
from bench.table import Goal, Row
from bench.work import LostError

PATIENCE: Final = 60.0
STORM_SECONDS: Final = 300.0
LOOK: Final = 0.01
ANY_RATE: Final = 100_000
AT_ONCE: Final = 400
"""Phones of the storm that wait for an answer at the same time: as many as answers take a fraction of a second."""
BINDINGS: Final = 100_000
FEW: Final = 1_000
LIMIT: Final = 146_000_000
"""Bytes: what Kamailio takes for as many bindings with cached HA1 (PERFORMANCE.md)."""
TRANSACTIONS_END: Final = 40.0
"""Seconds after which no transaction of a registration is remembered (Timer J is 32)."""


def start_and_storm(stage: Stage) -> list[Row]:
    """From the process's start to the first 200, and then all phones at once, cold and warm."""
    big = million.ensure(stage)
    stage.say(f"starts with {big.subscribers:,} subscribers and {big.bindings:,} bindings, storms of {big.storm:,}")
    starts: list[float] = []
    shares: list[float] = []
    details: list[dict[str, float]] = []
    for number in range(1 if stage.plan.brief else 3):
        users = million.users(stage, number * big.storm + 1, big.storm)
        starts.append(_start(stage, big))
        with stage.edge(big.name) as edge:
            cold, warm = _storm(stage, edge, users, big), _storm(stage, edge, users, big)
        shares.append(cold["rate"] / warm["rate"])
        details.append({f"cold_{name}": value for name, value in cold.items()})
        details.append({f"warm_{name}": value for name, value in warm.items()})
        stage.say(f"    first 200 after {starts[-1]:.2f} s; cold {cold['rate']:,.0f}/s, warm {warm['rate']:,.0f}/s")
    size = f"{big.subscribers:,} subscribers, {big.bindings:,} bindings"
    words = f"cold {details[0]['cold_rate']:,.0f}/s, warm {details[1]['warm_rate']:,.0f}/s"
    return [
        Row("start", f"first REGISTER after a start; {size}", f"{Spread.of(starts)} s", "–", Spread.of(starts), "s",
            Goal("< 2 s", 2.0), {"seconds": starts}),
        Row("storm", f"storm of {big.storm:,} phones on cold caches", words, "–", Spread.of(shares), "× warm",
            Goal("≥ 0.5 × warm", 0.5, at_least=True), {"runs": details}),
    ]  # fmt: skip


def memory(stage: Stage) -> list[Row]:
    """Resident memory of 100,000 bindings and their credentials.

    Above an edge that has served as many registrations, of 1,000 phones: what their transactions take for 32 s is no
    binding, and the allocator keeps it. The figure above an edge that has served nothing stands beside it.
    """
    big = million.ensure(stage)
    million.restore(stage, big)
    count = BINDINGS if big.is_whole else BINDINGS // 10
    stage.say(f"memory of {count:,} bindings")
    with stage.edge(big.name) as edge:
        _first_answer(stage, edge)
        fresh = _resident(edge)
        few = million.users(stage, 0, FEW)
        worn = _served(stage, edge, few, count)
        stage.say(f"    {(worn - fresh) / 1e6:.0f} MB after as many registrations of {FEW:,} phones")
        full = _served(stage, edge, million.users(stage, 0, count + FEW), count + FEW)
        figures = edge.figures()
    details = {"fresh": fresh, "worn": worn, "full": full, "figures": figures}
    work = f"{count:,} bindings and credentials"
    each = (full - worn) / count / 1000
    words = f"{each:.2f} kB each; {(full - fresh) / 1e6:.0f} MB above an edge that never worked"
    limit = LIMIT * count / BINDINGS / 1e6
    megabytes = Spread.of([(full - worn) / 1e6])
    goal = Goal(f"≤ {limit:.0f} MB", limit)
    return [Row("memory", work, words, "146 MB for 100,000", megabytes, "MB", goal, details)]


def _served(stage: Stage, edge: Edge, users: Path, count: int) -> int:
    """Bytes resident when so many registrations were answered, and their transactions have ended. Raises LostError."""
    counts = _register(stage, edge, users, count)
    if counts.why_not(count):
        raise LostError(counts.why_not(count))
    time.sleep(TRANSACTIONS_END)
    return _resident(edge)


def _resident(edge: Edge) -> int:
    return cpu.resident_bytes(edge.program.pid, shared_apart=False)


def _start(stage: Stage, big: Million) -> float:
    """Seconds from the start of the process to the 200 of the first phone, which begins with its process."""
    million.restore(stage, big)
    began = time.monotonic()
    edge = Edge(stage.database, stage.ports, big.name)
    try:
        _first_answer(stage, edge)
        return time.monotonic() - began
    finally:
        edge.stop()


def _first_answer(stage: Stage, edge: Edge) -> None:
    """Has one phone register as soon as that is possible. Raises LostError."""
    phones = Phones(["u0"], stage.password, (HOST, stage.ports.phones), edge.address)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and edge.program.is_alive:
        if edge.listens() and phones.register(1, 1.0).successful:
            return
        time.sleep(LOOK)
    raise LostError(f"no REGISTER was answered: {edge.program.last_words()}")


def _storm(stage: Stage, edge: Edge, users: Path, big: Million) -> dict[str, float]:
    """All of them as fast as they are answered. Raises LostError when one was not."""
    before = Usage(cpu.seconds(edge.program.pid), cpu.seconds(stage.database.pid))
    counts = _register(stage, edge, users, big.storm)
    usage = (Usage(cpu.seconds(edge.program.pid), cpu.seconds(stage.database.pid)) - before).each(big.storm)
    if counts.why_not(big.storm):
        raise LostError(f"in the storm {counts.why_not(big.storm)}")
    return {
        "rate": counts.rate, "edge_us": usage.program, "postgresql_us": usage.database,
        "retransmissions": counts.retransmissions,
    }  # fmt: skip


def _register(stage: Stage, edge: Edge, users: Path, count: int) -> Counts:
    """All of them as fast as they are answered."""
    plan = sipp.Plan(
        "register", HOST, stage.ports.phones, count, ANY_RATE, users, edge.address, at_once=AT_ONCE,
        patience=STORM_SECONDS,
    )  # fmt: skip
    return sipp.run(plan, stage.folder)
