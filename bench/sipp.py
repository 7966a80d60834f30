"""SIPp: one process for one side of a scenario, and what it counted."""

from __future__ import annotations

import csv
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.figures import percentile
from bench.places import is_free
from bench.processes import BenchError, Program
from provider.run.processes import wait_until

SCENARIOS: Final = Path(__file__).parent / "scenarios"
PATIENCE: Final = 30.0  # seconds longer than the run should take
BUFFER: Final = "2097152"  # bytes of its socket's buffers: what the machine cannot hold is then its own fault


@dataclass(frozen=True, slots=True)
class Counts:
    """What one SIPp counted in all. retransmissions: requests that it sent again; times: response times in ms."""

    exit_code: int
    successful: int
    failed: int
    retransmissions: int
    seconds: float
    times: tuple[float, ...] = ()

    @property
    def rate(self) -> float:
        """Scenarios a second that were begun and came to their end."""
        return self.successful / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Of the response times, in ms. Raises ValueError when none were kept."""
        return percentile(self.times, share)

    def joined(self, retransmissions: int) -> Counts:
        """With what the other side sent again."""
        return replace(self, retransmissions=self.retransmissions + retransmissions)

    def why_not(self, asked: int) -> str:
        """What is wrong with the run when so many scenarios were asked for; '' when nothing is."""
        if self.exit_code or self.failed or self.successful != asked:
            return f"SIPp ended with {self.exit_code}: {self.successful} of {asked} well, {self.failed} failed"
        return ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one SIPp does. count: scenarios in all; rate: those begun in a second; users: a file of users.

    with_times: keep every response time (which costs SIPp something). at_once: scenarios under way at most, 0 for as
    many as begin while it is patient. patience: seconds that it may take longer than it should.
    """

    scenario: str
    host: str
    port: int
    count: int
    rate: float = 0.0
    users: Path | None = None
    remote: tuple[str, int] | None = None
    with_times: bool = False
    at_once: int = 0
    patience: float = PATIENCE

    @property
    def seconds(self) -> float:
        """How long it should take."""
        return self.count / self.rate if self.rate else 0.0


class Sipp:
    """A started SIPp. folder: where it writes its files."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self._folder = folder / f"sipp-{plan.scenario}"
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        command = command_of(plan)
        self.program = Program(f"SIPp {plan.scenario}", command, self._folder / "said.log", folder=self._folder)

    def wait_until_it_listens(self) -> None:
        """Returns when its port is bound. Raises BenchError."""
        place = (self.plan.host, self.plan.port)
        if not wait_until(lambda: not is_free(*place, socket.SOCK_DGRAM), PATIENCE):
            raise BenchError(f"{self.program.name} does not listen: {self.program.last_words()}")

    def result(self, seconds: float = 0.0) -> Counts:
        """Waits for its end. seconds: how long it should take, where the plan does not say it. Raises BenchError."""
        code = self.program.wait((seconds or self.plan.seconds) + self.plan.patience)
        times = next(self._folder.glob("*_rtt.csv"), None)
        return read_counts(code, self._folder / "stat.csv", times)

    def stop(self) -> None:
        """Ends it."""
        self.program.stop()


def run(plan: Plan, folder: Path) -> Counts:
    """From start to end. Raises BenchError."""
    sipp = Sipp(plan, folder)
    try:
        return sipp.result()
    finally:
        sipp.stop()


def command_of(plan: Plan) -> list[str]:
    """SIPp's command line."""
    program = shutil.which("sipp") or "sipp"
    file = SCENARIOS / f"{plan.scenario}.xml"
    where = ["-i", plan.host, "-p", str(plan.port), "-t", "u1", "-sf", str(file), "-m", str(plan.count)]
    limits = ["-nostdin", "-timeout", str(int(plan.seconds + plan.patience)), "-recv_timeout", "10000"]
    files = ["-trace_stat", "-stf", "stat.csv", "-fd", "1", "-trace_err", "-error_file", "errors.log"]
    command = [program, *where, *limits, *files, "-buff_size", BUFFER]
    if plan.remote is not None:
        command += [
            "{}:{}".format(*plan.remote),
            "-r",
            f"{plan.rate:g}",
            "-l",
            str(plan.at_once or int(plan.rate * plan.patience)),
        ]
    if plan.users is not None:
        command += ["-inf", str(plan.users)]
    return command + (["-trace_rtt", "-rtt_freq", "1"] if plan.with_times else [])


def read_counts(code: int, statistics: Path, times: Path | None) -> Counts:
    """The last line of SIPp's statistics file (its columns ending in (C) are cumulative), and its response times."""
    try:
        with statistics.open(newline="") as file:
            last = list(csv.DictReader(file, delimiter=";"))[-1]
    except (FileNotFoundError, IndexError):
        raise BenchError(f"SIPp ended with {code} and left no statistics in {statistics.parent}") from None
    return Counts(
        exit_code=code,
        successful=int(last["SuccessfulCall(C)"]),
        failed=int(last["FailedCall(C)"]),
        retransmissions=int(last["Retransmissions(C)"]),
        seconds=_stamp(last["CurrentTime"]) - _stamp(last["StartTime"]),
        times=_read_times(times) if times is not None else (),
    )


def _read_times(file: Path) -> tuple[float, ...]:
    lines = file.read_text().splitlines()[1:]
    return tuple(float(line.split(";")[1]) for line in lines if line.count(";") >= 2)


def _stamp(text: str) -> float:
    """Seconds since the epoch: the last word of a time in the statistics."""
    return float(text.rsplit(maxsplit=1)[-1])


def write_users(file: Path, users: Sequence[tuple[str, str]]) -> Path:
    """A file of users for SIPp, taken one after the other: (name, password)."""
    lines = [f"{name};[authentication username={name} password={password}]" for name, password in users]
    return write_lines(file, lines)


def write_lines(file: Path, lines: Sequence[str]) -> Path:
    """A file from which SIPp takes one line after the other, and begins again."""
    file.write_text("\n".join(["SEQUENTIAL", *lines, ""]))
    return file
