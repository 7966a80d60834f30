"""Memory and database together: a decision made on old knowledge is not written, and memory does not grow stale."""

from sipedge.registrar.register import RegisterDecision
from sipedge.store.interfaces import MISS, CommitOutcome
from sipedge.store.postgres import PostgresStore
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
