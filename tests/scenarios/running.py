"""What scenarios run against: one edge on a database of the tests, or the whole platform as `make run` starts it."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from provider.run.address import Address
from provider.run.environment import ROOT
from provider.run.parts import edge_answers
from tests.certificates import Authority
from tests.ports import EDGE, Ports, reserved_ports
from tests.scenarios.api_client import ApiClient
from tests.scenarios.sip_message import Account
from tests.scenarios.waiting import eventually

EDGE_START_SECONDS = 20.0
PLATFORM_START_SECONDS = 90.0  # the contract's limit
STOP_SECONDS = 30.0
_OFFSETS = {"tls": 1, "ws": 20, "wss": 21}  # from SIP_BIND's port, as the edge has it by default
_OF_THE_TESTS = ("FREITON_", "PYTEST_", "DJANGO_")
_ADMIN_TOKEN = (
    "from accounts.actions import create_token; from accounts.models import User; "
    "print(create_token(User.objects.get(username='admin'), 'scenarios', ['read', 'write'])[1])"
)
_GIVEN_ELSEWHERE = ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "EMAIL_URL", "SECRET_KEY", "CREDENTIAL_KEYS")


class Program:
    """A process of ours, with what it said kept in a file."""

    def __init__(self, command: list[str], variables: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as target:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, stdout=target, stderr=target
            )

    def said(self) -> str:
        """All that it has said so far."""
        return self.log.read_text(errors="replace")

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def end(self, number: signal.Signals = signal.SIGTERM, seconds: float = STOP_SECONDS) -> int:
        """Ends it by a signal; returns its exit code, at once when it is gone already."""
        if self.is_alive:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"not ended {seconds} s after {number.name}:\n{self.said()[-2000:]}") from None


class RunningEdge:
    """`python -m sipedge` on a database of the tests; it can be killed and started again.

    variables: further ones. prefix: words before its command, such as `taskset -c 0`.
    """

    def __init__(
        self,
        dsn: str,
        ports: Ports,
        folder: Path,
        variables: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        self.address = (EDGE, ports.sip)
        self._ports = ports
        self._prefix = prefix
        self._log = folder / "edge.log"
        self._variables = _plain_variables() | {
            "DATABASE_URL": dsn,
            "SECRET_KEY": os.environ["SECRET_KEY"],
            "CREDENTIAL_KEYS": os.environ["CREDENTIAL_KEYS"],
            "DATA_DIR": str(folder / "data"),
            "SIP_BIND": f"{EDGE}:{ports.sip}",
            "METRICS_BIND": f"{EDGE}:{ports.metrics}",
            "EDGE_NAME": "scenario",
            **(variables or {}),
        }
        self.program: Program
        self.start()

    def start(self) -> None:
        """Starts it, and waits until it answers an OPTIONS."""
        program = self.program = Program([*self._prefix, sys.executable, "-m", "sipedge"], self._variables, self._log)
        eventually(lambda: self.answers() or not program.is_alive, "the edge answers", EDGE_START_SECONDS)
        assert program.is_alive, program.said()

    def answers(self) -> bool:
        """Whether an OPTIONS gets 200."""
        return edge_answers(Address(*self.address))

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self.program.end(signal.SIGKILL)

    def resident_bytes(self) -> int:
        """How much memory it uses."""
        pages = Path(f"/proc/{self.program.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def figure(self, name: str) -> float:
        """One of its metrics, by name and labels; 0 when it has none of that name."""
        return figure(self._ports.metrics, name)

    def assert_well(self) -> None:
        """Whatever was done to it: none of it may have broken our code."""
        assert_no_fault(self.program.said())


class Platform:
    """`make run` without make: all parts, embedded services, demo data and a certificate in a folder of its own.

    authority: the file of the authority that signed the certificate.
    """

    def __init__(self, ports: Ports, folder: Path) -> None:
        self.ports = ports
        self._folder = folder
        self.data_dir = folder / "data"
        authority = Authority(folder)
        self.authority = authority.certificate
        pair = authority.server("localhost", EDGE)
        variables = _plain_variables() | {
            "DATA_DIR": str(folder / "data"),
            "HTTP_BIND": f"{EDGE}:{ports.http}",
            "SIP_BIND": f"{EDGE}:{ports.sip}",
            "SIP_TLS_CERTIFICATES": ":".join(map(str, pair.both)),
            "METRICS_BIND": f"{EDGE}:{ports.metrics}",
        }
        program = self.program = Program([sys.executable, "-m", "provider.run"], variables, folder / "run.log")
        try:
            eventually(lambda: "Data: " in program.said() or not program.is_alive, "the table", PLATFORM_START_SECONDS)
            assert program.is_alive, program.said()
        except AssertionError:
            program.end()
            raise
        self.demo: dict[str, Any] = json.loads((folder / "data" / "demo.json").read_text())
        self.edge = (self.demo["sip"]["host"], self.demo["sip"]["port"])
        self.portal = self.demo["portal"]["url"].rstrip("/")

    def place(self, transport: str) -> tuple[str, int]:
        """Where the edge listens for a transport: 'udp', 'tcp', 'tls', 'ws' or 'wss'."""
        host, port = self.edge
        return host, port + _OFFSETS.get(transport, 0)

    def manage(self, *arguments: str) -> str:
        """What a management command says that is run on this platform's database."""
        variables = _plain_variables() | {"DATA_DIR": str(self._folder / "data")}
        command = [sys.executable, "manage.py", *arguments]
        result = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def client(self, token: str = "") -> ApiClient:
        """The API, asked with this token; with the demo reseller's where none is given."""
        return ApiClient((EDGE, self.ports.http), token or self.demo["api"]["token"])

    def admin_client(self) -> ApiClient:
        """The API, asked with a token of an administrator, made as one who has a shell on the machine makes it."""
        made = self.manage("shell", "--verbosity", "0", "--command", _ADMIN_TOKEN)
        return self.client(made.strip())

    def api(self, path: str) -> list[dict[str, Any]]:
        """The first page of a collection, asked for with the demo token."""
        rows: list[dict[str, Any]] = self.client().get(path)["results"]
        return rows

    def registrations(self, account: Account) -> list[dict[str, Any]]:
        """What the API says is registered of this subscriber."""
        aor = f"{account.username}@{account.domain}"
        return [row for row in self.api("registrations/") if row["aor"] == aor]

    def ended_call(self, call_id: str) -> dict[str, Any]:
        """The call with this SIP Call-ID from the API, once it has ended."""

        def look() -> dict[str, Any] | None:
            known = [call for call in self.api("calls/") if call["call_id"] == call_id]
            assert len(known) <= 1, known
            return known[0] if known and known[0]["state"] == "ended" else None

        found = eventually(look, f"the call {call_id} has ended")
        assert found is not None
        return found


@contextmanager
def running_platform() -> Iterator[Platform]:
    """A platform in a folder of its own. At the end nothing may have gone wrong in it."""
    folder = Path(tempfile.mkdtemp(prefix="freiton-scenarios-"))
    try:
        with reserved_ports() as ports:
            running = Platform(ports, folder)
            try:
                yield running
            finally:
                code = running.program.end()
        assert code == 0, running.program.said()[-3000:]
        assert_no_fault(running.program.said())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def figure(port: int, name: str) -> float:
    """A figure of the metrics on this port."""
    with closing(http.client.HTTPConnection(EDGE, port, timeout=5)) as connection:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0.0)


def assert_no_fault(said: str) -> None:
    """Nothing in a log tells of an exception in our own code."""
    start = said.find("Traceback")
    assert start < 0, said[max(0, start - 500) : start + 3000]


def _plain_variables() -> dict[str, str]:
    """This process's variables, without those that are of the tests or that a scenario gives itself."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _GIVEN_ELSEWHERE and not name.startswith(_OF_THE_TESTS)
    } | {"PYTHONUNBUFFERED": "1"}
