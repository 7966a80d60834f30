"""Runs parts, each in a session of its own, and reads what they say; when one dies, all end.

One thread, one selector: it waits for output, for a death (pidfd), and for a signal (wake-up socket). Nothing
here knows what the parts do.
"""

import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

from provider.run.errors import StartError
from provider.run.output import LineReader, Output
from provider.run.parts import Part
from provider.run.processes import Identity, Records, end_session, identify_child

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
READ_BYTES = 65_536
LOOK_SECONDS = 0.1
ORPHAN_SECONDS = 0.5  # for what a part leaves behind, and for a part that did not end in its own time
READS_AT_THE_END = 100  # what a dead part's children still say must not keep us


class StopRequestedError(Exception):
    """The operator asked for the end; not a failure."""


@dataclass(slots=True)
class Guarded:
    """A process whose death ends everything: `death` is a pidfd, readable once the process has ended."""

    name: str
    process: subprocess.Popen[bytes]
    death: int
    last_words: Callable[[], str]


@dataclass(slots=True)
class Running(Guarded):
    """A part that we started ourselves: we also read what it says, and end it."""

    identity: Identity
    reader: LineReader
    stop_seconds: float


class Supervisor:
    """Starts, watches and ends processes. Signals are taken from construction to `close()`."""

    def __init__(self, variables: Mapping[str, str], records: Records, output: Output) -> None:
        self.variables = dict(variables)
        self._records = records
        self._output = output
        self._running: list[Running] = []
        self._guarded: list[Guarded] = []
        self._selector = selectors.DefaultSelector()
        self._is_stopping = False
        self._wake, self._waker = socket.socketpair()
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._before = {number: signal.signal(number, self._on_signal) for number in STOP_SIGNALS}

    def close(self) -> None:
        """Ends what still runs, gives signals back, closes what is open."""
        self.stop()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        for guarded in self._guarded:
            os.close(guarded.death)
        self._selector.close()
        self._wake.close()
        self._waker.close()

    def check_stop(self) -> None:
        """Raises StopRequestedError when a signal came; for between the steps of a start."""
        if self._is_stopping:
            raise StopRequestedError

    def start(self, part: Part) -> None:
        """Starts a part; its pid file stands when this returns, even when it has ended by then: `watch` tells that."""
        process = subprocess.Popen(  # noqa: S603 - our own commands
            part.command,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert process.stdout is not None  # noqa: S101 - for the type checker
        identity = identify_child(process.pid)
        self._records.add(part.name, identity)
        reader = LineReader(part.name, self._output)
        running = Running(
            part.name, process, os.pidfd_open(process.pid), reader.last_words, identity, reader, part.stop_seconds
        )
        os.set_blocking(process.stdout.fileno(), False)
        self._selector.register(process.stdout, selectors.EVENT_READ, running)
        self._selector.register(running.death, selectors.EVENT_READ, running)
        self._running.append(running)

    def guard(self, name: str, process: subprocess.Popen[bytes], last_words: Callable[[], str]) -> None:
        """Watches a process that somebody else starts and ends: when it dies, so does the rest."""
        guarded = Guarded(name, process, os.pidfd_open(process.pid), last_words)
        self._selector.register(guarded.death, selectors.EVENT_READ, guarded)
        self._guarded.append(guarded)

    def wait_until_ready(self, parts: Sequence[Part], seconds: float) -> None:
        """Returns once every part answers. Raises StartError (a part died, or time is up) or StopRequestedError."""
        waiting = list(parts)
        deadline = time.monotonic() + seconds
        while waiting := [part for part in waiting if not self._look(part.is_ready)]:
            self._watch_once(LOOK_SECONDS)
            if time.monotonic() > deadline:
                raise StartError(
                    f"The {waiting[0].name} did not answer within {seconds:.0f} seconds; "
                    f"the last it said: {self._named(waiting[0].name).last_words()}"
                )

    def _look(self, is_ready: Callable[[], bool]) -> bool:
        self._watch_once(0)
        return is_ready()

    def watch(self) -> None:
        """Runs until a part dies (StartError) or a signal comes (StopRequestedError)."""
        while True:
            self._watch_once(None)

    def run(self, name: str, command: Sequence[str]) -> None:
        """Runs a command to its end, its output in the stream. Raises StartError when it fails."""
        self.start(Part(name, tuple(command), lambda: False, 5.0))
        step = self._named(name)
        while step.process.poll() is None:
            self._watch_once(None, unless=step)
        self._drain(step)
        self._forget(step)
        if step.process.returncode:
            raise StartError(_failure(step))

    def stop(self) -> None:
        """Ends all parts, the last started first; what they say on the way is still shown."""
        self._is_stopping = True
        for running in reversed(self._running.copy()):
            self._end(running)

    def _end(self, running: Running) -> None:
        if running.process.poll() is None:
            with suppress(ProcessLookupError):
                running.process.terminate()
            deadline = time.monotonic() + running.stop_seconds
            while running.process.poll() is None and time.monotonic() < deadline:
                self._turn(LOOK_SECONDS)
        end_session(running.identity, ORPHAN_SECONDS)
        running.process.wait()
        self._drain(running)
        self._forget(running)

    def _forget(self, running: Running) -> None:
        for channel in (running.process.stdout, running.death):
            with suppress(KeyError, ValueError):
                self._selector.unregister(channel)  # type: ignore[arg-type]  # stdout is a pipe
        if running.process.stdout is not None:
            running.process.stdout.close()
        os.close(running.death)
        self._records.remove(running.name)
        self._running.remove(running)

    def _named(self, name: str) -> Running:
        return next(running for running in self._running if running.name == name)

    def _watch_once(self, timeout: float | None, unless: Running | None = None) -> None:
        dead = self._turn(timeout)
        self.check_stop()
        if dead is None or dead is unless:
            return
        if isinstance(dead, Running):
            self._drain(dead)
        raise StartError(_death(dead))

    def _turn(self, timeout: float | None) -> Guarded | None:
        """Waits once; passes output on; returns a process that has died."""
        dead = None
        for key, _ in self._selector.select(timeout):
            if key.fileobj is self._wake:
                self._wake.recv(16)
            elif key.fd == key.data.death:
                dead = key.data
                dead.process.wait()
                self._selector.unregister(dead.death)
            else:
                self._read(key.data)
        return dead

    def _read(self, running: Running) -> bool:
        """Takes what there is to read; False at the end of the stream or when nothing is there."""
        assert running.process.stdout is not None  # noqa: S101 - for the type checker
        try:
            data = os.read(running.process.stdout.fileno(), READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            with suppress(KeyError):
                self._selector.unregister(running.process.stdout)
            return False
        running.reader.feed(data)
        return True

    def _drain(self, running: Running) -> None:
        for _ in range(READS_AT_THE_END):
            if not self._read(running):
                break
        running.reader.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the handler's signature
        self._is_stopping = True
        with suppress(OSError):
            self._waker.send(b"!")


def _death(dead: Guarded) -> str:
    code = dead.process.wait()
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    return f"The {dead.name} {how}, so everything was stopped. The last it said: {dead.last_words()}"


def _failure(step: Running) -> str:
    """A management command that knows why it failed says so; for anything else the step is named."""
    why = step.last_words()
    return (
        why.removeprefix("CommandError: ")
        if why.startswith("CommandError: ")
        else f"The {step.name} step failed: {why}"
    )
