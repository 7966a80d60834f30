"""`make run`, the whole of it: comes up, works, stops, comes up again, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from provider.run.parts import edge_answers, web_answers
from provider.run.processes import wait_until
from tests.scenarios.instance import ROOT, TABLE_TITLE, Instance

pytestmark = pytest.mark.xdist_group("make run")


@pytest.fixture
def make_instance(tmp_path: Path) -> Iterator[Callable[..., Instance]]:
    made: list[Instance] = []

    def make(name: str = "data", **variables: str) -> Instance:
        made.append(Instance(tmp_path / name, **variables))
        return made[-1]

    yield make
    for instance in made:
        instance.close()


def test_it_comes_up_works_survives_a_kill_and_stops(make_instance: Callable[..., Instance]) -> None:
    """Also the start after a `kill -9` of the supervisor, which has to end what that left behind."""
    instance = make_instance()
    instance.start()
    _check_works(instance)
    known, old_edge = instance.demo(), instance.pid("edge")
    assert known["panel"]["password"] in instance.text
    assert known["api"]["token"] in instance.text
    _check_an_edge_alone(instance, make_instance("other"))
    os.kill(instance.supervisor(), signal.SIGKILL)
    assert instance.wait() != 0
    assert instance.left_running() != []

    instance.start()
    assert not Path(f"/proc/{old_edge}").exists()
    assert instance.demo() == known
    _check_works(instance)
    instance.interrupt()
    assert "Stopped." in instance.text
    assert instance.left_running() == []
    assert not web_answers(instance.http)


def _check_an_edge_alone(instance: Instance, other: Instance) -> None:
    """A second edge that is told nothing of the database finds it."""
    variables = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(instance.data_dir),
        "SIP_BIND": str(other.sip),
        "METRICS_BIND": str(other.metrics),
        "EDGE_NAME": "second",
    }
    with subprocess.Popen([sys.executable, "-m", "sipedge"], cwd=ROOT, env=variables) as edge:
        try:
            assert wait_until(lambda: edge_answers(other.sip) or edge.poll() is not None, 30)
            assert edge.poll() is None
        finally:
            edge.terminate()
            assert edge.wait(20) == 0
    assert edge_answers(instance.sip)


def _check_works(instance: Instance) -> None:
    assert web_answers(instance.http)
    assert edge_answers(instance.sip)
    known = instance.demo()
    assert (instance.data_dir / "demo.json").stat().st_mode & 0o777 == 0o600
    assert known["sip"] == {"host": instance.sip.host, "port": instance.sip.port, "domain": "localhost"}
    assert known["gateway"] == {"name": "Demo PSTN gateway", "source": "127.0.0.2", "port": instance.sip.port}
    assert instance.get("/api/v1/subscribers/", known["api"]["token"])[0] == 200
    assert instance.get("/api/v1/subscribers/")[0] == 401
    assert instance.get("/metrics")[0] == 200
    assert instance.get("/metrics", at=instance.metrics)[0] == 200
    for part in ("edge", "web", "worker"):
        assert Path(f"/proc/{instance.pid(part)}").exists()
    assert "No planned migration operations" in instance.manage("migrate", "--plan")


def test_two_instances_run_side_by_side_until_a_part_of_one_dies(make_instance: Callable[..., Instance]) -> None:
    first, second, intruder = make_instance("one"), make_instance("two"), make_instance("one")
    first.start()
    second.start()
    assert first.demo()["api"]["token"] != second.demo()["api"]["token"]
    assert first.get("/api/v1/customers/", second.demo()["api"]["token"])[0] == 401
    intruder.launch()
    assert intruder.wait() != 0
    assert "An instance already runs on" in intruder.text

    os.kill(second.pid("worker"), signal.SIGKILL)
    assert second.wait() != 0
    assert "The worker was killed by SIGKILL, so everything was stopped." in second.text
    assert second.left_running() == []
    assert edge_answers(first.sip)
    assert web_answers(first.http)
    os.kill(first.supervisor(), signal.SIGTERM)
    assert first.wait() == 0, first.text
    assert first.left_running() == []


@pytest.fixture
def own_database(database_url: str) -> Iterator[str]:
    """A database that the operator made."""
    name = f"operator_{os.getpid()}"
    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
            yield database_url.rpartition("/")[0] + f"/{name}"
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_with_services_of_ones_own_nothing_is_embedded_and_there_is_no_demo_data(
    make_instance: Callable[..., Instance], own_database: str, redis_url: str
) -> None:
    instance = make_instance(DATABASE_URL=own_database, REDIS_URL=redis_url)
    instance.start()
    assert not (instance.data_dir / "postgres").exists()
    assert not (instance.data_dir / "valkey").exists()
    assert not (instance.data_dir / "demo.json").exists()
    assert "Administrator admin made." in instance.manage("create_admin")
    instance.interrupt()
    assert instance.left_running() == []


def test_from_another_folder_and_with_a_wrong_variable_it_says_what_is_wrong(tmp_path: Path) -> None:
    variables = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data"), "SIP_BIND": "5060"}
    command = ["make", "-f", str(ROOT / "Makefile"), "run"]
    result = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert result.stderr.strip().splitlines()[0] == "The variable SIP_BIND (5060) is not of the form host:port."
    assert TABLE_TITLE not in result.stdout
