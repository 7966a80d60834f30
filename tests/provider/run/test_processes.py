"""Processes of ours, told apart from strangers with the same pid."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from provider.run.processes import (
    Identity,
    Records,
    end_session,
    identify,
    identify_child,
    is_alive,
    session_members,
    wait_until,
    works_in,
)

SLEEP = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"
WITH_CHILD = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); " \
    "print('on', flush=True); time.sleep(60)"  # fmt: skip


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def _start(started: list[subprocess.Popen[bytes]], script: str, folder: Path | None = None) -> Identity:
    process = subprocess.Popen(
        [sys.executable, "-c", script], start_new_session=True, stdout=subprocess.PIPE, cwd=folder
    )
    started.append(process)
    if "print" in script:
        assert process.stdout is not None
        process.stdout.readline()
    identity = identify(process.pid)
    assert identity is not None
    return identity


def test_a_process_is_known_until_it_ends(started: list[subprocess.Popen[bytes]]) -> None:
    identity = _start(started, SLEEP)
    assert is_alive(identity)
    started[0].kill()
    assert wait_until(lambda: not is_alive(identity), 5)  # a zombie does not count as alive


def test_the_same_pid_with_another_start_is_a_stranger(started: list[subprocess.Popen[bytes]]) -> None:
    identity = _start(started, SLEEP)
    for stranger in (replace(identity, started=identity.started - 1), replace(identity, boot="another boot")):
        assert not is_alive(stranger)
        assert session_members(stranger) == []
        assert not end_session(stranger, 1)
    assert is_alive(identity)


def test_a_child_is_known_by_its_parent_when_it_ended_before_anybody_looked(
    started: list[subprocess.Popen[bytes]],
) -> None:
    started.append(subprocess.Popen([sys.executable, "-c", "pass"], start_new_session=True))
    pid = started[0].pid
    alive = identify_child(pid)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert identify(pid) is None
    assert identify_child(pid) == alive
    assert session_members(alive) == []
    started[0].wait()
    with pytest.raises(ProcessLookupError, match=f"^No process has the number {pid}"):
        identify_child(pid)


def test_a_stubborn_process_is_killed_after_a_while(started: list[subprocess.Popen[bytes]]) -> None:
    identity = _start(started, STUBBORN)
    assert end_session(identity, 0.2)
    assert started[0].wait(5) == -signal.SIGKILL


def test_what_a_killed_process_left_behind_is_ended(started: list[subprocess.Popen[bytes]]) -> None:
    identity = _start(started, WITH_CHILD)
    started[0].kill()
    started[0].wait()
    orphans = session_members(identity)
    assert len(orphans) == 1
    assert end_session(identity, 5)
    assert session_members(identity) == []


def test_a_folder_tells_whose_server_it_is(started: list[subprocess.Popen[bytes]], tmp_path: Path) -> None:
    identity = _start(started, "print(flush=True); " + SLEEP, tmp_path)
    assert works_in(identity.pid, tmp_path)
    assert not works_in(identity.pid, tmp_path.parent)
    assert not works_in(2**22, tmp_path)


def test_records_come_back_and_go(tmp_path: Path) -> None:
    records, identity = Records(tmp_path), Identity(42, 4711, "boot")
    records.add("web", identity)
    assert (tmp_path / "web.pid").read_text() == "42\n"
    assert Records(tmp_path).read() == {"web": identity}
    records.remove("web")
    assert records.read() == {}
    assert not (tmp_path / "web.pid").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"web": 1}', '{"web": {"pid": 1}}'])
def test_records_that_were_cut_short_count_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "processes.json").write_text(text)
    assert Records(tmp_path).read() == {}
