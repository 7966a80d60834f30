"""Registrations at a given rate: the edge, and Kamailio in its five modes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from bench import sipp
from bench.edge import Edge
from bench.kamailio.config import Mode
from bench.places import HOST
from bench.rows.words import cost, times
from bench.sipp import Counts
from bench.stage import Stage
from bench.table import Goal, Row
from bench.work import RETRANSMISSIONS, LostError, Sample, Samples, Server, in_turns, measure, ratio

THROUGH_RATES: Final = (2000, 1000, 500)
"""Kamailio that writes through does not hold more here (PERFORMANCE.md), and on a busy machine not even these."""
LOWEST_RATE: Final = THROUGH_RATES[-1]
WARM_UP_RATE: Final = 1500
COUNTER: Final = "freiton_edge_registrations_total"


def in_memory(stage: Stage) -> list[Row]:
    """Against Kamailio that stores nothing, and the response times of the same runs."""
    ours, reference = compared(stage, Mode.MEMORY, stage.plan.rate)
    at = f"at {stage.plan.rate:,}/s"
    rows = [_row("registration", f"registration {at}", ours, reference, Goal("≤ 1.0 × (stretch 0.7)", 1.0))]
    return [*rows, _times(stage, ours, reference)]


def written_back(stage: Stage) -> list[Row]:
    """Against Kamailio that writes by its timer, with the HA1 cached and as it is usually run."""
    rows = []
    for key, mode in (("written-back", Mode.WRITTEN_BACK), ("auth-db-back", Mode.AUTH_DB_BACK)):
        ours, reference = compared(stage, mode, stage.plan.rate, min(stage.plan.runs, 3))
        rows.append(_row(key, f"registration; Kamailio: {mode.value}", ours, reference, None))
    return rows


def written_through(stage: Stage) -> list[Row]:
    """Against Kamailio that makes the same promise, at the highest of some rates that it holds.

    The goal is about the edge at its own rate, which Kamailio does not hold; the line below has both at Kamailio's.
    """
    full, few = stage.plan.rate, min(stage.plan.runs, 3)
    rate = _rate_held(stage, Mode.WRITTEN_THROUGH)
    ours, reference = compared(stage, Mode.WRITTEN_THROUGH, full, reference_rate=rate)
    work = f"registration {full:,}/s; Kamailio written through, {rate:,}/s"
    rows = [_row("written-through", work, ours, reference, Goal("≤ 0.12 ×", 0.12))]
    for key, mode in (("through-same", Mode.WRITTEN_THROUGH), ("auth-db-through", Mode.AUTH_DB_THROUGH)):
        rate = rate if mode is Mode.WRITTEN_THROUGH else _rate_held(stage, mode)
        ours, reference = compared(stage, mode, rate, few)
        rows.append(_row(key, f"registration, both {rate:,}/s; Kamailio: {mode.value}", ours, reference, None))
    return rows


def _rate_held(stage: Stage, mode: Mode) -> int:
    """The first of the rates that Kamailio holds for a moment; the lowest one when it holds none."""
    rates = [rate for rate in THROUGH_RATES if rate <= stage.plan.rate] or [stage.plan.rate]
    for rate in rates[:-1]:
        stage.say(f"does Kamailio hold {rate:,}/s? ({mode.value})")
        with stage.reference(mode) as references:
            for kamailio in references:
                register(stage, kamailio, stage.plan.subscribers, LOWEST_RATE)
                count = int(rate * stage.plan.seconds)
                counts = register(stage, kamailio, count, rate)
                if not counts.why_not(count) and counts.retransmissions < RETRANSMISSIONS * count:
                    return rate
    return rates[-1]


def compared(stage: Stage, mode: Mode, rate: int, runs: int = 0, *, reference_rate: int = 0) -> tuple[Samples, Samples]:
    """Edge and Kamailio in turns; of the reference nothing where there is no Kamailio. reference_rate: if another."""
    stage.say(f"registrations at {rate:,}/s; Kamailio: {mode.value}, {reference_rate or rate:,}/s")

    def attempt(server: Server) -> Callable[[], Sample]:
        its = rate if isinstance(server, Edge) else reference_rate or rate
        return partial(checked, stage, server, int(its * stage.plan.seconds), its)

    with stage.edge() as edge, stage.reference(mode) as references:
        servers: list[Server] = [edge, *references]
        for server in servers:
            warm_up(stage, server)
        found = in_turns(stage, servers, runs or stage.plan.runs, attempt)
    return found["edge"], found.get("kamailio", Samples("kamailio", ()))


def warm_up(stage: Stage, server: Server) -> None:
    """Every subscriber registers once, unmeasured."""
    stage.say(f"    warming up {server.name}")
    rate = LOWEST_RATE if server.writes_through else WARM_UP_RATE
    register(stage, server, stage.plan.subscribers, rate)


def checked(stage: Stage, server: Server, count: int, rate: int) -> Sample:
    """One run of SIPp's. Raises LostError."""
    work = partial(register, stage, server, count, rate, with_times=True)
    if isinstance(server, Edge):
        return committed(stage, server, count, work)
    return measure(stage, server, count, work)


def committed(stage: Stage, edge: Edge, count: int, work: Callable[[], Counts]) -> Sample:
    """One run, with what the edge says it registered and what PostgreSQL has of it. Raises LostError."""
    counted = edge.figures().get(COUNTER, 0.0)
    began: datetime = stage.database.value("SELECT clock_timestamp()")
    sample = measure(stage, edge, count, work)
    counted = edge.figures().get(COUNTER, 0.0) - counted
    written = stage.database.value("SELECT count(*) FROM edge_binding WHERE updated_at >= %s", [began])
    if counted != count or written != min(count, stage.plan.subscribers):
        raise LostError(f"the edge counts {counted:.0f} of {count}, PostgreSQL has {written} bindings of this run")
    return sample


def register(stage: Stage, server: Server, count: int, rate: float, *, with_times: bool = False) -> Counts:
    """SIPp's registrations, the subscribers one after the other and again."""
    plan = sipp.Plan(
        "register", HOST, stage.ports.phones, count, rate, stage.users, server.address, with_times=with_times
    )
    return sipp.run(plan, stage.folder)


def _row(key: str, work: str, ours: Samples, reference: Samples, goal: Goal | None) -> Row:
    measured = ratio(ours, reference) if ours.samples and reference.samples else None
    details = {"edge": ours.as_dict(), "kamailio": reference.as_dict()}
    return Row(key, work, cost(ours), cost(reference), measured, "×", goal, details)


def _times(stage: Stage, ours: Samples, reference: Samples) -> Row:
    work = f"response time at {stage.plan.rate:,}/s, p50 and p99"
    measured = ours.percentile(0.99) if ours.samples else None
    return Row("response-time", work, times(ours), times(reference), measured, "ms", Goal("p99 < 20 ms", 20.0))
