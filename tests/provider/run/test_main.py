"""The start as a whole, with small parts in the place of web, worker and edge: order, refusals, what it leaves."""

import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from provider.run import __main__ as main_module
from provider.run.__main__ import check_addresses, end_left_overs, main, start_services
from provider.run.environment import Environment, read_environment, read_file
from provider.run.errors import StartError
from provider.run.output import Output
from provider.run.parts import Part
from provider.run.processes import Records, identify
from provider.run.supervisor import Supervisor
from tests.ports import free_port

LATER = "import time; time.sleep(60)"
SERVICES = {"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/freiton", "REDIS_URL": "redis://127.0.0.1:1/0"}


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment of free ports and a folder of its own, which main() reads."""
    values = {
        "DATA_DIR": str(tmp_path / "data"),
        "HTTP_BIND": f"127.0.0.1:{free_port()}",
        "SIP_BIND": f"127.0.0.1:{free_port()}",
        "METRICS_BIND": f"127.0.0.1:{free_port()}",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "CREDENTIAL_KEYS"):
        monkeypatch.delenv(name, raising=False)
    return values


@pytest.fixture
def environment(given: dict[str, str]) -> Environment:
    return read_environment(running=False)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts small scripts in the place of the parts, and leaves the preparation out."""

    def use(**scripts: str) -> None:
        parts = [Part(name, (sys.executable, "-c", script), lambda: True, 2.0) for name, script in scripts.items()]
        monkeypatch.setattr(main_module, "parts", lambda _: parts)
        monkeypatch.setattr(Supervisor, "run", lambda *_: None)

    return use


def test_a_death_ends_everything_with_a_sentence(
    given: dict[str, str], small_parts: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    small_parts(web=LATER, edge="raise SystemExit('PortError: taken')")
    assert main() == 1
    said = capsys.readouterr()
    assert said.err.strip().splitlines() == [
        "The edge ended with exit code 1, so everything was stopped. The last it said: PortError: taken"
    ]
    assert Records(Path(given["DATA_DIR"]) / "run").read() == {}


def test_a_signal_ends_everything_with_exit_code_0(
    given: dict[str, str], small_parts: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    small_parts(web=LATER, edge=f"import os; os.kill({os.getpid()}, 2);" + LATER)
    assert main() == 0
    said = capsys.readouterr().out.strip().splitlines()
    assert said[-1] == "Stopped."
    data = Path(given["DATA_DIR"])
    assert not (data / "postgres" / "data" / "postmaster.pid").exists()
    assert not list((data / "run").glob("*.pid"))


def test_the_table_is_printed_once_all_parts_answer(
    given: dict[str, str], small_parts: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    small_parts(web=f"import time, os; time.sleep(0.5); os.kill({os.getpid()}, 15);" + LATER)
    assert main() == 0
    assert "Freiton is ready" in capsys.readouterr().out


def test_what_a_part_started_alone_needs_is_written_down(
    given: dict[str, str], small_parts: Callable[..., None]
) -> None:
    small_parts(web=f"import os; os.kill({os.getpid()}, 2)")
    main()
    file = Path(given["DATA_DIR"]) / "run" / "env"
    written = read_file(file)
    assert set(written) == {"DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY", "CREDENTIAL_KEYS"}
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_environment({"DATA_DIR": given["DATA_DIR"]}).database_url == written["DATABASE_URL"]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SIP_BIND", "0.0.0.0:5060", "SIP_BIND (0.0.0.0:5060) is every address of this machine: say in SIP_ADVERTISE"),
        ("HTTP_BIND", "nonsense", "The variable HTTP_BIND (nonsense) is not of the form host:port."),
        ("DATA_DIR", "/proc/nowhere", "/proc/nowhere"),
        ("DATABASE_URL", SERVICES["DATABASE_URL"], "The database 127.0.0.1:1/freiton cannot be used"),
        ("REDIS_URL", SERVICES["REDIS_URL"], "The Redis 127.0.0.1:1/0 cannot be used"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    given: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    sentence: str,
) -> None:
    monkeypatch.setenv(name, value)
    assert main() == 1
    said = capsys.readouterr().err.strip()
    assert said.startswith(sentence)
    assert "\n" not in said
    assert said.endswith(".")


@pytest.mark.parametrize("variable", ["HTTP_BIND", "SIP_BIND", "METRICS_BIND"])
def test_a_taken_port_is_named_before_anything_is_started(environment: Environment, variable: str) -> None:
    address = getattr(environment, variable.lower())
    with socket.socket() as holder:
        holder.bind((address.host, address.port))
        holder.listen()
        with pytest.raises(StartError, match=f"set {variable} to another address"):
            check_addresses(environment)
    check_addresses(environment)


def test_a_taken_port_of_a_companion_is_named_by_its_own_variable(environment: Environment) -> None:
    web = next(one for one in environment.sip_listeners if one.transport == "ws")
    with socket.socket() as holder:
        holder.bind((web.host, web.port))
        holder.listen()
        with pytest.raises(StartError, match="set SIP_WS_BIND to another address"):
            check_addresses(environment)


def test_left_overs_are_ended_and_strangers_left_alone(tmp_path: Path) -> None:
    records = Records(tmp_path)
    target = io.StringIO()
    with (
        subprocess.Popen([sys.executable, "-c", LATER], start_new_session=True) as ours,
        subprocess.Popen([sys.executable, "-c", LATER], start_new_session=True) as strange,
    ):
        left, stranger = identify(ours.pid), identify(strange.pid)
        assert left is not None
        assert stranger is not None
        records.add("edge", left)
        stale = json.loads((tmp_path / "processes.json").read_text())
        stale["web"] = {"pid": stranger.pid, "started": stranger.started - 1, "boot": stranger.boot}
        (tmp_path / "processes.json").write_text(json.dumps(stale))
        end_left_overs(records, Output(target))
        assert ours.wait(5) == -15
        assert strange.poll() is None
        strange.kill()
    assert "ended the edge" in target.getvalue()
    assert "web" not in target.getvalue()
    assert records.read() == {}


def test_given_services_are_used_and_nothing_is_embedded(
    environment: Environment, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    from dataclasses import replace

    given = replace(environment, database_url=database_url, redis_url=redis_url)
    output = Output(io.StringIO())
    supervisor = Supervisor({}, Records(tmp_path), output)
    with ExitStack() as stack:
        stack.callback(supervisor.close)
        assert start_services(given, supervisor, stack, output) == given
    assert not (environment.data_dir / "postgres").exists()
    assert not (environment.data_dir / "valkey").exists()


def test_a_second_instance_on_the_same_data_is_refused(
    given: dict[str, str], small_parts: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    script = (
        "import os, signal, subprocess, sys;"
        "result = subprocess.run([sys.executable, '-m', 'provider.run'], capture_output=True, text=True);"
        f"print(result.returncode, result.stderr.strip(), flush=True); os.kill({os.getpid()}, signal.SIGTERM)"
    )
    small_parts(web=script)
    main()
    assert "1 An instance already runs on" in capfd.readouterr().out
