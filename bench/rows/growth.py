"""How the cost of a registration and of a call changes with the rate, and with the size of the database.

No goal stands here: these figures say what to expect of more or less load than the other rows have.
"""

from __future__ import annotations

from typing import Final

from bench import million, sipp
from bench.edge import Edge
from bench.figures import Spread, short
from bench.places import HOST
from bench.rows.calls import checked as checked_call
from bench.rows.registration import checked, warm_up
from bench.sipp import Counts
from bench.stage import Stage
from bench.table import Row
from bench.work import Sample, measure, until_held

RATES: Final = (250, 500, 1000, 2000, 4000, 6000)
CALL_RATES: Final = (25, 50, 100, 200)
SECONDS: Final = 5.0
PHONES: Final = 50_000


def growth(stage: Stage) -> list[Row]:
    """By rate on the usual database, then on the big one."""
    stage.say("how costs grow")
    seconds = min(SECONDS, stage.plan.seconds)
    with stage.edge() as edge:
        warm_up(stage, edge)
        by_rate = {rate: _held(stage, f"registrations at {rate:,}/s", edge, rate, seconds) for rate in RATES}
        calls = {rate: _called(stage, edge, rate, seconds) for rate in CALL_RATES}
    return [
        _row("growth-rate", "registration by rate", by_rate, "/s"),
        _row("growth-calls", "call by rate", calls, "/s"),
        _row("growth-size", f"registration by subscribers, {stage.plan.rate:,}/s", _by_size(stage, by_rate), ""),
    ]


def _held(stage: Stage, name: str, edge: Edge, rate: int, seconds: float) -> Sample | None:
    return until_held(stage, name, lambda: checked(stage, edge, int(rate * seconds), rate))


def _called(stage: Stage, edge: Edge, rate: int, seconds: float) -> Sample | None:
    return until_held(
        stage, f"calls at {rate:,}/s", lambda: checked_call(stage, edge, int(rate * seconds), rate)
    )  # fmt: skip


def _by_size(stage: Stage, by_rate: dict[int, Sample | None]) -> dict[int, Sample | None]:
    """The same rate with few and with many subscribers, each phone once, its facts in memory."""
    big = million.ensure(stage)
    million.restore(stage, big)
    rate = stage.plan.rate
    count = PHONES if big.is_whole else PHONES // 10
    users = million.users(stage, 0, count)

    def register(edge: Edge) -> Counts:
        plan = sipp.Plan("register", HOST, stage.ports.phones, count, rate, users, edge.address)
        return sipp.run(plan, stage.folder)

    with stage.edge(big.name) as edge:
        register(edge)
        sample = until_held(
            stage, f"{big.subscribers:,} subscribers", lambda: measure(stage, edge, count, lambda: register(edge))
        )
    return {stage.plan.subscribers: by_rate.get(rate), big.subscribers: sample}


def _row(key: str, work: str, samples: dict[int, Sample | None], unit: str) -> Row:
    """One line; each figure with what it was measured at."""
    costs = {at: sample.usage for at, sample in samples.items() if sample is not None}
    words = ", ".join(f"{at:,}{unit}: {short(usage.total)} µs" for at, usage in costs.items())
    measured = Spread.of([usage.total for usage in costs.values()]) if costs else None
    details = {str(at): {"edge_us": usage.program, "postgresql_us": usage.database} for at, usage in costs.items()}
    return Row(key, work, words, "–", measured, "µs", None, details)
