"""Calls counted by their rows: our own of before, those of edges that do not tell, and those that ended unheard."""

import asyncio
import logging

import pytest

from sipedge.load.counts import CallCounts
from sipedge.shared import recount as recount_module
from sipedge.shared.recount import CHECK, FORGET_AFTER, PACE, Recount
from sipedge.store.interfaces import StoreUnavailable
from sipedge.store.memory import MemoryStore
from tests.sipedge.store.test_open_calls import standing

ALICE = ("subscriber", 1)


class Edge:
    """edge1 with its store, a clock that the test moves, and those that tell."""

    def __init__(self):
        self.store, self.counts, self.time, self.telling = MemoryStore(), CallCounts(), 1000.0, set()
        self.recount = Recount(self.store.open_calls, self.counts, "edge1", lambda: self.telling, now=lambda: self.time)

    def put(self, *edges):
        """Alice's calls, one at each of these edges."""
        calls = [standing(edge, caller_subscriber_id=1) for edge in edges]
        for call in calls:
            self.store.calls.records[call.id] = call
        return calls

    async def look_after(self, seconds):
        self.time += seconds
        await self.recount.look()
        return self.counts.count(*ALICE)


@pytest.fixture
def edge():
    return Edge()


@pytest.fixture
def lines(caplog):
    logging.getLogger("sipedge").propagate = True
    caplog.set_level(logging.INFO, logger="sipedge")
    return lambda: [record.getMessage() for record in caplog.records]


async def test_our_calls_of_before_count_before_anything_is_served(edge, lines):
    edge.put("edge1", "edge1", "edge2")
    await edge.recount.start()
    assert edge.counts.count(*ALICE) == 2
    assert lines() == ["= calls: 2 calls of this edge stand since before its start"]
    assert not edge.counts.is_in_doubt
    await edge.recount.stop()


async def test_an_edge_cannot_start_without_knowing_them(edge):
    edge.store.set_available(False)
    with pytest.raises(StoreUnavailable):
        await edge.recount.start()
    await edge.recount.stop()


async def test_calls_of_an_edge_that_does_not_tell_are_counted_until_it_does(edge, lines):
    edge.put("edge2", "edge2", "edge3")
    edge.telling = {"edge3"}
    edge.counts.told_all("edge3", {ALICE: 5})
    assert await edge.look_after(0) == 7
    edge.telling = {"edge2", "edge3"}
    edge.counts.told_all("edge2", {ALICE: 1})
    assert await edge.look_after(0) == 6
    assert lines() == ["= calls: edge edge2 does not tell; 2 calls of it are counted by their rows"]


async def test_an_edge_that_falls_silent_is_counted_by_its_rows_at_once(edge):
    edge.telling = {"edge2"}
    edge.counts.told_all("edge2", {ALICE: 5})
    assert await edge.look_after(0) == 5
    edge.put("edge2")
    edge.telling = set()
    assert edge.counts.count(*ALICE) == 5  # until the rows are read
    assert await edge.look_after(0) == 1


async def test_what_ended_there_is_found_at_the_next_reading(edge):
    call, _ = edge.put("edge2", "edge2")
    assert await edge.look_after(0) == 2
    edge.store.calls.end(call.id, call.answered_at + 9, "callee")
    assert await edge.look_after(PACE / 2) == 2
    assert await edge.look_after(PACE) == 1


async def test_who_begins_to_tell_while_rows_are_read_is_believed(edge, monkeypatch):
    edge.put("edge2")
    of_others = edge.store.open_calls.of_others

    async def slowly(edges):
        async for calls in of_others(edges):
            edge.telling = {"edge2"}
            edge.counts.told_all("edge2", {ALICE: 5})
            yield calls

    monkeypatch.setattr(edge.store.open_calls, "of_others", slowly)
    assert await edge.look_after(0) == 5


async def test_our_calls_that_ended_unheard_are_found_when_there_is_doubt_and_now_and_then(edge, monkeypatch):
    monkeypatch.setattr(recount_module, "CHECK_PACE", 0)
    monkeypatch.setattr(recount_module, "CHECKED", 2)
    calls = edge.put(*["edge1"] * 5)
    await edge.recount.start()
    await edge.recount.stop()
    for call in calls[:3]:
        edge.store.calls.records[call.id] = call._replace(state="ended", ended_at=call.answered_at + 9)
    assert await edge.look_after(0) == 5
    edge.counts.ended_by_others(None)
    assert await edge.look_after(0) == 2
    last = calls[4]
    edge.store.calls.records[last.id] = last._replace(state="ended", ended_at=last.answered_at + 9)
    assert await edge.look_after(CHECK / 2) == 2
    assert await edge.look_after(CHECK) == 1


async def test_doubt_remains_until_it_can_be_looked_up(edge):
    edge.put("edge1")
    await edge.recount.start()
    await edge.recount.stop()
    await edge.look_after(0)
    edge.store.set_available(False)
    edge.counts.ended_by_others(None)
    with pytest.raises(StoreUnavailable):
        await edge.look_after(0)
    assert edge.counts.is_in_doubt


async def test_without_postgresql_and_redis_others_are_forgotten_after_a_while_and_our_own_are_not(edge, monkeypatch):
    monkeypatch.setattr(recount_module, "LOOK", 0.001)
    edge.put("edge1", "edge2")
    await edge.recount.start()
    await _until(lambda: edge.counts.count(*ALICE) == 2)
    edge.store.set_available(False)
    edge.time += FORGET_AFTER / 2
    await asyncio.sleep(0.05)
    assert edge.counts.count(*ALICE) == 2
    edge.time += FORGET_AFTER
    await _until(lambda: edge.counts.count(*ALICE) == 1)
    edge.store.set_available(True)
    await _until(lambda: edge.counts.count(*ALICE) == 2)
    await edge.recount.stop()


async def test_a_fault_of_ours_does_not_end_it(edge, monkeypatch, lines):
    monkeypatch.setattr(recount_module, "LOOK", 0.001)
    of_others, faults = edge.store.open_calls.of_others, [LookupError("ours")]

    def faulty(edges):
        if faults:
            raise faults.pop()
        return of_others(edges)

    monkeypatch.setattr(edge.store.open_calls, "of_others", faulty)
    edge.put("edge2")
    await edge.recount.start()
    await _until(lambda: edge.counts.count(*ALICE) == 1)
    await edge.recount.stop()
    assert lines()[0] == "x calls: counting them by their rows failed"


async def _until(condition):
    deadline = asyncio.get_running_loop().time() + 5
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not come to be"
        await asyncio.sleep(0.005)
