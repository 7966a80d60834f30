"""Processes of ours, told apart from strangers: a pid alone may long belong to somebody else.

A process is known by its pid together with its start time (clock ticks since boot) and the boot it belongs to, as
Linux shows them under /proc. Every part runs in a session of its own, so what it left behind can be found too:
the kernel does not give a number out again as long as a session bears it.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

PROC = Path("/proc")
POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Identity:
    """One process, for good: no other process ever has the same three values."""

    pid: int
    started: int
    boot: str


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on (field 3 of proc(5) is element 0); empty when it is gone."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def _stat_alive(pid: int) -> list[str]:
    fields = _stat(pid)
    return fields if fields and fields[0] not in "ZX" else []


def _boot() -> str:
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def identify(pid: int) -> Identity | None:
    """Who has this pid now; None when nobody has, or only a zombie."""
    return _identity(pid, _stat_alive(pid))


def identify_child(pid: int) -> Identity:
    """Who a child of ours is that nobody has waited for: the kernel keeps its pid and start time even when it has
    ended already, as a child may before its parent comes to look.

    Raises ProcessLookupError when it is not such a child.
    """
    identity = _identity(pid, _stat(pid))
    if identity is None:
        raise ProcessLookupError(f"No process has the number {pid}.")
    return identity


def _identity(pid: int, fields: list[str]) -> Identity | None:
    return Identity(pid, int(fields[19]), _boot()) if fields else None


def is_alive(identity: Identity) -> bool:
    """Whether this very process still runs."""
    return identify(identity.pid) == identity


def session_members(identity: Identity) -> list[int]:
    """Pids of the process and of all that run in the session it opened; empty when that session is gone."""
    current = identify(identity.pid)
    if identity.boot != _boot() or (current is not None and current != identity):
        return []
    return [pid for pid in _all_pids() if (fields := _stat_alive(pid)) and int(fields[3]) == identity.pid]


def _all_pids() -> Iterator[int]:
    return (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())


def works_in(pid: int, folder: Path) -> bool:
    """Whether a process with this pid has the folder as its working directory."""
    try:
        return (PROC / str(pid) / "cwd").readlink() == folder.resolve()
    except OSError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits for the condition to hold; False when it does not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def send(pid: int, number: signal.Signals) -> None:
    """Sends a signal; a process that went away meanwhile is fine."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def end_session(identity: Identity, patience: float) -> bool:
    """Ends the process and all that its session left behind: SIGTERM, then SIGKILL after `patience` seconds.

    True when there was something to end. Nothing that belongs to somebody else is touched.
    """
    members = session_members(identity)
    if not members:
        return False
    for pid in [identity.pid] if identity.pid in members else members:
        send(pid, signal.SIGTERM)
    if not wait_until(lambda: not session_members(identity), patience):
        for pid in session_members(identity):
            send(pid, signal.SIGKILL)
        wait_until(lambda: not session_members(identity), patience)
    return True


class Records:
    """`$DATA_DIR/run`: a `NAME.pid` for scripts, and `processes.json` with whose pid that really is."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self._file = run_dir / "processes.json"

    def read(self) -> dict[str, Identity]:
        """What was written last; empty when the file is missing or cut short."""
        try:
            rows = json.loads(self._file.read_text())
            return {name: Identity(**row) for name, row in rows.items()}
        except (FileNotFoundError, ValueError, TypeError, AttributeError):
            return {}

    def add(self, name: str, identity: Identity) -> None:
        """Writes down a part that was just started."""
        (self.run_dir / f"{name}.pid").write_text(f"{identity.pid}\n")
        self._write(self.read() | {name: identity})

    def remove(self, name: str) -> None:
        """Forgets a part that has ended."""
        (self.run_dir / f"{name}.pid").unlink(missing_ok=True)
        self._write({known: identity for known, identity in self.read().items() if known != name})

    def _write(self, identities: dict[str, Identity]) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps({name: asdict(identity) for name, identity in identities.items()}))
        new.replace(self._file)
