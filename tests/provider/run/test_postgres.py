"""The embedded PostgreSQL, really started: data that stays, left-overs, folders that do not fit."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from provider.run.errors import StartError
from provider.run.postgres import EmbeddedPostgres, binaries
from provider.run.processes import identify, wait_until


@pytest.fixture(scope="module")
def made_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a server was started and stopped before."""
    folder = tmp_path_factory.mktemp("postgres") / "made"
    server = EmbeddedPostgres(folder, durable=False)
    _run(server.start(), "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('still here')")
    server.stop()
    return folder


@pytest.fixture
def server(made_folder: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(made_folder, durable=False)
    yield server
    server.stop()


def _run(url: str, *statements: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def test_a_second_start_finds_its_data_and_its_port_again(server: EmbeddedPostgres) -> None:
    url = server.start()
    assert _run(url, "SELECT word FROM kept") == [("still here",)]
    server.stop()
    assert server.start() == url


def test_nobody_comes_in_without_the_password(server: EmbeddedPostgres) -> None:
    url = re.sub(r":[^:@/]+@", ":wrong@", server.start())
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(url)


def test_files_are_private(server: EmbeddedPostgres) -> None:
    assert (server.folder / "password").stat().st_mode & 0o077 == 0
    assert server.data.stat().st_mode & 0o077 == 0


def test_a_server_left_behind_is_ended_by_the_next_start(server: EmbeddedPostgres, made_folder: Path) -> None:
    server.start()
    left_behind = identify(server.running().pid)
    following = EmbeddedPostgres(made_folder, durable=False)
    url = following.start()
    assert left_behind is not None
    assert server.running().wait(10) == 0
    assert _run(url, "SELECT word FROM kept") == [("still here",)]
    following.stop()


def test_a_killed_server_starts_again(server: EmbeddedPostgres) -> None:
    server.start()
    os.kill(server.running().pid, signal.SIGKILL)
    server.running().wait()
    assert _run(server.start(), "SELECT word FROM kept") == [("still here",)]


def test_a_pid_file_with_the_pid_of_a_stranger_harms_nobody(server: EmbeddedPostgres) -> None:
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
    server.start()
    assert server.running().poll() is None


def test_a_taken_port_is_no_obstacle(server: EmbeddedPostgres, tmp_path: Path) -> None:
    first = EmbeddedPostgres(tmp_path / "other", durable=False)
    first_url = first.start()
    (server.folder / "port").write_text((first.folder / "port").read_text())
    assert server.start() != first_url
    assert server._answers(int((server.folder / "port").read_text()))
    first.stop()


def test_data_of_another_version_is_named(server: EmbeddedPostgres) -> None:
    version = server.data / "PG_VERSION"
    ours = version.read_text()
    version.write_text("12\n")
    try:
        with pytest.raises(StartError, match=r"was written by PostgreSQL 12.* brings PostgreSQL \d+"):
            server.start()
    finally:
        version.write_text(ours)


def test_data_of_another_kind_of_machine_is_named(server: EmbeddedPostgres) -> None:
    machine = server.data / "freiton-machine"
    ours = machine.read_text()
    machine.write_text("riscv64\n")
    try:
        with pytest.raises(StartError, match=r"written on a riscv64 machine"):
            server.start()
    finally:
        machine.write_text(ours)


def test_an_interrupted_first_start_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "new" / "data.new" / "base").mkdir(parents=True)
    server = EmbeddedPostgres(tmp_path / "new", durable=False)
    assert _run(server.start(), "SELECT 1") == [(1,)]
    server.stop()
    assert not (tmp_path / "new" / "data.new").exists()


def test_a_server_that_does_not_start_says_why(server: EmbeddedPostgres) -> None:
    configuration = server.data / "postgresql.conf"
    ours = configuration.read_text()
    configuration.write_text(ours + "\nshared_preload_libraries = 'not_there'\n")
    try:
        with pytest.raises(StartError, match=r"does not start.*not_there"):
            server.start()
    finally:
        configuration.write_text(ours)
    assert wait_until(lambda: not (server.data / "postmaster.pid").exists(), 5)


def test_a_long_path_goes_without_a_socket(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("x" * 100), durable=False)
    assert _run(server.start(), "SHOW unix_socket_directories") == [("",)]
    server.stop()


def test_the_binaries_are_where_the_wheel_put_them() -> None:
    assert {"postgres", "initdb", "psql", "pg_dump"} <= {path.name for path in binaries().iterdir()}


def test_before_the_start_there_is_no_process(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="was not started"):
        EmbeddedPostgres(tmp_path).running()
