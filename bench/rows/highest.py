"""The highest rate of registrations that is held: upwards until SIPp has to send again, or falls behind itself.

SIPp shares the cores with what it drives, so what it can do alone, against a registrar that does nothing (a second
SIPp), is measured too: a program that comes near it may hold more than is seen here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench import cpu, sipp
from bench.cpu import Usage
from bench.figures import Spread
from bench.kamailio.config import Mode
from bench.places import HOST
from bench.rows.registration import register, warm_up
from bench.sipp import Counts, Sipp
from bench.stage import Stage
from bench.table import Goal, Row
from bench.work import RETRANSMISSIONS, Server

STEP_SECONDS: Final = 5.0
LAST: Final = 30_000
GROWTH: Final = 1.25
FINEST: Final = 1.06
"""Two rates that lie nearer to each other are the same."""
BEHIND: Final = 0.97
"""Share of the asked rate below which SIPp did not send what it should."""
PAUSE: Final = 2.0
TRIES: Final = 2


@dataclass(frozen=True, slots=True)
class Held:
    """What was reached. rate: registrations a second, 0 when not even the first was held; usage: CPU µs of each."""

    rate: int
    usage: Usage


def highest(stage: Stage) -> list[Row]:
    """Of the edge, of Kamailio in memory, and of SIPp."""
    stage.say("the highest rate that is held")
    found: dict[str, list[Held]] = {"edge": [], "kamailio": []}
    alone = of_sipp(stage)
    with stage.edge() as edge, stage.reference(Mode.MEMORY) as references:
        servers: list[Server] = [edge, *references]
        for server in servers:
            warm_up(stage, server)
        for _ in range(1 if stage.plan.brief else 2):
            for server in servers:
                found[server.name].append(of_server(stage, server))
    rates = {name: [held.rate for held in several] for name, several in found.items()}
    words = {name: _words(several) for name, several in found.items()}
    details = {"rates": rates, "sipp_alone": alone, "cpu_us": {n: [h.usage.total for h in f] for n, f in found.items()}}
    work = f"highest rate held beside SIPp (alone {alone:,}/s)"
    goal = Goal("≥ 8,000/s", 8000, at_least=True)
    measured = Spread.of(rates["edge"])
    return [Row("highest", work, words["edge"], words["kamailio"], measured, "/s", goal, details)]


def of_server(stage: Stage, server: Server) -> Held:
    """The highest rate at which everything was answered, with < 0.1 % of requests sent again."""
    usage = Usage(0.0, 0.0)

    def holds(rate: int) -> bool:
        nonlocal usage
        count = _step(stage, rate)
        before = Usage(cpu.seconds(server.program.pid), cpu.seconds(stage.database.pid))
        counts = register(stage, server, count, rate)
        time.sleep(server.settle_seconds)
        spent = Usage(cpu.seconds(server.program.pid), cpu.seconds(stage.database.pid)) - before
        if is_held(stage, server.name, rate, count, counts):
            usage = spent.each(count)
            return True
        return False

    return Held(search(holds, stage.plan.rate), usage)


def of_sipp(stage: Stage) -> int:
    """What SIPp can send, and be answered, when the answers cost as little as a second SIPp can make them."""

    def holds(rate: int) -> bool:
        count = _step(stage, rate)
        registrar = Sipp(sipp.Plan("registrar", HOST, stage.ports.gateway, count), stage.folder)
        try:
            registrar.wait_until_it_listens()
            plan = sipp.Plan(
                "register", HOST, stage.ports.phones, count, rate, stage.users, (HOST, stage.ports.gateway)
            )
            return is_held(stage, "SIPp alone", rate, count, sipp.run(plan, stage.folder))
        finally:
            registrar.stop()

    return search(holds, 2 * stage.plan.rate)


def is_held(stage: Stage, name: str, rate: int, count: int, counts: Counts) -> bool:
    """Whether nothing was lost, little sent again, and SIPp kept up."""
    reason = counts.why_not(count)
    if not reason and counts.retransmissions >= RETRANSMISSIONS * count:
        reason = f"{counts.retransmissions} sent again"
    if not reason and counts.rate < BEHIND * rate:
        reason = f"SIPp came to {counts.rate:,.0f}/s"
    stage.say(f"    {name} at {rate:,}/s: {reason or 'held'}")
    time.sleep(PAUSE if reason else 0.0)
    return not reason


def search(holds: Callable[[int], bool], first: int) -> int:
    """The highest rate for which `holds` says so, 0 when not even the first one: by steps upwards, then by halves.

    A rate may fail once by chance.
    """

    def twice(rate: int) -> bool:
        return any(holds(rate) for _ in range(TRIES))

    good, bad = 0, first
    while bad <= LAST and twice(bad):
        good, bad = bad, int(bad * GROWTH)
    if not good:
        return 0
    while bad <= LAST and bad > good * FINEST:
        middle = (good + bad) // 2
        if twice(middle):
            good = middle
        else:
            bad = middle
    return good


def _step(stage: Stage, rate: int) -> int:
    """Registrations of one step."""
    return int(rate * min(STEP_SECONDS, stage.plan.seconds))


def _words(several: list[Held]) -> str:
    if not several:
        return "–"
    best = max(several, key=lambda held: held.rate)
    return f"{best.rate:,}/s, {best.usage.total:.0f} µs each" if best.rate else "not the first rate"
