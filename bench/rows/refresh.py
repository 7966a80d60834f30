"""A refresh with a known nonce, one request, beside a full registration by the same phones."""

from __future__ import annotations

from functools import partial

from bench.phones import Phones
from bench.places import HOST
from bench.rows.registration import WARM_UP_RATE, committed
from bench.rows.words import cost, times
from bench.seed import username
from bench.stage import Stage
from bench.table import Goal, Row
from bench.work import Sample, Samples, ratio, until_held


def refreshes(stage: Stage) -> list[Row]:
    """CPU of a refresh over that of a registration, in turns, both by our own driver."""
    rate, count = stage.plan.rate, stage.plan.registrations
    stage.say(f"refreshes with a known nonce at {rate:,}/s, by our own phones")
    with stage.edge() as edge:
        names = [username(number) for number in range(stage.plan.subscribers)]
        phones = Phones(names, stage.password, (HOST, stage.ports.phones), edge.address)
        stage.say("    warming up edge")
        phones.register(stage.plan.subscribers, WARM_UP_RATE)
        full: list[Sample] = []
        short: list[Sample] = []
        for _ in range(stage.plan.runs):
            for found, name, work in ((full, "full", phones.register), (short, "refresh", phones.refresh)):
                sample = until_held(stage, name, partial(committed, stage, edge, count, partial(work, count, rate)))
                if sample is not None:
                    found.append(sample)
    ours, reference = Samples("edge", tuple(short)), Samples("edge", tuple(full))
    measured = ratio(ours, reference) if short and full else None
    details = {"refresh": ours.as_dict(), "full": reference.as_dict(), "p99": times(ours)}
    work_done = f"refresh with a known nonce, {rate:,}/s"
    return [
        Row("refresh", work_done, cost(ours), f"full: {cost(reference)}", measured, "×", Goal("≤ 0.75 ×", 0.75),
            details)
    ]  # fmt: skip
