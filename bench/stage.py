"""What every row works on: the database with its subscribers, the ports, and edge or Kamailio when a row wants them."""

from __future__ import annotations

import secrets
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import seed, sipp
from bench.database import Database
from bench.edge import Edge
from bench.kamailio import schema
from bench.kamailio.config import Mode
from bench.kamailio.server import Kamailio
from bench.places import Ports, find_ports
from provider.run.keys import write_private
from provider.run.postgres import NAME

_START: Final = time.monotonic()


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. rate: registrations a second; seconds: of one run; runs: of each program, in turns."""

    runs: int = 5
    rate: int = 4000
    seconds: float = 10.0
    calls: int = 200
    brief: bool = False
    subscribers: int = 10_000

    @property
    def registrations(self) -> int:
        """Those of one run."""
        return int(self.rate * self.seconds)


@dataclass
class Stage:
    """Everything that is set up. users, numbers: files for SIPp; password: that of all subscribers."""

    plan: Plan
    folder: Path
    database: Database
    ports: Ports
    users: Path
    numbers: Path
    password: str
    has_kamailio: bool

    def say(self, text: str) -> None:
        """A line of progress."""
        say(text)

    @contextmanager
    def edge(self, database_name: str = NAME, variables: Mapping[str, str] | None = None) -> Iterator[Edge]:
        """A running edge, ended with the context. variables: further ones."""
        edge = Edge(self.database, self.ports, database_name, variables)
        try:
            edge.wait_until_ready()
            yield edge
        finally:
            edge.stop()

    @contextmanager
    def kamailio(self, mode: Mode) -> Iterator[Kamailio]:
        """A running Kamailio that knows no binding yet, ended with the context."""
        schema.forget_locations(self.database)
        kamailio = Kamailio(self.database, self.ports, mode)
        try:
            kamailio.wait_until_ready()
            yield kamailio
        finally:
            kamailio.stop()

    @contextmanager
    def reference(self, mode: Mode) -> Iterator[list[Kamailio]]:
        """Kamailio, where there is one."""
        if not self.has_kamailio:
            yield []
            return
        with self.kamailio(mode) as kamailio:
            yield [kamailio]


@contextmanager
def set_up(plan: Plan, folder: Path, *, fresh: bool) -> Iterator[Stage]:
    """Starts the database, migrates and seeds it; ends it with the context. fresh: forget what an earlier run left."""
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    password = _password(folder)
    say("starting PostgreSQL")
    database = Database(folder)
    try:
        yield _stage(plan, folder, database, password)
    finally:
        database.close()


def say(text: str) -> None:
    """A line of progress on standard error, with the seconds since the start."""
    sys.stderr.write(f"[{time.monotonic() - _START:6.1f}] {text}\n")
    sys.stderr.flush()


def _stage(plan: Plan, folder: Path, database: Database, password: str) -> Stage:
    say("migrating")
    database.manage("migrate", "-v0")
    say(f"seeding {plan.subscribers:,} subscribers")
    database.run([sys.executable, "-m", "bench.seed", str(plan.subscribers)])
    with database.cursor() as cursor:
        # Ports differ from run to run: phones of an earlier one would be further contacts of the same subscribers.
        cursor.execute("TRUNCATE subscribers_binding, calls_call")
    has_kamailio = shutil.which("kamailio") is not None
    if has_kamailio:
        schema.prepare(database, plan.subscribers, password)
        database.settle(schema.NAME)
    database.settle()
    names = [(seed.username(number), password) for number in range(plan.subscribers)]
    users = sipp.write_users(folder / "users.csv", names)
    numbers = sipp.write_lines(folder / "numbers.csv", [seed.e164(number) for number in range(plan.subscribers)])
    return Stage(plan, folder, database, find_ports(), users, numbers, password, has_kamailio)


def _password(folder: Path) -> str:
    """The subscribers' password: made by the first run, known to nobody else."""
    file = folder / "password"
    if not file.exists():
        write_private(file, secrets.token_urlsafe(12))
    return file.read_text().strip()
