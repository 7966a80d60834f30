"""Misses are fetched together, and what changes while it is read is read again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from sipedge.store.cache import Cache
from sipedge.store.interfaces import MISS, StoreUnavailable
from sipedge.store.link import Link
from sipedge.store.misses import MAX_KEYS, MAX_READS, Misses
from tests.sipedge.store.stock import answer


class FakeLink:
    """A link that is up, or down, as the test says."""

    is_up = True

    @asynccontextmanager
    async def use(self) -> AsyncIterator[None]:
        if not self.is_up:
            raise StoreUnavailable("down")
        yield None


class Table:
    """What is read; `during` is called while it is."""

    def __init__(self) -> None:
        self.rows: dict[int, str] = {}
        self.queries: list[list[int]] = []
        self.during: Any = lambda: None
        self.link = FakeLink()
        self.cache = Cache[int, str](1000)
        self.misses: Misses[int, str] = Misses(self.cache, cast(Link, self.link), self.query, None)

    async def query(self, _connection: object, keys: list[int]) -> dict[int, str]:
        self.queries.append(keys)
        found = {key: self.rows[key] for key in keys if key in self.rows}
        await asyncio.sleep(0)
        self.during()
        return found


async def test_misses_of_one_turn_are_one_query() -> None:
    table = Table()
    table.rows = {1: "one", 2: "two"}

    values = await asyncio.gather(*(answer(table.misses.fetch(key)) for key in (1, 2, 3)))

    assert values == ["one", "two", None]
    assert table.queries == [[1, 2, 3]]
    assert [table.cache.get(key) for key in (1, 2, 3, 4)] == ["one", "two", None, MISS]


async def test_the_same_key_is_asked_for_once_and_answered_to_all() -> None:
    table = Table()
    table.rows = {1: "one"}

    assert table.misses.fetch(1) is table.misses.fetch(1)
    assert await answer(table.misses.fetch(1)) == "one"
    assert table.queries == [[1]]


async def test_what_comes_while_a_query_runs_makes_the_next_one() -> None:
    table = Table()
    table.rows = {1: "one", 2: "two", 3: "three"}
    later: list[Any] = []
    table.during = lambda: later.extend(answer(table.misses.fetch(key)) for key in (2, 3)) if not later else None

    await answer(table.misses.fetch(1))

    assert await asyncio.gather(*later) == ["two", "three"]
    assert table.queries == [[1], [2, 3]]


async def test_a_storm_is_asked_for_in_portions() -> None:
    table = Table()

    await asyncio.gather(*(answer(table.misses.fetch(key)) for key in range(2 * MAX_KEYS + 1)))

    assert [len(keys) for keys in table.queries] == [MAX_KEYS, MAX_KEYS, 1]


async def test_what_changed_while_it_was_read_is_read_again() -> None:
    table = Table()
    table.rows = {1: "old"}

    def change() -> None:
        table.rows[1] = "new"
        table.cache.discard(1)
        table.during = lambda: None

    table.during = change

    assert await answer(table.misses.fetch(1)) == "new"
    assert table.queries == [[1], [1]]
    assert table.cache.get(1) == "new"


async def test_what_changes_all_the_time_is_answered_but_not_kept() -> None:
    table = Table()
    table.rows = {1: "value"}
    table.during = lambda: table.cache.discard(1)

    assert await answer(table.misses.fetch(1)) == "value"
    assert len(table.queries) == MAX_READS
    assert table.cache.get(1) is MISS


async def test_when_reading_fails_all_who_wait_are_told_and_the_next_is_served() -> None:
    table = Table()
    table.rows = {1: "one"}

    def break_down() -> None:
        table.during = lambda: None
        raise StoreUnavailable("lost")

    table.during = break_down
    outcomes = await asyncio.gather(*(answer(table.misses.fetch(key)) for key in (1, 2)), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable, StoreUnavailable]
    assert await answer(table.misses.fetch(1)) == "one"


async def test_a_bug_in_reading_stays_one_failure() -> None:
    table = Table()
    table.rows = {1: "one"}

    def break_down() -> None:
        table.during = lambda: None
        raise LookupError("a bug")

    table.during = break_down

    with pytest.raises(StoreUnavailable):
        await answer(table.misses.fetch(1))
    assert await answer(table.misses.fetch(1)) == "one"


async def test_without_a_connection_nobody_waits() -> None:
    table = Table()
    table.link.is_up = False

    with pytest.raises(StoreUnavailable):
        table.misses.fetch(1).result()


async def test_without_a_connection_what_was_known_before_is_better_than_nothing() -> None:
    table = Table()
    table.rows = {1: "one", 2: "two"}
    assert [await answer(table.misses.fetch(key)) for key in (1, 2)] == ["one", "two"]
    table.cache.doubt_all()

    def break_down() -> None:
        table.link.is_up = False
        raise StoreUnavailable("lost")

    table.during = break_down
    outcomes = await asyncio.gather(*(answer(table.misses.fetch(key)) for key in (1, 3)), return_exceptions=True)
    assert outcomes[0] == "one"
    assert isinstance(outcomes[1], StoreUnavailable)
    assert table.misses.fetch(2).result() == "two"
    assert table.cache.get(1) is MISS, "it is asked for again as soon as somebody can be asked"


async def test_a_connection_that_only_refuses_does_not_bring_back_what_was_known_before() -> None:
    table = Table()
    table.rows = {1: "one"}
    await answer(table.misses.fetch(1))
    table.cache.doubt_all()

    def refuse() -> None:
        raise LookupError("a bug, or a full disk")

    table.during = refuse
    with pytest.raises(StoreUnavailable):
        await answer(table.misses.fetch(1))


async def test_stopping_fails_who_waits() -> None:
    table = Table()
    waiting = table.misses.fetch(1)

    table.misses.stop()

    with pytest.raises(StoreUnavailable):
        waiting.result()
