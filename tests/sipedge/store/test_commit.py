"""The group commit on PostgreSQL: batches, culprits, races."""

import asyncio

import pytest

from sipedge.store.commit import MAX_SEVERAL, MAX_WAITING, Change, GroupCommit
from sipedge.store.interfaces import MISS, CommitOutcome, RowRefused, StoreUnavailable
from sipedge.store.postgres import PostgresStore
from tests.sipedge.store.stock import Panel, Stock, a_binding, answer, removing, writing

COUNT = "SELECT count(*) FROM edge_binding"


@pytest.fixture
def many(stock: Stock) -> list[int]:
    """Sixty subscribers."""
    from subscribers.models import Subscriber

    alice = Subscriber.objects.get(pk=stock.alice)
    made = Subscriber.objects.bulk_create(
        Subscriber(domain=alice.domain, customer=alice.customer, reseller=alice.reseller, username=f"phone{n}")
        for n in range(60)
    )
    return [subscriber.pk for subscriber in made]


async def test_what_comes_together_is_one_statement(store: PostgresStore, many: list[int], panel: Panel) -> None:
    for subscriber in many:
        await answer(store.bindings.fetch(subscriber))

    waitings = [store.bindings.commit(subscriber, writing(a_binding())) for subscriber in many]
    outcomes = await asyncio.gather(*map(answer, waitings))

    assert set(outcomes) == {CommitOutcome.COMMITTED}
    assert store.counts()["binding_statements"] == 1
    assert await panel.fetchval(COUNT) == 60


@pytest.mark.parametrize(
    "bad",
    [
        {"contact": "sip:nul\0@192.0.2.1"},
        {"contact": "sip:" + "a" * 1100 + "@192.0.2.1"},
        {"cseq": 2**63},
        {"cseq": -1},
        {"user_agent": "\udcff"},
        {"user_agent": "a\x1fb"},
    ],
    ids=["NUL", "over-long", "huge CSeq", "negative CSeq", "surrogate", "separator"],
)
async def test_one_bad_phone_does_not_spoil_a_batch(
    store: PostgresStore, many: list[int], panel: Panel, bad: dict[str, object]
) -> None:
    batch = many[:41]
    culprit = batch[17]
    for subscriber in batch:
        await answer(store.bindings.fetch(subscriber))

    waitings = {
        subscriber: store.bindings.commit(
            subscriber, writing(a_binding(**bad) if subscriber == culprit else a_binding())
        )
        for subscriber in batch
    }
    outcomes = await asyncio.gather(*map(answer, waitings.values()), return_exceptions=True)

    refused = [outcome for outcome in outcomes if isinstance(outcome, RowRefused)]
    assert outcomes[17] in refused
    assert len(refused) == 1
    assert outcomes.count(CommitOutcome.COMMITTED) == 40
    assert await panel.fetchval(COUNT) == 40
    assert store.counts()["bindings_refused"] == 1
    assert store.bindings.get(culprit) == ()


async def test_a_subscriber_removed_meanwhile_is_refused_alone(
    store: PostgresStore, many: list[int], panel: Panel
) -> None:
    for subscriber in many[:3]:
        await answer(store.bindings.fetch(subscriber))
    await panel.execute("DELETE FROM subscribers_subscriber WHERE id = $1", many[1])

    waitings = [store.bindings.commit(subscriber, writing(a_binding())) for subscriber in many[:3]]
    outcomes = await asyncio.gather(*map(answer, waitings), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [CommitOutcome, RowRefused, CommitOutcome]


async def test_a_row_that_the_panel_has_locked_holds_up_nobody_else(
    store: PostgresStore, many: list[int], panel: Panel
) -> None:
    known = a_binding()
    for subscriber in many[:5]:
        await answer(store.bindings.fetch(subscriber))
        await answer(store.bindings.commit(subscriber, writing(known)))

    async with panel.transaction():
        await panel.execute("SELECT FROM subscribers_binding WHERE subscriber_id = $1 FOR UPDATE", many[2])
        decision = writing(a_binding(cseq=2), over=(known,))
        waitings = [store.bindings.commit(subscriber, decision) for subscriber in many[:5]]
        outcomes = await asyncio.gather(*map(answer, waitings), return_exceptions=True)

    assert isinstance(outcomes[2], StoreUnavailable)
    assert outcomes.count(CommitOutcome.COMMITTED) == 4


async def test_removals_and_writes_share_a_cycle(store: PostgresStore, many: list[int], panel: Panel) -> None:
    known = a_binding()
    for subscriber in many[:20]:
        await answer(store.bindings.fetch(subscriber))
        if subscriber in many[:10]:
            await answer(store.bindings.commit(subscriber, writing(known)))
    before = store.counts()["binding_statements"]

    waitings = [
        store.bindings.commit(subscriber, removing(known) if subscriber in many[:10] else writing(a_binding()))
        for subscriber in many[:20]
    ]
    outcomes = await asyncio.gather(*map(answer, waitings))

    assert set(outcomes) == {CommitOutcome.COMMITTED}
    assert store.counts()["binding_statements"] == before + 2
    assert {row[0] for row in await panel.fetch("SELECT subscriber_id FROM edge_binding")} == set(many[10:20])


async def test_requests_that_change_several_rows_do_not_hold_up_the_others(
    store: PostgresStore, many: list[int]
) -> None:
    for subscriber in many[:30]:
        await answer(store.bindings.fetch(subscriber))
    order: list[int] = []

    several = [store.bindings.commit(subscriber, writing(a_binding("a"), a_binding("b"))) for subscriber in many[:20]]
    singles = [store.bindings.commit(subscriber, writing(a_binding())) for subscriber in many[20:30]]
    for index, waiting in enumerate(several + singles):
        waiting.add_wake_up(lambda index=index: order.append(index))  # type: ignore[misc]
    outcomes = await asyncio.gather(*map(answer, several + singles))

    assert set(outcomes) == {CommitOutcome.COMMITTED}
    assert order[:10] == list(range(20, 30))
    assert order[10 : 10 + MAX_SEVERAL] == list(range(MAX_SEVERAL))


async def test_two_edges_race_for_one_aor(store: PostgresStore, other_store: PostgresStore, stock: Stock) -> None:
    here, there = a_binding(edge="edge1"), a_binding(edge="edge2", cseq=2)
    stores = (store, other_store)
    for one in stores:
        await answer(one.bindings.fetch(stock.alice))

    outcomes = await asyncio.gather(
        answer(store.bindings.commit(stock.alice, writing(here))),
        answer(other_store.bindings.commit(stock.alice, writing(there))),
    )

    assert set(outcomes) == {CommitOutcome.COMMITTED, CommitOutcome.CHANGED}
    winner = here if outcomes[0] is CommitOutcome.COMMITTED else there
    assert [one.bindings.get(stock.alice) for one in stores] == [(winner,), (winner,)]


async def test_two_edges_that_refresh_alternately_lose_no_update(
    store: PostgresStore, other_store: PostgresStore, stock: Stock
) -> None:
    for cseq in range(1, 21):
        edge = (store, other_store)[cseq % 2]
        known = edge.bindings.get(stock.alice)
        current = await answer(edge.bindings.fetch(stock.alice)) if known is MISS else known
        outcome = await answer(edge.bindings.commit(stock.alice, writing(a_binding(cseq=cseq), over=current)))
        if outcome is CommitOutcome.CHANGED:
            fresh = edge.bindings.get(stock.alice)
            assert fresh is not MISS
            assert [binding.cseq for binding in fresh] == [cseq - 1]
            decision = writing(a_binding(cseq=cseq), over=fresh)
            assert await answer(edge.bindings.commit(stock.alice, decision)) is CommitOutcome.COMMITTED

    final = await answer(store.bindings.fetch(stock.alice))
    assert [binding.cseq for binding in final] == [20]


async def test_renewals_changes_and_races_share_a_cycle(store: PostgresStore, many: list[int], panel: Panel) -> None:
    known = a_binding()
    for subscriber in many[:6]:
        await answer(store.bindings.fetch(subscriber))
        await answer(store.bindings.commit(subscriber, writing(known)))
    await panel.execute(
        "UPDATE subscribers_binding SET expires_at = expires_at + interval '1 s' WHERE subscriber_id = $1", many[4]
    )

    later = {"expires_at": known.expires_at + 60, "call_id": "again"}
    renewed, moved = a_binding(cseq=2, **later), a_binding(cseq=3, received_from="udp:192.0.2.9:5060", **later)
    decisions = [writing(moved if n == 2 else renewed, over=(known,)) for n in range(6)]
    outcomes = await asyncio.gather(
        *(answer(store.bindings.commit(s, d)) for s, d in zip(many, decisions, strict=False)), return_exceptions=True
    )

    assert outcomes.count(CommitOutcome.COMMITTED) == 5
    assert outcomes[4] is CommitOutcome.CHANGED
    assert store.counts()["binding_statements"] == 6 + 2
    rows = await panel.fetch(
        "SELECT cseq, call_id, received_from, extract(epoch FROM expires_at)::float8 AS ends, "
        "updated_at > created_at AS is_later FROM edge_binding ORDER BY subscriber_id"
    )
    assert [row["cseq"] for row in rows] == [2, 2, 3, 2, 1, 2]
    assert [row["call_id"] for row in rows].count("again") == 5
    assert rows[0]["ends"] == renewed.expires_at
    assert rows[0]["is_later"]
    assert rows[2]["received_from"] == "udp:192.0.2.9:5060"


async def test_refreshes_are_hot_updates(store: PostgresStore, many: list[int], panel: Panel) -> None:
    counters = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'subscribers_binding'"
    known = a_binding()
    for subscriber in many:
        await answer(store.bindings.fetch(subscriber))
    await asyncio.gather(*(answer(store.bindings.commit(s, writing(known))) for s in many))
    before = await panel.fetchrow(counters)

    for cseq in range(2, 6):
        new = a_binding(cseq=cseq)
        for n in range(20):  # few of a page at a time, as phones come
            batch = [store.bindings.commit(s, writing(new, over=(known,))) for s in many[n::20]]
            await asyncio.gather(*map(answer, batch))
        known = new
    await store.stop()  # a backend reports its counters when it ends

    after = before
    async with asyncio.timeout(5):
        while after["n_tup_upd"] - before["n_tup_upd"] < 240:
            await asyncio.sleep(0.02)
            after = await panel.fetchrow(counters)
    # An index on a column that changes makes it none at all. Not all either: a snapshot that somebody else holds
    # (autovacuum's, say) keeps a page from being pruned for a while, and its rows then move to another page.
    assert after["n_tup_hot_upd"] - before["n_tup_hot_upd"] >= 0.5 * 240


def test_an_aor_has_one_change_on_its_way() -> None:
    group = GroupCommit(lambda _: None, lambda _: None)
    group.add(Change(1, writing(a_binding()), ()))

    with pytest.raises(ValueError, match="turn"):
        group.add(Change(1, writing(a_binding()), ()))


def test_changes_beyond_the_bound_are_refused_at_once() -> None:
    group = GroupCommit(lambda _: None, lambda _: None)
    decision = writing(a_binding())
    for subscriber in range(MAX_WAITING):
        group.add(Change(subscriber, decision, ()))
    last = Change(MAX_WAITING, decision, ())

    group.add(last)

    with pytest.raises(StoreUnavailable):
        last.waiting.result()
    assert len(group) == MAX_WAITING
    group.fail_all(StoreUnavailable("end"))
    assert len(group) == 0
