"""Calls that stand: the same from memory and from PostgreSQL, by the index of open calls, in pages."""

import json
from uuid import UUID, uuid4

import pytest

from sipedge.facts import CallRecord, OpenCall
from sipedge.load.parties import PARTY_FIELDS
from sipedge.store import open_calls as open_calls_module
from sipedge.store.interfaces import Store, StoreUnavailable
from sipedge.store.open_calls import OPEN
from sipedge.store.postgres import PostgresStore
from tests.sipedge.store.stock import Panel, Stock, eventually
from tests.sipedge.store.test_calls import START, a_call, written

Stocked = tuple[Store, Stock]


def standing(edge: str = "edge1", at: float = START, **fields: object) -> CallRecord:
    return a_call(edge=edge, started_at=at, state="answered", answered_at=at + 5, **fields)


async def save(store: Store, *calls: CallRecord) -> None:
    for call in calls:
        store.calls.save(call)
    if isinstance(store, PostgresStore):
        await written(store)


async def ids(pages: object) -> list[UUID]:
    return [call.id async for page in pages for call in page]  # type: ignore[attr-defined]


async def test_calls_that_stand_at_an_edge_and_at_all_others(stocked: Stocked) -> None:
    store, _ = stocked
    first, second, other = standing(at=START + 1), standing(), standing("edge2")
    await save(store, first, second, other)
    await save(store, a_call(state="ringing"), a_call(state="ended", ended_at=START, ended_by="caller"))

    assert await ids(store.open_calls.of(["edge1"])) == [second.id, first.id]
    assert await ids(store.open_calls.of_others(["edge1"])) == [other.id]
    assert await ids(store.open_calls.of_others(["edge1", "edge2"])) == []
    assert len(await ids(store.open_calls.of_others([]))) == 3


async def test_whom_they_count_for(stocked: Stocked) -> None:
    store, _ = stocked
    parties = dict(zip(PARTY_FIELDS, (1, 2, 3, 4, 5, 6, None, 8), strict=True))
    call = standing(**parties)
    leg = standing(at=START + 1, parent_id=call.id)
    await save(store, call, leg)

    (page,) = [page async for page in store.open_calls.of(["edge1"])]

    assert page == [
        OpenCall(call.id, "edge1", START, None, (1, 2, 3, 4, 5, 6, None, 8)),
        OpenCall(leg.id, "edge1", START + 1, call.id, (None,) * 8),
    ]


async def test_which_of_some_calls_have_ended(stocked: Stocked) -> None:
    store, _ = stocked
    open_, ended = standing(), standing()
    await save(store, open_, ended)
    store.calls.end(ended.id, START + 9, "caller")
    await save(store)

    assert await store.open_calls.ended([open_.id, ended.id, uuid4()]) == {ended.id}
    assert await store.open_calls.ended([]) == set()


async def test_whoever_observes_is_told_at_once(stocked: Stocked) -> None:
    store, _ = stocked
    heard: list[object] = []

    class Observer:
        def saved(self, call: CallRecord) -> None:
            heard.append(call)

        def ended(self, call_id: UUID) -> None:
            heard.append(call_id)

        def ended_by_others(self, call_ids: object) -> None:
            heard.append(call_ids)

    store.calls.observe(Observer())
    call = a_call()
    store.calls.save(call)
    store.calls.end(call.id, START + 1, "caller")

    assert heard == [call, call.id]


async def test_pages_have_no_gaps_and_nothing_twice(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_calls_module, "PAGE", 3)
    monkeypatch.setattr(open_calls_module, "OPEN", OPEN.replace("LIMIT 500", "LIMIT 3"))
    calls = [standing(at=START + number // 4) for number in range(9)]  # some began at the same time
    await save(store, *calls)

    assert set(await ids(store.open_calls.of(["edge1"]))) == {call.id for call in calls}
    assert len(await ids(store.open_calls.of(["edge1"]))) == 9
    ended = [call.id for call in calls]
    for call_id in ended:
        store.calls.end(call_id, START + 60, "caller")
    await written(store)
    assert await store.open_calls.ended(ended) == set(ended)


async def test_without_postgresql_it_says_so(stocked: Stocked) -> None:
    store, _ = stocked
    if isinstance(store, PostgresStore):
        await store.stop()
    else:
        store.set_available(False)  # type: ignore[attr-defined]
    with pytest.raises(StoreUnavailable):
        await ids(store.open_calls.of(["edge1"]))
    with pytest.raises(StoreUnavailable):
        await store.open_calls.ended([uuid4()])


# A thousand that have ended, so that the index of the others is the better one whatever was known of the table.
ENDED = """
    INSERT INTO calls_call SELECT (jsonb_populate_record(c, jsonb_build_object(
        'id', gen_random_uuid(), 'call_id', 'ended-' || n, 'state', 'ended', 'ended_by', 'caller',
        'started_at', c.started_at + n * interval '1 second', 'ended_at', c.started_at + n * interval '1 minute'
    ))).* FROM calls_call AS c, generate_series(1, 1000) AS n
"""


async def test_they_are_found_by_the_index_of_open_calls(store: PostgresStore, panel: Panel) -> None:
    """That index says by itself that they are open: no row is read to find that out."""
    await save(store, standing())
    async with panel.transaction():
        await panel.execute(ENDED)
        await panel.execute("ANALYZE calls_call")
        for way in ("seqscan", "bitmapscan"):
            await panel.execute(f"SET LOCAL enable_{way} = off")
        plan = "\n".join(row[0] for row in await panel.fetch(f"EXPLAIN {OPEN}", ["edge1"], True, START, uuid4()))
        partition = await panel.fetchval("SELECT DISTINCT tableoid::regclass::text FROM calls_call")
    assert "Seq Scan" not in plan
    # Of a partition that has none of them it is the planner's to choose.
    theirs = plan.partition(f" on {partition} ")[2].partition("->")[0]
    assert "Index Cond: (started_at" in theirs, plan
    assert "ended_at IS NULL" not in theirs, plan


async def test_whoever_ends_a_call_by_hand_is_heard(store: PostgresStore, panel: Panel) -> None:
    heard: list[object] = []
    store.calls.observe(_Heard(heard))
    call = standing()
    await save(store, call)
    heard.clear()

    async def told(payload: object) -> object:
        await panel.execute("SELECT pg_notify('edge', $1)", json.dumps(payload))
        await eventually(lambda: bool(heard))
        return heard.pop()

    assert await told({"t": "call", "k": [str(call.id)]}) == [call.id]
    assert await told({"t": "call", "k": None}) is None
    assert await told({"t": "call", "k": ["no uuid"]}) is None


async def test_what_the_sweeper_ends_is_heard(store: PostgresStore, panel: Panel) -> None:
    heard: list[object] = []
    call, other = standing(), standing()
    await save(store, call, other)
    store.calls.observe(_Heard(heard))
    await panel.execute(
        "UPDATE calls_call SET state = 'ended', ended_at = now(), ended_by = 'sweeper' WHERE id = $1", call.id
    )
    await eventually(lambda: bool(heard))
    assert heard == [[call.id]]


async def test_a_gap_in_hearing_leaves_all_calls_in_doubt(store: PostgresStore, panel: Panel) -> None:
    heard: list[object] = []
    store.calls.observe(_Heard(heard))
    await panel.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'freiton-edge' AND datname = current_database()"
    )
    await eventually(lambda: None in heard, within=5)


class _Heard:
    def __init__(self, heard: list[object]) -> None:
        self._heard = heard

    def saved(self, call: CallRecord) -> None:
        pass

    def ended(self, call_id: UUID) -> None:
        pass

    def ended_by_others(self, call_ids: object) -> None:
        self._heard.append(call_ids)
