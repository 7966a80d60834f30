"""Programs that the bench starts: each in a session of its own, and ended by its pid whatever happens."""

from __future__ import annotations

import ctypes
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from provider.run.environment import ROOT
from provider.run.processes import end_session, identify_child

STOP_SECONDS: Final = 20.0
_PR_SET_PDEATHSIG: Final = 1  # prctl(2)
_LIBC: Final = ctypes.CDLL(None)


class BenchError(Exception):
    """A measurement cannot be made; the text says why and what to do."""


class Program:
    """A running program, what it says kept in a file. A Ctrl-C in the terminal does not reach it: we end it."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        variables: Mapping[str, str] | None = None,
        folder: Path = ROOT,
    ) -> None:
        """folder: its working directory."""
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as target:
            self.process = subprocess.Popen(
                command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=target, stderr=target,
                start_new_session=True, preexec_fn=_end_with_parent,  # noqa: PLW1509  the bench has one thread
            )  # fmt: skip
        self._identity = identify_child(self.process.pid)

    @property
    def pid(self) -> int:
        """The process's number: the root of its tree."""
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def last_words(self) -> str:
        """The last lines that it said."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:]) or "it said nothing"

    def wait(self, seconds: float) -> int:
        """Its exit code. Raises BenchError when it has not ended within so many seconds; it is ended then."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise BenchError(f"{self.name} did not end within {seconds:.0f} s: {self.last_words()}") from None

    def stop_politely(self) -> None:
        """Ends it as a Ctrl-C does, so that it writes what it has; `stop` follows when it does not end by that."""
        if self.is_alive:
            self.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        self.stop()

    def stop(self) -> None:
        """Ends it and all that it started; does nothing when it is gone."""
        if self.is_alive:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        end_session(self._identity, STOP_SECONDS)


def _end_with_parent() -> None:
    """Asks the kernel for a SIGTERM when the bench dies, however it dies. Runs in the child before the program.

    SIGINT gets its meaning back: a shell that starts the bench in the background has its children ignore it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
