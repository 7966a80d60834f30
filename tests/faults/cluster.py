"""PostgreSQL and Valkey of the fault tests' own: real servers that are stopped, crashed and frozen.

The cluster is durable (fsync, synchronous commit), because what is asked is what outlives a crash.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg2

from provider.run.environment import ROOT
from provider.run.postgres import EmbeddedPostgres
from provider.run.processes import send, wait_until

STOCK_SECONDS: Final = 300.0
GONE_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Record:
    """A call as it stands in PostgreSQL; times in seconds."""

    state: str
    status_code: int | None
    answered_after: float | None
    duration: float | None


class Cluster:
    """One PostgreSQL with a stock of subscribers in it. `dsn` stays the same over all restarts."""

    def __init__(self, folder: Path, phones: int, numbered: int) -> None:
        self.phones, self.numbered = phones, numbered
        self._server = EmbeddedPostgres(folder)
        self.dsn = self._server.start()
        try:
            self._fill(folder)
        except BaseException:
            self._server.stop()
            raise

    def _fill(self, folder: Path) -> None:
        variables = os.environ | {"DATABASE_URL": self.dsn, "DATA_DIR": str(folder / "web")}
        command = [sys.executable, "-m", "tests.faults.stock", str(self.phones), str(self.numbered)]
        result = subprocess.run(
            command, cwd=ROOT, env=variables, check=False, timeout=STOCK_SECONDS, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stderr

    @property
    def is_running(self) -> bool:
        """Whether its postmaster lives."""
        return self._server.process is not None and self._server.process.poll() is None

    def start(self) -> None:
        """Starts the server; does nothing where it runs."""
        if not self.is_running:
            assert self._server.start() == self.dsn, "the port of the cluster was taken meanwhile"

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Ends it: SIGINT is a fast shutdown, SIGQUIT an immediate one, SIGKILL a crash of the postmaster."""
        pids = self.pids()
        process = self._server.running()
        process.send_signal(number) if number != signal.SIGKILL else send(pids[0], number)
        process.wait(GONE_SECONDS)
        self._server.process = None
        # Backends of a killed postmaster notice its death; a new one does not start before the last is gone.
        assert wait_until(lambda: not any(map(_is_there, pids)), GONE_SECONDS), "backends outlived their postmaster"

    def read_only(self, is_read_only: bool) -> None:
        """Has it refuse all writes, as a standby does, or take them again."""
        self.query(f"ALTER SYSTEM SET default_transaction_read_only = {'on' if is_read_only else 'off'}")
        self.query("SELECT pg_reload_conf()")
        wanted = [("on" if is_read_only else "off",)]
        assert wait_until(lambda: self.query("SHOW default_transaction_read_only") == wanted, GONE_SECONDS)

    def freeze(self) -> list[int]:
        """Stops the postmaster and all its processes in their tracks. Returns their pids, for `thaw`."""
        frozen: list[int] = []
        while new := [pid for pid in self.pids() if pid not in frozen]:
            for pid in new:
                send(pid, signal.SIGSTOP)
            frozen += new
        return frozen

    def thaw(self, pids: Iterable[int]) -> None:
        """Lets them go on."""
        for pid in pids:
            send(pid, signal.SIGCONT)

    def pids(self) -> list[int]:
        """The postmaster's pid, then those of its children."""
        postmaster = int((self._server.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [postmaster, *map(int, children)]

    def query(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """The rows of a statement, which is committed."""
        with closing(psycopg2.connect(self.dsn, connect_timeout=5)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, arguments)
                return cursor.fetchall() if cursor.description else []

    def give(self, folder: Path) -> None:
        """Makes a folder the server's own."""
        owner = self._server.data.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)

    def clean(self) -> None:
        """No bindings and no calls, on a server that runs: where a test begins."""
        with suppress(FileNotFoundError, ProcessLookupError):
            self.thaw(self.pids())
        self.start()
        self.query("TRUNCATE subscribers_binding, calls_call CASCADE")

    def bindings(self) -> dict[str, float]:
        """Who is registered, with when that ends, in seconds from PostgreSQL's now."""
        return dict(
            self.query(
                "SELECT s.username, extract(epoch FROM b.expires_at - clock_timestamp())::float8"
                " FROM subscribers_binding b JOIN subscribers_subscriber s ON s.id = b.subscriber_id"
            )
        )

    def calls(self) -> dict[str, "Record"]:
        """The records of calls, by SIP Call-ID."""
        rows = self.query(
            "SELECT sip_call_id, state, status_code, extract(epoch FROM answered_at - started_at)::float8,"
            " extract(epoch FROM ended_at - answered_at)::float8 FROM calls_call"
        )
        return {call_id: Record(*rest) for call_id, *rest in rows}

    def register_all(self, count: int, edge: str) -> None:
        """Writes bindings for the last `count` phones, as an edge would have."""
        self.query(
            "INSERT INTO subscribers_binding (uid, subscriber_id, key, contact, call_id, cseq, q, expires_at,"
            " received_from, flow, transport, edge)"
            " SELECT gen_random_uuid(), id, 'sip:' || username || '@127.0.0.1:9', 'sip:' || username || '@127.0.0.1:9',"
            " username, 1, 1000, now() + interval '1 hour', 'udp:127.0.0.1:9', 'udp:127.0.0.1:9', 'udp', %s"
            " FROM subscribers_subscriber ORDER BY id DESC LIMIT %s",
            edge,
            count,
        )
        self.query("ANALYZE subscribers_binding")

    def end(self) -> None:
        """Ends it for good."""
        with suppress(FileNotFoundError, ProcessLookupError):
            self.thaw(self.pids())
        self._server.stop()
        self._server.end_left_over()


def _is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"
