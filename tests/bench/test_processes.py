"""Programs of the bench: what they say is kept, and none is left behind."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.processes import BenchError, Program
from provider.run.environment import ROOT
from provider.run.processes import identify, session_members, wait_until

SLEEPER = "import time\nprint('up', flush=True)\ntime.sleep(60)\n"
WITH_CHILD = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {SLEEPER!r}])\n" + SLEEPER


def started(tmp_path: Path, script: str) -> Program:
    program = Program("it", [sys.executable, "-c", script], tmp_path / "said.log")
    assert wait_until(lambda: "up" in program.last_words() or not program.is_alive, 10)
    return program


def test_stopping_ends_children_too(tmp_path: Path) -> None:
    program = started(tmp_path, WITH_CHILD)
    identity = identify(program.pid)
    assert identity is not None
    assert wait_until(lambda: len(session_members(identity)) == 2, 10)
    program.stop()
    assert session_members(identity) == []
    program.stop()  # once more is fine


def test_a_program_that_does_not_end_is_ended(tmp_path: Path) -> None:
    program = started(tmp_path, SLEEPER)
    with pytest.raises(BenchError, match="it did not end within 0 s: up"):
        program.wait(0.05)
    assert not program.is_alive


def test_its_exit_code_and_last_words(tmp_path: Path) -> None:
    program = Program("it", [sys.executable, "-c", "import sys; sys.exit('no such thing')"], tmp_path / "said.log")
    assert program.wait(10) == 1
    assert program.last_words() == "no such thing"


@pytest.mark.parametrize("ours", [signal.SIG_IGN, signal.default_int_handler])
def test_politely_it_may_write_what_it_has(tmp_path: Path, ours: Any) -> None:
    script = (
        "import time\ntry:\n print('up', flush=True)\n time.sleep(60)\nexcept KeyboardInterrupt: print('written')\n"
    )
    before = signal.signal(signal.SIGINT, ours)
    try:
        program = started(tmp_path, script)
    finally:
        signal.signal(signal.SIGINT, before)
    program.stop_politely()
    assert program.last_words() == "up\nwritten"


def test_who_is_killed_takes_its_programs_along(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom bench.processes import Program\n"
        f"program = Program('it', [sys.executable, '-c', {SLEEPER!r}], Path({str(tmp_path / 'said.log')!r}))\n"
        "print(program.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as bench:
        assert bench.stdout is not None
        identity = identify(int(bench.stdout.readline()))
        assert identity is not None
        bench.send_signal(signal.SIGKILL)
        assert wait_until(lambda: identify(identity.pid) != identity, 10)
