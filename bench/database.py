"""The bench's own PostgreSQL: the product's embedded one, with its usual settings, in a folder of its own.

It holds two databases: the edge's, made by the product's migrations, and Kamailio's. Both programs so write to the
same server, one after the other.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg2
from psycopg2 import sql

from bench.processes import BenchError
from provider.run.environment import ROOT, read_environment
from provider.run.errors import StartError
from provider.run.keys import with_keys
from provider.run.postgres import NAME, EmbeddedPostgres

_OURS: Final = ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "SECRET_KEY", "CREDENTIAL_KEYS", "EMAIL_URL", "SIP_BIND")


class Database:
    """A running PostgreSQL. folder: where all of the bench's data is; a second start finds what the first left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = EmbeddedPostgres(folder / "postgres")
        try:
            self.url = self._server.start()
        except StartError as error:
            raise BenchError(str(error)) from None
        keys = with_keys(read_environment({"DATA_DIR": str(folder)}, running=False))
        self._keys = {"SECRET_KEY": keys.secret_key, "CREDENTIAL_KEYS": ",".join(keys.credential_keys)}

    @property
    def pid(self) -> int:
        """The postmaster, root of the server's tree."""
        return self._server.running().pid

    def url_of(self, name: str) -> str:
        """The URL of another database of this server."""
        return self.url.removesuffix(NAME) + name

    def variables(self, name: str = NAME) -> dict[str, str]:
        """The environment of a program of the product that works on one of the databases."""
        kept = {name: value for name, value in os.environ.items() if name not in _OURS}
        given = {"DATABASE_URL": self.url_of(name), "DATA_DIR": str(self.folder), "PYTHONUNBUFFERED": "1"}
        return kept | self._keys | given

    @contextmanager
    def cursor(self, name: str = NAME) -> Iterator[Any]:
        """A cursor in autocommit mode."""
        with closing(psycopg2.connect(self.url_of(name))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor

    def value(self, query: str, arguments: Sequence[object] = (), name: str = NAME) -> Any:
        """The first column of the first row."""
        with self.cursor(name) as cursor:
            cursor.execute(query, arguments)
            return cursor.fetchone()[0]

    def create(self, name: str) -> bool:
        """Makes a database where there is none; tells whether it did."""
        with self.cursor("postgres") as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)", [name])
            if cursor.fetchone()[0]:
                return False
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            return True

    def settle(self, name: str = NAME) -> None:
        """Has the server do now what it would do in the middle of a measurement: vacuum, and a checkpoint."""
        with self.cursor(name) as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")

    def manage(self, *arguments: str, name: str = NAME) -> None:
        """Runs `manage.py` on it. Raises BenchError."""
        self.run([sys.executable, "manage.py", *arguments], name)

    def run(self, command: Sequence[str], name: str = NAME) -> None:
        """Runs a program of the project on it to its end. Raises BenchError with what it said."""
        done = subprocess.run(command, cwd=ROOT, env=self.variables(name), capture_output=True, text=True, check=False)
        if done.returncode:
            raise BenchError(f"{' '.join(command[1:])} failed: {(done.stderr or done.stdout).strip()[-1500:]}")

    def close(self) -> None:
        """Ends the server."""
        self._server.stop()
