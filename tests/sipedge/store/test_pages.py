"""Walking through all flows of an edge on PostgreSQL."""

from sipedge.store.interfaces import StoreUnavailable
from sipedge.store.pages import MAX_PENDING, fetch_page
from sipedge.store.postgres import PostgresStore
from tests.sipedge.store.stock import Panel, Stock, a_binding, answer, writing

NAMES = [f"{number:02}" for number in range(10)]


async def _stock(store: PostgresStore, stock: Stock) -> None:
    for subscriber in (stock.alice, stock.bob):
        await answer(store.bindings.fetch(subscriber))
        bindings = [a_binding(name, flow=f"udp:203.0.113.1:10{name}") for name in NAMES]
        await answer(store.bindings.commit(subscriber, writing(*bindings)))


async def test_pages_follow_each_other_and_give_each_flow_once(
    store: PostgresStore, stock: Stock, panel: Panel
) -> None:
    await _stock(store, stock)
    found, after, pages = [], (0, ""), 0

    while after is not None:
        page = await fetch_page(panel, "edge1", after, 7)
        found += [(known.subscriber_id, known.flow) for known in page.flows]
        after, pages = page.after, pages + 1

    assert pages == 3
    assert found == [
        (subscriber, f"udp:203.0.113.1:10{name}") for subscriber in (stock.alice, stock.bob) for name in NAMES
    ]


async def test_a_page_needs_no_sort_of_the_table(store: PostgresStore, stock: Stock, panel: Panel) -> None:
    await _stock(store, stock)
    await panel.execute("SET enable_seqscan = off")
    rows = await panel.fetch(
        "EXPLAIN SELECT subscriber_id, key FROM edge_binding WHERE (subscriber_id, key) > (0, '') "
        "ORDER BY subscriber_id, key LIMIT 500"
    )

    plan = " ".join(row[0] for row in rows)

    assert "Index" in plan
    assert "Sort" not in plan


async def test_who_waits_for_a_page_is_told_when_there_is_none(store: PostgresStore, stock: Stock) -> None:
    waiting = [store.bindings.page("edge1", (0, "")) for _ in range(MAX_PENDING + 1)]
    await store.stop()
    waiting.append(store.bindings.page("edge1", (0, "")))

    for one in waiting:
        try:
            one.result()
        except StoreUnavailable:
            continue
        raise AssertionError("a page without a database")
