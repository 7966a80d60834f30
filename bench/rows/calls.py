"""Calls in by number: the edge, which writes a record of each, and Kamailio, which writes none."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final

from bench import sipp
from bench.edge import Edge
from bench.kamailio.config import Mode
from bench.places import GATEWAY, HOST
from bench.rows.registration import warm_up
from bench.rows.words import cost
from bench.sipp import Counts, Sipp
from bench.stage import Stage
from bench.table import Goal, Row
from bench.work import LostError, Sample, Samples, Server, in_turns, measure, ratio

WARM_UP: Final = 100


def calls_in(stage: Stage) -> list[Row]:
    """CPU of each call from its INVITE to the BYE's 200."""
    plan = stage.plan
    stage.say(f"calls in by number at {plan.calls:,}/s")
    count = int(plan.calls * plan.seconds)
    with stage.edge() as edge, stage.reference(Mode.MEMORY) as references:
        servers: list[Server] = [edge, *references]
        for server in servers:
            warm_up(stage, server)
            with suppress(LostError):
                call(stage, server, WARM_UP, WARM_UP)
        found = in_turns(stage, servers, plan.runs, lambda server: partial(checked, stage, server, count, plan.calls))
    ours, reference = found["edge"], found.get("kamailio", Samples("kamailio", ()))
    measured = ratio(ours, reference) if ours.samples and reference.samples else None
    work = f"call in by number, with its record, {plan.calls:,}/s"
    details = {"edge": ours.as_dict(), "kamailio": reference.as_dict()}
    return [Row("call", work, cost(ours), cost(reference), measured, "×", Goal("≤ 1.0 ×", 1.0), details)]


def checked(stage: Stage, server: Server, count: int, rate: int) -> Sample:
    """One run; of the edge's calls each has its record, answered and ended. Raises LostError."""
    if not isinstance(server, Edge):
        return measure(stage, server, count, lambda: call(stage, server, count, rate, with_times=True))
    began: datetime = stage.database.value("SELECT clock_timestamp()")
    sample = measure(stage, server, count, lambda: call(stage, server, count, rate, with_times=True))
    written = stage.database.value(
        "SELECT count(*) FROM edge_call WHERE started_at >= %s AND answered_at IS NOT NULL AND state = 'ended'"
        " AND callee_subscriber_id IS NOT NULL AND ended_by = 'caller'",
        [began],
    )
    if written != count:
        raise LostError(f"{written} of {count} calls have a whole record in PostgreSQL")
    return sample


def call(stage: Stage, server: Server, count: int, rate: int, *, with_times: bool = False) -> Counts:
    """So many calls from the gateway to the phones. Raises LostError when a phone's side failed."""
    callee = Sipp(sipp.Plan("callee", HOST, stage.ports.phones, count), stage.folder)
    try:
        callee.wait_until_it_listens()
        plan = sipp.Plan(
            "caller", GATEWAY, stage.ports.gateway, count, rate, stage.numbers, server.address, with_times=with_times
        )
        counts = sipp.run(plan, stage.folder)
        called = callee.result(1.0) if not counts.why_not(count) else counts
    finally:
        callee.stop()
    if called.why_not(count):
        raise LostError(f"at the phones {called.why_not(count)}")
    return counts.joined(called.retransmissions)
