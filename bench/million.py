"""A provider's database: a million subscribers with credentials and numbers, and 300,000 of them registered.

It is made once and kept; the brief form is a tenth of it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Final

from bench import seed, sipp
from bench.places import HOST
from bench.stage import Stage
from sipedge.registrar.contacts import new_key

NAME: Final = "million"
_CHUNK: Final = 50_000
_BINDING: Final = (
    "uid, subscriber_id, key, contact, call_id, cseq, q, expires_at, received_from, flow, transport, user_agent, edge"
)


@dataclass(frozen=True, slots=True)
class Million:
    """How big it is, and where it is."""

    subscribers: int
    bindings: int
    storm: int
    name: str = NAME

    @property
    def is_whole(self) -> bool:
        """Whether it is as big as PERFORMANCE.md wants it."""
        return self.subscribers >= 1_000_000


def ensure(stage: Stage) -> Million:
    """Makes what is missing of it, but for the bindings: see `restore`."""
    whole = not stage.plan.brief
    million = Million(1_000_000, 300_000, 50_000) if whole else Million(100_000, 30_000, 5_000)
    database = stage.database
    if database.create(NAME):
        stage.say("migrating the big database")
        database.manage("migrate", "-v0", name=NAME)
    there = database.value("SELECT count(*) FROM subscribers_subscriber", name=NAME)
    if there < million.subscribers:
        stage.say(f"seeding {million.subscribers:,} subscribers (once; {there:,} are there)")
        database.run([sys.executable, "-m", "bench.seed", str(million.subscribers)], NAME)
    return million


def restore(stage: Stage, million: Million) -> None:
    """Exactly the bindings that should be there: of the first subscribers, one each, registered at our phones."""
    stage.say(f"writing {million.bindings:,} bindings")
    with stage.database.cursor(NAME) as cursor:
        cursor.execute("TRUNCATE subscribers_binding")
        cursor.execute("SELECT id, username FROM subscribers_subscriber ORDER BY id LIMIT %s", [million.bindings])
        rows = cursor.fetchall()
        for chunk in _chunks(rows, stage.ports.phones):
            cursor.copy_expert(f"COPY subscribers_binding ({_BINDING}) FROM STDIN", chunk)
    stage.database.settle(NAME)


def users(stage: Stage, first: int, count: int) -> Path:
    """A file for SIPp with so many of the subscribers."""
    names = [seed.username(number) for number in range(first, first + count)]
    return sipp.write_users(stage.folder / f"users-{first}-{count}.csv", [(name, stage.password) for name in names])


def _chunks(rows: list[tuple[int, str]], port: int) -> Iterator[StringIO]:
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for first in range(0, len(rows), _CHUNK):
        yield StringIO("".join(_line(key, name, port, until) for key, name in rows[first : first + _CHUNK]))


def _line(subscriber: int, name: str, port: int, until: str) -> str:
    """A binding as the edge would have written it for one of SIPp's phones."""
    contact = f"sip:{name}@{HOST}:{port}"
    fields = (
        seed.uid(), subscriber, new_key(contact, ()), contact, f"{name}-seed", 1, 1000, until,
        f"udp:{HOST}:{port}", "\\N", "udp", "SIPp", "bench",
    )  # fmt: skip
    return "\t".join(map(str, fields)) + "\n"
