"""Counting in windows, in Redis and, while that is away, alone."""

import socket
import time
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from accounts import hits
from accounts.hits import LocalHits, add_hit, forget_hits


class _Away:
    def __getattr__(self, _name: str) -> object:
        def fail(*_args: object, **_kwargs: object) -> None:
            raise RedisConnectionError

        return fail


def test_hits_are_counted_and_forgotten(db: None) -> None:
    assert [add_hit("key", 60) for _ in range(3)] == [1, 2, 3]
    assert hits.hits("key") == 3
    assert hits.hits("other") == 0
    forget_hits("key")
    assert hits.hits("key") == 0


def test_without_redis_the_process_counts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits, "cache", _Away())
    monkeypatch.setattr(hits, "_local", LocalHits())
    assert [add_hit("key", 60) for _ in range(2)] == [1, 2]
    assert hits.hits("key") == 2
    forget_hits("key")
    assert hits.hits("key") == 0


def test_a_redis_that_says_nothing_is_not_waited_for(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits, "_local", LocalHits())
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        place = f"redis://127.0.0.1:{frozen.getsockname()[1]}/0"
        settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": place}}
        began = time.monotonic()
        assert [add_hit("key", 60) for _ in range(2)] == [1, 2]
        assert time.monotonic() - began < 4


def test_a_window_ends() -> None:
    local = LocalHits()
    assert local.add("key", 60, now=0.0) == 1
    assert local.add("key", 60, now=59.0) == 2
    assert local.get("key", now=60.0) == 0
    assert local.add("key", 60, now=60.0) == 1


def test_memory_is_bounded() -> None:
    local = LocalHits(max_keys=3)
    for number in range(10):
        local.add(f"key{number}", 60, now=float(number))
    assert [number for number in range(10) if local.get(f"key{number}", now=9.0)] == [7, 8, 9]
