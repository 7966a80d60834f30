"""The store and a PostgreSQL that goes, freezes and comes back; and how it stops."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from sipedge.facts import CallRecord
from sipedge.store.interfaces import MISS, CommitOutcome, StoreUnavailable
from sipedge.store.postgres import PostgresStore
from sipedge.store.settings import StoreSettings
from tests.sipedge.store.proxy import Proxy
from tests.sipedge.store.stock import (
    DOMAIN,
    NUMBER,
    Panel,
    Stock,
    a_binding,
    answer,
    eventually,
    writing,
)

DEADLINE = 0.4


@pytest_asyncio.fixture
async def proxy(edge_dsn: str) -> AsyncIterator[Proxy]:
    """A way to the database that can freeze and break."""
    proxy = Proxy(edge_dsn)
    await proxy.start()
    yield proxy
    await proxy.stop()


@pytest_asyncio.fixture
async def far_store(stock: Stock, proxy: Proxy) -> AsyncIterator[PostgresStore]:
    """A store that reaches PostgreSQL through the proxy."""
    store = PostgresStore(proxy.dsn, stock.credential_keys, StoreSettings(deadline=DEADLINE))
    await store.start()
    yield store
    await store.stop()


async def test_backends_that_are_ended_are_replaced(store: PostgresStore, stock: Stock, panel: Panel) -> None:
    await answer(store.subscribers.fetch((stock.domain, "alice")))
    await answer(store.bindings.fetch(stock.alice))

    await panel.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'freiton-edge' AND datname = current_database()"
    )
    await eventually(lambda: not store.is_available)
    with pytest.raises(StoreUnavailable):
        await answer(store.bindings.commit(stock.alice, writing(a_binding())))
    with pytest.raises(StoreUnavailable):
        await answer(store.numbers.fetch(NUMBER))

    await eventually(lambda: store.is_available and store.counts()["reconnects"] == 3, within=5)
    assert store.subscribers.get((stock.domain, "alice")) is MISS  # whatever happened meanwhile was not heard
    assert await answer(store.numbers.fetch(NUMBER)) is not None
    await answer(store.bindings.fetch(stock.alice))
    assert await answer(store.bindings.commit(stock.alice, writing(a_binding()))) is CommitOutcome.COMMITTED


async def test_a_commit_that_is_cut_off_is_no_success(far_store: PostgresStore, stock: Stock, proxy: Proxy) -> None:
    await answer(far_store.bindings.fetch(stock.alice))
    proxy.freeze()
    waiting = far_store.bindings.commit(stock.alice, writing(a_binding()))
    await asyncio.sleep(0.02)

    proxy.cut()

    with pytest.raises(StoreUnavailable):
        await answer(waiting)
    proxy.thaw()
    await proxy.start()
    await eventually(lambda: far_store.is_available, within=5)


async def test_while_postgresql_is_away_what_memory_knows_stays(
    far_store: PostgresStore, stock: Stock, proxy: Proxy
) -> None:
    binding = a_binding()
    alice = await answer(far_store.subscribers.fetch((stock.domain, "alice")))
    await answer(far_store.bindings.fetch(stock.alice))
    await answer(far_store.bindings.commit(stock.alice, writing(binding)))

    proxy.cut()
    await eventually(lambda: not far_store.is_available)
    with pytest.raises(StoreUnavailable):
        await answer(far_store.bindings.commit(stock.alice, writing(a_binding(cseq=2), over=(binding,))))

    assert far_store.subscribers.get((stock.domain, "alice")) is alice
    assert far_store.bindings.get(stock.alice) == (binding,)
    assert far_store.domains.by_name(DOMAIN) is not None


async def test_a_frozen_postgresql_costs_the_deadline_and_no_more(
    far_store: PostgresStore, stock: Stock, proxy: Proxy
) -> None:
    await answer(far_store.bindings.fetch(stock.alice))
    proxy.freeze()
    begin = time.monotonic()

    write = answer(far_store.bindings.commit(stock.alice, writing(a_binding())))
    read = answer(far_store.numbers.fetch(NUMBER))
    outcomes = await asyncio.gather(write, read, return_exceptions=True)
    late = await asyncio.gather(answer(far_store.numbers.fetch(NUMBER)), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes + late] == [StoreUnavailable] * 3
    assert time.monotonic() - begin < DEADLINE + 0.5
    proxy.thaw()
    await eventually(lambda: far_store.is_available, within=5)
    assert await answer(far_store.numbers.fetch(NUMBER)) is not None


async def test_after_a_commit_of_unknown_outcome_the_phone_is_registered_in_the_end(
    far_store: PostgresStore, stock: Stock, proxy: Proxy, panel: Panel
) -> None:
    await answer(far_store.bindings.fetch(stock.alice))
    lock = panel.transaction()
    await lock.start()
    await panel.execute("LOCK TABLE subscribers_binding IN EXCLUSIVE MODE")
    waiting = answer(far_store.bindings.commit(stock.alice, writing(a_binding())))
    await asyncio.sleep(0.05)
    proxy.freeze()
    await lock.rollback()
    with pytest.raises(StoreUnavailable):
        await waiting
    proxy.thaw()
    await eventually(lambda: far_store.is_available, within=5)

    new = a_binding(cseq=2)
    outcome = CommitOutcome.CHANGED
    while outcome is CommitOutcome.CHANGED:
        current = await answer(far_store.bindings.fetch(stock.alice))
        outcome = await answer(far_store.bindings.commit(stock.alice, writing(new, over=current)))

    assert await answer(far_store.bindings.fetch(stock.alice)) == (new,)


async def test_a_missed_notification_is_made_good_by_forgetting(
    far_store: PostgresStore, stock: Stock, proxy: Proxy, panel: Panel
) -> None:
    bob = (stock.domain, "bob")
    assert not (await answer(far_store.subscribers.fetch(bob))).is_active  # type: ignore[union-attr]
    proxy.cut()
    await eventually(lambda: not far_store.is_available)

    await panel.execute("UPDATE subscribers_subscriber SET is_active = true WHERE id = $1", stock.bob)
    await panel.execute(
        "INSERT INTO subscribers_domainname (name, domain_id, is_primary) VALUES ('new.example', $1, false)",
        stock.domain,
    )
    await proxy.start()

    await eventually(lambda: far_store.subscribers.get(bob) is MISS and far_store.is_available, within=5)
    await eventually(lambda: far_store.domains.by_name("new.example") is not None, within=5)
    assert (await answer(far_store.subscribers.fetch(bob))).is_active  # type: ignore[union-attr]


async def test_what_was_known_outlives_a_database_that_comes_back_only_to_go_again(
    far_store: PostgresStore, stock: Stock, proxy: Proxy
) -> None:
    alice, number = (stock.domain, "alice"), NUMBER
    known = [await answer(far_store.subscribers.fetch(alice)), await answer(far_store.numbers.fetch(number))]
    assert None not in known
    for _ in range(2):
        proxy.cut()
        await eventually(lambda: not far_store.is_available)
        await proxy.start()
        await eventually(lambda: far_store.is_available and far_store.subscribers.get(alice) is MISS, within=5)
    proxy.cut()
    await eventually(lambda: not far_store.is_available)

    assert [await answer(far_store.subscribers.fetch(alice)), await answer(far_store.numbers.fetch(number))] == known


async def test_what_is_stale_but_cannot_be_read_anew_stays_until_it_can(
    far_store: PostgresStore, stock: Stock, proxy: Proxy, panel: Panel
) -> None:
    key, reads = (stock.domain, "alice"), far_store._read_link
    alice = await answer(far_store.subscribers.fetch(key))
    to_postgresql, reads._dsn = reads._dsn, "postgresql://127.0.0.1:1/nowhere"

    await panel.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'freiton-edge' AND datname = current_database()"
    )
    await eventually(lambda: far_store.counts()["reconnects"] == 2, within=5)  # the listener and the commits
    assert far_store.subscribers.get(key) is alice

    reads._dsn = to_postgresql
    await eventually(lambda: reads.is_up, within=5)
    assert far_store.subscribers.get(key) is MISS


async def test_without_postgresql_a_store_does_not_start(stock: Stock, proxy: Proxy) -> None:
    store = PostgresStore(proxy.dsn, stock.credential_keys, StoreSettings(deadline=DEADLINE))
    proxy.cut()

    with pytest.raises(StoreUnavailable):
        await store.start()
    await store.stop()


async def test_stopping_writes_what_waits(stock: Stock, edge_dsn: str, panel: Panel) -> None:
    store = PostgresStore(edge_dsn, stock.credential_keys, StoreSettings(pace=0.2))
    await store.start()
    for subscriber in (stock.alice, stock.bob):
        await answer(store.bindings.fetch(subscriber))
        waiting = store.bindings.commit(subscriber, writing(a_binding()))

    await store.stop()

    assert waiting.result() is CommitOutcome.COMMITTED
    assert await panel.fetchval("SELECT count(*) FROM edge_binding") == 2


async def test_call_records_that_cannot_be_written_in_the_end_are_told(
    stock: Stock, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    store = PostgresStore(proxy.dsn, stock.credential_keys, StoreSettings(deadline=DEADLINE))
    await store.start()
    proxy.cut()
    await eventually(lambda: not store.is_available)
    store.calls.save(CallRecord(uuid4(), "internal", "trying", "c@x", "edge1", 1_800_000_000.0))

    await store.stop()

    assert "1 call records are lost" in caplog.text


async def test_stopping_waits_for_a_postgresql_that_comes_back(stock: Stock, proxy: Proxy, panel: Panel) -> None:
    store = PostgresStore(proxy.dsn, stock.credential_keys, StoreSettings(deadline=2.0))
    await store.start()
    proxy.cut()
    await eventually(lambda: not store.is_available)
    store.calls.save(CallRecord(uuid4(), "internal", "trying", "c@x", "edge1", 1_800_000_000.0))

    stopping = asyncio.create_task(store.stop())
    await proxy.start()
    await stopping

    assert await panel.fetchval("SELECT count(*) FROM edge_call") == 1


async def test_a_call_that_changes_while_others_are_written_is_written_next(
    stock: Stock, proxy: Proxy, panel: Panel
) -> None:
    store = PostgresStore(proxy.dsn, stock.credential_keys, StoreSettings(linger=0.02))
    await store.start()
    first, second = (CallRecord(uuid4(), "internal", "trying", f"c{n}@x", "edge1", 1_800_000_000.0) for n in range(2))
    proxy.freeze()
    store.calls.save(first)
    await eventually(lambda: len(store.calls) == 0)  # it is on its way
    store.calls.save(second)
    await eventually(store._commits._wanted.is_set)  # it is due
    proxy.thaw()

    async def written() -> int:
        count: int = await panel.fetchval("SELECT count(*) FROM edge_call")
        return count

    async with asyncio.timeout(1.0):
        while await written() < 2:  # noqa: ASYNC110  another program's table
            await asyncio.sleep(0.01)
    await store.stop()
