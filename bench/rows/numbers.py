"""Looking up one of a million numbers: in the edge's memory, and in PostgreSQL."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any, Final

import asyncpg

from bench import million, seed
from bench.figures import Spread
from bench.million import Million
from bench.stage import Stage
from bench.table import Goal, Row
from bench.work import LostError
from numbering.formats import NumberFormat, to_e164
from sipedge.store.interfaces import MISS
from sipedge.store.numbers import NUMBERS
from sipedge.store.postgres import PostgresStore

CACHED: Final = 100_000
ROUNDS: Final = 5
FETCHED: Final = 200
AT_ONCE: Final = 5_000
_NODES: Final = ("Index Scan", "Index Only Scan", "Bitmap Index Scan")
_NO_TABLE: Final = ("Function Scan", "Subquery Scan", "Bitmap Heap Scan")
"""Nodes that search no table; the last fetches what its index scan has found."""


def look_up(stage: Stage) -> list[Row]:
    """µs of a look-up in memory, what a miss costs, and how PostgreSQL finds it."""
    big = million.ensure(stage)
    stage.say(f"looking up numbers among {big.subscribers:,}")
    found = asyncio.run(_measured(stage, big))
    stage.say(f"    cached {min(found['cached_us']):.2f} µs; missing {found['queries']:g} query, {found['plan']}")
    work = f"number look-up among {big.subscribers:,}"
    is_indexed = found["queries"] == 1.0 and found["is_indexed"]
    words = f"{found['scans']} index scans" if is_indexed else "NOT by indexes alone"
    cached = Spread.of(found["cached_us"])
    return [
        Row("number", f"{work}, cached", f"{cached} µs", "–", cached, "µs", Goal("≤ 5 µs", 5.0), found),
        Row("number-missing", f"{work}, not cached", words, "–",
            Spread.of([found["queries"] if is_indexed else 99.0]), "query", Goal("one indexed query", 1.0), found),
    ]  # fmt: skip


async def _measured(stage: Stage, big: Million) -> dict[str, Any]:
    """By the edge's own store, in this process, as the edge's handlers use it."""
    keys = stage.database.variables(big.name)["CREDENTIAL_KEYS"].split(",")
    store = PostgresStore(stage.database.url_of(big.name), keys)
    await store.start()
    try:
        cached_us = await _cached(store, big)
        milliseconds, queries = await _missing(store, big)
    finally:
        await store.stop()
    plan = await _plan(stage.database.url_of(big.name), seed.e164(big.subscribers - 1))
    return {
        "cached_us": cached_us, "missing_ms": milliseconds, "queries": queries, "plan": "; ".join(plan),
        "scans": len(plan), "is_indexed": all(scan.startswith(_NODES) for scan in plan),
    }  # fmt: skip


async def _cached(store: PostgresStore, big: Million) -> list[float]:
    """µs to read dialled digits as a number and find whose it is, of numbers in no order; one figure a round."""
    count = min(CACHED, big.subscribers // 2)
    numbers = random.sample(range(big.subscribers // 2), count)
    for first in range(0, count, AT_ONCE):
        await asyncio.gather(*(_fetched(store, _dialled(n)) for n in numbers[first : first + AT_ONCE]))
    austria = NumberFormat("Austria", "43")
    dialled = [_dialled(number) for number in numbers]
    rounds = []
    for _ in range(ROUNDS):
        get = store.numbers.get
        began = time.process_time()
        found = [get(to_e164(digits, austria).e164 or "") for digits in dialled]
        rounds.append((time.process_time() - began) / count * 1e6)
        if any(facts is MISS or facts is None for facts in found):
            raise LostError("a number that was fetched is not in memory")
    return rounds


def _dialled(number: int) -> str:
    """The number, with an extension behind it where it takes one."""
    return seed.e164(number) + "12"[: seed.extension_digits(number)]


async def _missing(store: PostgresStore, big: Million) -> tuple[float, float]:
    """ms and queries of one look-up that memory cannot answer."""
    queries = 0
    fetch = asyncpg.Connection.fetch

    async def counted(self: Any, *arguments: Any, **options: Any) -> Any:
        nonlocal queries
        queries += 1
        return await fetch(self, *arguments, **options)

    asyncpg.Connection.fetch = counted
    try:
        began = time.monotonic()
        for number in range(big.subscribers - FETCHED, big.subscribers):
            await _fetched(store, _dialled(number))
        return (time.monotonic() - began) / FETCHED * 1000, queries / FETCHED
    finally:
        asyncpg.Connection.fetch = fetch


async def _fetched(store: PostgresStore, number: str) -> None:
    waiting = store.numbers.fetch(number)
    found = asyncio.Event()
    waiting.add_wake_up(found.set)
    await found.wait()
    if waiting.result() is None:
        raise LostError(f"{number} was not found")


async def _plan(url: str, number: str) -> list[str]:
    """How PostgreSQL answers the edge's query: its scans of tables."""
    connection = await asyncpg.connect(url)
    try:
        lines = [row[0] for row in await connection.fetch(f"EXPLAIN {NUMBERS}", [number])]
    finally:
        await connection.close()
    scans = [line.split("(cost")[0].strip(" ->") for line in lines if " Scan" in line]
    return [scan for scan in scans if not scan.startswith(_NO_TABLE)]
