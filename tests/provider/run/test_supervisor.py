"""The supervisor with small parts of its own: readiness, deaths, signals, and nothing left behind."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provider.run.errors import StartError
from provider.run.output import Output
from provider.run.parts import Part
from provider.run.processes import Identity, Records, is_alive, session_members, wait_until
from provider.run.supervisor import StopRequestedError, Supervisor

SLEEP = "import time; time.sleep(60)"
STUBBORN = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); signal.pause()"
PARENT = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "


@pytest.fixture
def target() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path)


@pytest.fixture
def supervisor(records: Records, target: io.StringIO) -> Iterator[Supervisor]:
    supervisor = Supervisor(os.environ, records, Output(target))
    yield supervisor
    supervisor.close()


def _part(name: str, script: str, is_ready: Callable[[], bool] = lambda: True, patience: float = 5.0) -> Part:
    return Part(name, (sys.executable, "-c", script), is_ready, patience)


def _spoke(target: io.StringIO, text: str) -> Callable[[], bool]:
    return lambda: text in target.getvalue()


def test_a_part_has_a_pid_file_while_it_runs(supervisor: Supervisor, records: Records) -> None:
    supervisor.start(_part("web", SLEEP))
    identity = records.read()["web"]
    assert (records.run_dir / "web.pid").read_text() == f"{identity.pid}\n"
    assert is_alive(identity)
    supervisor.stop()
    assert not is_alive(identity)
    assert list(records.run_dir.glob("*.pid")) == []


def test_it_waits_until_all_parts_answer(supervisor: Supervisor, target: io.StringIO) -> None:
    first = _part("web", "print('web is up', flush=True);" + SLEEP, _spoke(target, "web is up"))
    second = _part("edge", "print('edge is up', flush=True);" + SLEEP, _spoke(target, "edge is up"))
    for part in (first, second):
        supervisor.start(part)
    supervisor.wait_until_ready([first, second], 10)
    assert first.is_ready()
    assert second.is_ready()


def test_a_part_that_never_answers_is_named(supervisor: Supervisor, target: io.StringIO) -> None:
    said = _part("web", "print('still loading', flush=True);" + SLEEP, _spoke(target, "still loading"))
    supervisor.start(said)
    supervisor.wait_until_ready([said], 10)
    with pytest.raises(StartError, match=r"^The web did not answer within 0 seconds; .* still loading$"):
        supervisor.wait_until_ready([_part("web", "", lambda: False)], 0.3)


@pytest.mark.parametrize(
    ("script", "how"),
    [
        ("raise SystemExit(3)", "ended with exit code 3"),
        ("pass", "ended with exit code 0"),
        ("import os; os.kill(os.getpid(), 9)", "was killed by SIGKILL"),
    ],
)
def test_a_part_that_dies_ends_the_watch(supervisor: Supervisor, script: str, how: str) -> None:
    supervisor.start(_part("edge", SLEEP))
    supervisor.start(_part("worker", "print('SomeError: why', flush=True);" + script))
    with pytest.raises(StartError, match=f"^The worker {how}, so everything was stopped.*SomeError: why$"):
        supervisor.watch()


class EndedAtOnce(subprocess.Popen[bytes]):
    """A process that has ended, and that nobody has waited for, before its parent comes to look."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)


def test_a_part_that_ended_before_anybody_looked_ends_the_watch(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", EndedAtOnce)
    supervisor.start(_part("worker", "print('SomeError: why', flush=True); raise SystemExit(3)"))
    with pytest.raises(StartError, match=r"^The worker ended with exit code 3, so everything .*SomeError: why$"):
        supervisor.watch()


def test_a_step_that_ended_before_anybody_looked_is_done_or_failed_as_any_other(
    supervisor: Supervisor, target: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "Popen", EndedAtOnce)
    supervisor.run("check", [sys.executable, "-c", "print('all is well')"])
    assert "all is well" in target.getvalue()
    with pytest.raises(StartError, match=r"^The check step failed: no database$"):
        supervisor.run("check", [sys.executable, "-c", "raise SystemExit('no database')"])


def test_a_part_that_dies_while_starting_ends_the_wait(supervisor: Supervisor) -> None:
    part = _part("web", "raise SystemExit('no database')", lambda: False)
    supervisor.start(part)
    with pytest.raises(StartError, match=r"no database$"):
        supervisor.wait_until_ready([part], 20)


def test_a_guarded_server_that_dies_ends_the_watch(supervisor: Supervisor) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as server:
        supervisor.guard("embedded PostgreSQL", server, lambda: "its last line")
        server.kill()
        with pytest.raises(StartError, match=r"^The embedded PostgreSQL was killed by SIGKILL.*its last line$"):
            supervisor.watch()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_a_request_to_stop(supervisor: Supervisor, number: signal.Signals) -> None:
    supervisor.start(_part("web", f"import os; os.kill({os.getpid()}, {number.value});" + SLEEP))
    with pytest.raises(StopRequestedError):
        supervisor.watch()
    with pytest.raises(StopRequestedError):
        supervisor.check_stop()


def test_signals_go_back_to_whom_they_belonged(records: Records, target: io.StringIO) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    Supervisor({}, records, Output(target)).close()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_the_last_part_that_was_started_is_stopped_first(supervisor: Supervisor, target: io.StringIO) -> None:
    script = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(print(sys.argv[1], 'ends')));"
    for name in ("web", "worker", "edge"):
        command = (sys.executable, "-c", script + "print(sys.argv[1], 'on', flush=True); signal.pause()", name)
        supervisor.start(Part(name, command, _spoke(target, f"{name} on"), 5.0))
    supervisor.wait_until_ready(
        [Part(name, (), _spoke(target, f"{name} on"), 0) for name in ("web", "worker", "edge")], 10
    )
    supervisor.stop()
    ends = [line.split()[-2] for line in target.getvalue().splitlines() if line.endswith("ends")]
    assert ends == ["edge", "worker", "web"]


def test_a_part_that_does_not_listen_is_killed(supervisor: Supervisor, target: io.StringIO, records: Records) -> None:
    part = _part("web", STUBBORN, _spoke(target, "on"), 0.2)
    supervisor.start(part)
    supervisor.wait_until_ready([part], 10)
    identity = records.read()["web"]
    supervisor.stop()
    assert not is_alive(identity)


@pytest.mark.parametrize("end", ["import time; time.sleep(60)", "raise SystemExit(1)"])
def test_the_children_of_a_part_end_with_it(
    supervisor: Supervisor, target: io.StringIO, records: Records, end: str
) -> None:
    part = _part("worker", PARENT + "print('on', flush=True);" + end, _spoke(target, "on"))
    supervisor.start(part)
    identity: Identity = records.read()["worker"]
    assert wait_until(lambda: supervisor._turn(0.05) is not None or part.is_ready(), 10)
    supervisor.stop()
    assert session_members(identity) == []


def test_a_step_is_run_to_its_end(supervisor: Supervisor, target: io.StringIO, records: Records) -> None:
    supervisor.run("prepare", (sys.executable, "-c", "print('3 migrations'); print('done')"))
    assert "prepare  3 migrations" in target.getvalue()
    assert target.getvalue().rstrip().endswith("done")
    assert records.read() == {}


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("raise SystemExit('CommandError: The database is too old.')", "^The database is too old.$"),
        ("import nowhere", "^The prepare step failed: ModuleNotFoundError: No module named 'nowhere'$"),
    ],
)
def test_a_step_that_fails_says_why(supervisor: Supervisor, script: str, sentence: str) -> None:
    with pytest.raises(StartError, match=sentence):
        supervisor.run("prepare", (sys.executable, "-c", script))


def test_a_step_is_given_up_when_a_signal_comes(supervisor: Supervisor, records: Records) -> None:
    with pytest.raises(StopRequestedError):
        supervisor.run("prepare", (sys.executable, "-c", f"import os; os.kill({os.getpid()}, 15);" + SLEEP))
    identity = records.read()["prepare"]
    supervisor.stop()
    assert not is_alive(identity)


def test_parts_get_the_variables_that_were_set(supervisor: Supervisor, target: io.StringIO) -> None:
    supervisor.variables |= {"DATABASE_URL": "postgresql://somewhere/else"}
    supervisor.run("prepare", (sys.executable, "-c", "import os; print(os.environ['DATABASE_URL'])"))
    assert "postgresql://somewhere/else" in target.getvalue()
