"""What is looked at every few seconds: the edge from outside, its metrics, PostgreSQL, and the load's words."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bench import cpu
from bench.edge import Edge
from bench.soak.mix import Mix
from bench.stage import Stage

_PREFIX: Final = "freiton_edge_"
_OPEN: Final = """
    SELECT count(*), coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float8
    FROM pg_stat_activity
    WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


@dataclass(frozen=True, slots=True)
class Look:
    """One look. seconds: since the beginning; rss, pss: bytes; oldest: seconds of PostgreSQL's oldest transaction;
    cpu: seconds of the edge's; times in ms of the phones' last round.
    """

    seconds: float
    rss: int
    pss: int
    files: int
    transactions: float
    cached: float
    connections: float
    standing: float
    waiting: float
    registrations: float
    calls: float
    exceptions: float
    open_transactions: int
    oldest: float
    cpu: float
    p50: float
    p99: float
    failed: int
    again: int

    def as_dict(self) -> dict[str, float]:
        """For the file."""
        return asdict(self)


class Watch:
    """Looks at one edge under one load."""

    def __init__(self, stage: Stage, edge: Edge, mix: Mix) -> None:
        self._stage, self._edge, self._mix = stage, edge, mix
        self._start = time.monotonic()
        self.looks: list[Look] = []

    def look(self) -> Look:
        """Everything, now."""
        pid = self._edge.program.pid
        figures = self._edge.figures()
        with self._stage.database.cursor() as cursor:
            cursor.execute(_OPEN)
            open_transactions, oldest = cursor.fetchone()
        rounds = phone_rounds(self._stage.folder / "phones.log")
        last = next((one for one in reversed(rounds) if one["what"] == "refresh" and one["p50"] is not None), {})
        look = Look(
            seconds=time.monotonic() - self._start,
            rss=cpu.resident_bytes(pid, shared_apart=False),
            pss=cpu.resident_bytes(pid),
            files=len(os.listdir(f"/proc/{pid}/fd")),
            transactions=figures.get(_PREFIX + "transactions", 0.0),
            cached=sum(value for name, value in figures.items() if name.startswith(_PREFIX + "cached_")),
            connections=figures.get(_PREFIX + "connections", 0.0),
            standing=figures.get(_PREFIX + "ringing_calls", 0.0),
            waiting=figures.get(_PREFIX + "bindings_waiting", 0.0) + figures.get(_PREFIX + "calls_waiting", 0.0),
            registrations=figures.get(_PREFIX + "registrations_total", 0.0),
            calls=sum(
                v for name, v in figures.items() if name.startswith('freiton_sip_requests_total{method="INVITE"')
            ),
            exceptions=figures.get(_PREFIX + "exceptions_total", 0.0),
            open_transactions=open_transactions,
            oldest=oldest,
            cpu=cpu.seconds(pid),
            p50=last.get("p50", 0.0),
            p99=last.get("p99", 0.0),
            failed=sum(one["failed"] for one in rounds),
            again=sum(one["again"] for one in rounds),
        )
        self.looks.append(look)
        return look


def phone_rounds(file: Path) -> list[dict[str, Any]]:
    """What our phones said of their rounds."""
    return [json.loads(line) for line in said(file) if line.startswith("{")]


def last_line(file: Path) -> dict[str, int]:
    """The last counts that a program told; none when it told nothing."""
    lines = [line for line in said(file) if line.startswith("{")]
    counts: dict[str, int] = json.loads(lines[-1]) if lines else {}
    return counts


def said(file: Path) -> list[str]:
    """The whole lines of a program's output."""
    text = file.read_text(errors="replace") if file.exists() else ""
    return text.split("\n")[:-1]
