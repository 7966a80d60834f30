"""The connection itself; what goes over it is tested in test_hub.py and test_load.py."""

import asyncio
import logging

import pytest
import redis
from redis.exceptions import ConnectionError as RedisGone

from sipedge.shared import line as line_module
from sipedge.shared.line import Line, database_of


@pytest.fixture
def lines(caplog):
    logging.getLogger("sipedge").propagate = True
    caplog.set_level(logging.INFO, logger="sipedge")
    return lambda: [record.getMessage() for record in caplog.records]


async def nothing(_redis):
    """No farewell."""


async def until(condition):
    deadline = asyncio.get_running_loop().time() + 5
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not come to be"
        await asyncio.sleep(0.01)


async def test_it_is_up_when_each_of_its_works_is_well(redis_url, lines):
    started, farewells = [], []

    async def work(name):
        started.append(name)
        if name == "slow":
            await until(lambda: "said" in started)
        line.worked(name)
        await asyncio.sleep(60)

    async def farewell(connection):
        farewells.append(await connection.ping())

    works = {"quick": lambda _: work("quick"), "slow": lambda _: work("slow")}
    line = Line(redis_url, "tests", "words", works, farewell)
    line.start()
    await until(lambda: len(started) == 2)
    assert not line.is_up
    started.append("said")
    await until(lambda: line.is_up)
    await line.stop()
    assert farewells == [True]
    assert lines() == ["= tests: words are shared by Redis"]


async def test_a_work_that_fails_is_begun_again_and_said_once(redis_url, lines, monkeypatch):
    monkeypatch.setattr(line_module, "RETRY", 0.01)
    tries = []

    async def work(_redis):
        tries.append(1)
        if len(tries) in (1, 2):
            raise RedisGone("gone")
        if len(tries) == 3:
            raise LookupError("a fault of ours")
        line.worked("work")
        await asyncio.sleep(60)

    line = Line(redis_url, "tests", "words", {"work": work}, nothing)
    line.start()
    await until(lambda: line.is_up)
    await line.stop()
    assert [text.split(":")[0] + text.split(":")[1][:14] for text in lines()] == [
        "= tests Redis does no", "x tests sharing by Re", "= tests words are sha",
    ]  # fmt: skip


async def test_without_redis_there_is_no_farewell(lines):
    farewells = []

    async def work(connection):
        await connection.ping()

    line = Line("redis://127.0.0.1:1", "tests", "words", {"work": work}, lambda _: farewells.append(1))
    line.start()
    await until(lines)
    await line.stop()
    assert (farewells, line.is_up) == ([], False)


def test_the_number_of_the_database():
    assert database_of(redis.Redis.from_url("redis://127.0.0.1:6379/7")) == 7
    assert database_of(redis.Redis.from_url("redis://127.0.0.1:6379")) == 0
