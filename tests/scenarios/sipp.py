"""SIPp as phone and as gateway: one process for each side, with a scenario file of ours."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from provider.run.environment import ROOT
from tests.ports import free_port
from tests.scenarios.sip_message import Account, Received, read
from tests.scenarios.waiting import eventually
from tests.tools import require

SECONDS: Final = 15
SHOWN: Final = ROOT / "docs" / "first-call"
"""The scenario files that the documentation shows, tried here so that they stay true."""
OWN: Final = Path(__file__).parent / "sipp"
_TCP_LISTENS: Final = "0A"
_HEARD: Final = re.compile(rb"^(?:UDP|TCP) message received \[(\d+)\] bytes ?:\r?\n\r?\n", re.MULTILINE)
"""What SIPp writes into its message file before each message that it got."""


def scenario(name: str) -> Path:
    """A scenario file, of the documentation or of the tests."""
    return next(file for folder in (SHOWN, OWN) if (file := folder / f"{name}.xml").exists())


class Run:
    """One SIPp."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", errors: Path, messages: Path) -> None:
        self.name = name
        self.process = process
        self._errors = errors
        self._messages = messages

    def succeeds(self) -> None:
        """Waits for its end: exit code 0 says that every call went as the scenario wants."""
        code = self.process.wait(SECONDS + 5)
        assert code == 0, f"SIPp {self.name} ended with {code}:\n{self._last_words()}"

    def fails(self) -> str:
        """Waits for its end, which must not be as the scenario wants; returns the error log."""
        code = self.process.wait(SECONDS + 5)
        assert code == 1, f"SIPp {self.name} ended with {code}"
        return self._last_words()

    def final_status(self) -> int:
        """Waits for its end, as the scenario wants; returns the last status that its INVITE got."""
        self.succeeds()
        statuses = [message.status for message in self.heard() if message.status and message.method == "INVITE"]
        return statuses[-1]

    def called(self) -> Received:
        """Waits for its end, as the scenario wants; returns the INVITE that it got."""
        self.succeeds()
        return next(message for message in self.heard() if message.start.startswith("INVITE "))

    def heard(self) -> list[Received]:
        """All messages that it has got, in their order, as far as they are written by now."""
        if not self._messages.exists():
            return []
        trace = self._messages.read_bytes()
        return [read(trace[found.end() : found.end() + int(found[1])]) for found in _HEARD.finditer(trace)]

    def _last_words(self) -> str:
        return self._errors.read_text(errors="replace") if self._errors.exists() else "it wrote no error log"


class Sipp:
    """Starts SIPp processes against one edge, and ends what is left of them."""

    def __init__(self, edge: tuple[str, int], folder: Path) -> None:
        self._edge = edge
        self._folder = folder
        self._program = require("sipp")
        self._runs: list[Run] = []

    def start(self, name: str, host: str, *options: str, port: int = 0, transport: str = "udp") -> Run:
        """A side that begins by itself. port: its own, 0 for any."""
        edge = "{}:{}".format(*self._edge)
        return self._start(name, [edge, *options], host, port or free_port(host), transport)

    def await_call(self, name: str, host: str, port: int, *options: str, transport: str = "udp") -> Run:
        """A side that waits for a call at `port`; returns when it listens."""
        run = self._start(name, list(options), host, port, transport)
        self._wait_until_it_listens(run, host, port, transport)
        return run

    def shown(self, command: str, given: dict[str, str], listens_at: int = 0) -> Run:
        """A command line of the README, with words replaced by what they are here.

        listens_at: the port to wait for, 0 for a side that begins by itself.
        """
        options = [given.get(word, word) for word in shlex.split(command)[1:]]
        run = self._launch(options[options.index("-sf") + 1], options, SHOWN)
        if listens_at:
            self._wait_until_it_listens(run, "127.0.0.1", listens_at, "udp")
        return run

    def register(self, account: Account, port: int, transport: str = "udp", scenario: str = "register") -> Run:
        """Registers a phone that is reached at `port`."""
        options = ("-s", account.username, "-ap", account.password)
        return self.start(scenario, "127.0.0.1", *options, port=port, transport=transport)

    def close(self) -> None:
        """Ends what still runs."""
        for run in self._runs:
            if run.process.poll() is None:
                run.process.kill()
                run.process.wait()

    def _start(self, name: str, options: list[str], host: str, port: int, transport: str) -> Run:
        where = ["-i", host, "-p", str(port), "-t", "t1" if transport == "tcp" else "u1", "-m", "1"]
        return self._launch(name, [*options, "-sf", str(scenario(name)), *where], self._folder)

    def _launch(self, name: str, options: list[str], folder: Path) -> Run:
        errors = self._folder / f"{len(self._runs)}-{name}-errors.log"
        messages = errors.with_name(errors.name.replace("-errors.log", "-messages.log"))
        limits = ["-nostdin", "-timeout", str(SECONDS), "-timeout_error", "-trace_err", "-error_file", str(errors)]
        limits += ["-trace_msg", "-message_file", str(messages)]
        output = subprocess.DEVNULL
        command = [self._program, *options, *limits]
        process = subprocess.Popen(command, cwd=folder, stdin=output, stdout=output, stderr=output)
        self._runs.append(Run(name, process, errors, messages))
        return self._runs[-1]

    def _wait_until_it_listens(self, run: Run, host: str, port: int, transport: str) -> None:
        def listens() -> bool:
            return _listens(host, port, transport) or run.process.poll() is not None

        eventually(listens, f"SIPp {run.name} listens on {port}")


@contextmanager
def sipp_against(edge: tuple[str, int], folder: Path) -> Iterator[Sipp]:
    """SIPp for one test."""
    sipp = Sipp(edge, folder)
    try:
        yield sipp
    finally:
        sipp.close()


def _listens(host: str, port: int, transport: str) -> bool:
    """Whether somebody has the port, as Linux shows it under /proc/net (addresses in hex, host byte order)."""
    wanted = "{:02X}{:02X}{:02X}{:02X}:{:04X}".format(*reversed([int(part) for part in host.split(".")]), port)
    rows = (line.split() for line in Path(f"/proc/net/{transport}").read_text().splitlines()[1:])
    return any(row[1] == wanted and (transport == "udp" or row[3] == _TCP_LISTENS) for row in rows)
