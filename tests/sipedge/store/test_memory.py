"""What the store in memory can do besides keeping the promises: be cold, be away."""

from uuid import uuid4

import pytest

from sipedge.facts import CallRecord
from sipedge.store.interfaces import MISS, CommitOutcome, Store, StoreUnavailable
from sipedge.store.memory import MemoryStore
from tests.sipedge.store.stock import a_binding, stock_memory, writing

UUID_TEXT = "0190a0b0-0000-7000-8000-000000000001"


def test_it_is_a_store() -> None:
    store: Store = MemoryStore()

    assert store.is_available


def test_a_cold_store_knows_nothing_until_it_is_settled() -> None:
    store = MemoryStore(cold=True)
    facts = stock_memory()[0].subscribers.fetch((1, "alice")).result()
    assert facts is not None
    store.subscribers.put((1, "alice"), facts)

    assert store.subscribers.get((1, "alice")) is MISS
    waiting = store.subscribers.fetch((1, "alice"))
    assert not waiting.done

    assert store.settle() == 1
    assert waiting.result() is facts
    assert store.subscribers.get((1, "alice")) is facts


def test_a_cold_store_commits_when_it_is_settled() -> None:
    store = MemoryStore(cold=True)
    waiting = store.bindings.commit(1, writing(a_binding()))
    assert not waiting.done

    store.settle()

    assert waiting.result() is CommitOutcome.COMMITTED


def test_a_store_that_is_away_says_so_at_once_and_to_who_waits() -> None:
    store = MemoryStore(cold=True)
    waiting = store.numbers.fetch("+431")

    store.set_available(False)
    store.settle()

    assert not store.is_available
    for one in (waiting, store.bindings.commit(1, writing(a_binding()))):
        with pytest.raises(StoreUnavailable):
            one.result()


def test_what_is_removed_is_known_not_to_exist() -> None:
    store, stock = stock_memory()

    store.subscribers.remove((stock.domain, "alice"))

    assert store.subscribers.get((stock.domain, "alice")) is None


def test_a_call_that_ended_stays_ended() -> None:
    from uuid import UUID

    calls = MemoryStore().calls
    call_id = UUID(UUID_TEXT)
    call = CallRecord(call_id, "internal", "answered", "c@x", "edge1", 100.0, answered_at=105.0)
    calls.save(call)
    calls.end(call_id, 110.0, "caller", status_code=200, reason="Normal", cause=16)
    calls.save(call)
    calls.end(call_id, 120.0, "callee")

    ended = calls.records[call_id]
    assert (ended.state, ended.ended_at, ended.ended_by, ended.cause) == ("ended", 110.0, "caller", 16)
    assert ended.answered_at == 105.0


def test_a_forwarding_ends_with_its_call_and_a_refresh_changes_what_stands() -> None:
    calls = MemoryStore().calls
    call = CallRecord(uuid4(), "internal", "answered", "c@x", "edge1", 100.0, answered_at=105.0, dialog='{"a":1}')
    leg = call._replace(id=uuid4(), parent_id=call.id)
    calls.save(call)
    calls.save(leg)
    calls.refresh(call.id, 900.0, '{"a":2}')
    calls.end(call.id, 110.0, "caller")
    calls.refresh(call.id, 1800.0)

    assert [calls.records[one.id].ended_at for one in (call, leg)] == [110.0, 110.0]
    assert (calls.records[call.id].session_expires_at, calls.records[call.id].dialog) == (900.0, '{"a": 2}')
