"""The embedded Valkey, really started."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from provider.run.errors import StartError
from provider.run.valkey import EmbeddedValkey


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path / "valkey")
    yield server
    server.stop()


def test_what_was_written_is_there_after_a_restart(server: EmbeddedValkey) -> None:
    with redis.Redis.from_url(server.start()) as client:
        client.set("word", "still here")
    server.stop()
    with redis.Redis.from_url(server.start()) as client:
        assert client.get("word") == b"still here"


def test_nobody_comes_in_without_the_password(server: EmbeddedValkey) -> None:
    port = server.start().rpartition(":")[2]
    with redis.Redis.from_url(f"redis://127.0.0.1:{port}") as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    assert (server.folder / "valkey.conf").stat().st_mode & 0o077 == 0


def test_a_server_left_behind_is_ended_by_the_next_start(server: EmbeddedValkey) -> None:
    server.start()
    following = EmbeddedValkey(server.folder)
    following.start()
    assert server.running().wait(10) == 0
    following.stop()


def test_a_killed_server_starts_again(server: EmbeddedValkey) -> None:
    server.start()
    os.kill(server.running().pid, signal.SIGKILL)
    server.running().wait()
    with redis.Redis.from_url(server.start()) as client:
        assert client.ping()


def test_a_pid_file_with_the_pid_of_a_stranger_harms_nobody(server: EmbeddedValkey) -> None:
    server.folder.mkdir()
    (server.folder / "server.pid").write_text(f"{os.getpid()}\n")
    assert not server.end_left_over()


def test_a_server_that_does_not_start_says_why(server: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provider.run.valkey.SETTINGS", ("no-such-setting 1",))
    with pytest.raises(StartError, match=r"does not start.*ends with"):
        server.start()


def test_before_the_start_there_is_no_process(server: EmbeddedValkey) -> None:
    with pytest.raises(StartError, match="was not started"):
        server.running()
    assert server.last_words() == "it left no log"
