"""Memory and database together: a decision made on old knowledge is not written, and memory does not grow stale."""

from types import SimpleNamespace

from sipedge.handlers.flows import Flows, connection_closed
from sipedge.registrar.register import RegisterDecision
from sipedge.sip.flow import parse_flow
from sipedge.store.interfaces import MISS, CommitOutcome
from sipedge.store.postgres import PostgresStore
from sipedge.telemetry import Telemetry
from tests.sipedge.store.stock import Panel, Stock, a_binding, answer, eventually, writing


async def test_what_the_panel_removes_while_a_refresh_is_on_its_way(
    store: PostgresStore, stock: Stock, panel: Panel
) -> None:
    desk, mobile = a_binding("desk"), a_binding("mobile")
    await answer(store.bindings.fetch(stock.alice))
    await answer(store.bindings.commit(stock.alice, writing(desk, mobile)))
    refreshed = a_binding("desk", cseq=2)
    await panel.execute("DELETE FROM subscribers_binding WHERE key = 'key-mobile'")
    outcome = await answer(
        store.bindings.commit(stock.alice, RegisterDecision((refreshed, mobile), ((desk, refreshed),)))
    )

    assert outcome is CommitOutcome.COMMITTED
    await eventually(lambda: store.bindings.get(stock.alice) in (MISS, (refreshed,)))
    assert await answer(store.bindings.fetch(stock.alice)) == (refreshed,)


async def test_after_a_change_memory_holds_what_stands_and_the_second_try_is_written(
    store: PostgresStore, other_store: PostgresStore, stock: Stock
) -> None:
    first, second = a_binding(cseq=1), a_binding(cseq=2)
    for edge in (store, other_store):
        await answer(edge.bindings.fetch(stock.alice))
    await answer(other_store.bindings.commit(stock.alice, writing(first)))

    assert await answer(store.bindings.commit(stock.alice, writing(second))) is CommitOutcome.CHANGED
    fresh = store.bindings.get(stock.alice)
    assert fresh == (first,)
    assert await answer(store.bindings.commit(stock.alice, writing(second, over=(first,)))) is CommitOutcome.COMMITTED
    assert store.bindings.get(stock.alice) == (second,)


async def test_bindings_are_read_for_many_aors_at_once(store: PostgresStore, stock: Stock) -> None:
    desk, mobile = a_binding("desk"), a_binding("mobile")
    await answer(store.bindings.fetch(stock.alice))
    await answer(store.bindings.commit(stock.alice, writing(desk, mobile)))
    before = store.counts()["binding_queries"]

    waitings = [store.bindings.fetch(subscriber) for subscriber in (stock.alice, stock.bob, 10**12)]
    alice, bob, nobody = [await answer(waiting) for waiting in waitings]

    assert (set(alice), bob, nobody) == ({desk, mobile}, (), ())
    assert store.counts()["binding_queries"] == before + 1


async def test_what_ends_with_its_connection_ends_in_the_database_too(
    store: PostgresStore, other_store: PostgresStore, stock: Stock, panel: Panel
) -> None:
    services = SimpleNamespace(store=store, flows=Flows(), telemetry=Telemetry())
    browser, desk = a_binding("browser", flow="ws:203.0.113.1:50000#77"), a_binding("desk")
    for subscriber in (stock.alice, stock.bob):
        await answer(store.bindings.fetch(subscriber))
        decision = writing(browser, desk)
        assert services.flows.expect(77, subscriber, decision)
        await answer(store.bindings.commit(subscriber, decision))
    known = await answer(other_store.bindings.fetch(stock.alice))
    refreshed = desk._replace(cseq=9, expires_at=desk.expires_at + 60)
    await answer(other_store.bindings.commit(stock.alice, writing(refreshed, over=known)))

    connection_closed(services, parse_flow("ws:203.0.113.1:50000#77"))

    for subscriber in (stock.alice, stock.bob):
        await eventually(lambda who=subscriber: browser not in store.bindings.get(who), 3)  # type: ignore[misc]
    rows = await panel.fetch("SELECT key, cseq FROM subscribers_binding ORDER BY subscriber_id, key")
    assert [tuple(row) for row in rows] == [("key-desk", 9), ("key-desk", 1)]
