"""CPU time of process trees: of known work, of children that ended, of strangers."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench import cpu
from bench.cpu import Usage

BURN = "import time\nend = time.process_time() + {seconds}\nwhile time.process_time() < end: pass\n"
WAIT = "print(flush=True)\ninput()\n"


@contextmanager
def running(script: str) -> Iterator["subprocess.Popen[str]"]:
    """A Python that has come to its end of `script`, where it prints a line, and waits for one."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", script], text=True, **pipes) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.communicate("\n")


def nested(script: str, waits: bool = True) -> str:
    """A script that runs another one in a child: which has ended then, or lives on beside it."""
    call = "subprocess.run" if waits else "subprocess.Popen"
    return f"import subprocess, sys\n{call}([sys.executable, '-c', {script!r}])\n"


def test_work_of_the_process_itself_counts() -> None:
    with running(BURN.format(seconds=0.1) + WAIT) as process:
        assert 0.08 <= cpu.seconds(process.pid) <= 0.5


def test_work_of_a_child_that_has_ended_is_not_lost() -> None:
    with running(nested(BURN.format(seconds=0.2)) + WAIT) as process:
        assert cpu.members(process.pid) == [process.pid]
        assert cpu.seconds(process.pid) >= 0.18


def test_work_of_a_living_grandchild_counts() -> None:
    child = nested(BURN.format(seconds=0.2) + "import time\ntime.sleep(20)\n", waits=False)
    script = nested(child + "import time\ntime.sleep(20)\n", waits=False) + WAIT
    with running(script) as process:
        try:
            deadline = time.monotonic() + 10
            while cpu.seconds(process.pid) < 0.18 and time.monotonic() < deadline:
                time.sleep(0.01)
            assert len(cpu.members(process.pid)) == 3
            assert cpu.seconds(process.pid) >= 0.18
        finally:
            for pid in cpu.members(process.pid)[1:]:
                subprocess.run(["kill", str(pid)], check=False)


def test_nobody_has_used_nothing() -> None:
    assert cpu.seconds(2**22 + 1) == 0.0
    assert cpu.resident_bytes(2**22 + 1) == 0


def test_shared_memory_counts_once_in_the_proportional_size() -> None:
    with running(WAIT) as process:
        assert 0 < cpu.resident_bytes(process.pid) <= cpu.resident_bytes(process.pid, shared_apart=False)


def test_usage_of_a_run_is_the_difference_shared_out() -> None:
    spent = Usage(3.0, 1.5) - Usage(1.0, 0.5)
    assert spent == Usage(2.0, 1.0)
    each = spent.each(40_000)
    assert (each.program, each.database, each.total) == pytest.approx((50.0, 25.0, 75.0))
