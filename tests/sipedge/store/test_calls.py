"""Call records on their way to PostgreSQL: the latest state counts, an end is final, nothing is lost on the way."""

import asyncio
import json
from uuid import UUID, uuid4

import asyncpg
import pytest

from sipedge.facts import CallRecord
from sipedge.store import calls as calls_module
from sipedge.store.calls import CallWriter
from sipedge.store.interfaces import CallDialog
from sipedge.store.postgres import PostgresStore
from sipedge.store.waiting import Waiting, resolved
from tests.sipedge.store.stock import Panel, eventually

START = 1_800_000_000.25


def a_call(call_id: UUID | None = None, **fields: object) -> CallRecord:
    call = CallRecord(
        id=call_id or uuid4(),
        direction="internal",
        state="trying",
        sip_call_id="c@192.0.2.1",
        edge="edge1",
        started_at=START,
        caller="sip:alice@example.org",
        callee="sip:bob@example.org",
    )
    return call._replace(**fields)  # type: ignore[arg-type]


def unread(_call_id: UUID, _edge: str) -> Waiting[CallDialog | None]:
    """Nothing is in PostgreSQL."""
    return resolved(None)


async def written(store: PostgresStore) -> None:
    await eventually(lambda: store.counts()["calls_waiting"] == 0 and not store._commits.is_busy)


async def row(panel: Panel, call_id: UUID) -> asyncpg.Record:
    record = await panel.fetchrow(
        "SELECT *, extract(epoch FROM started_at)::float8 AS start, extract(epoch FROM answered_at)::float8 AS answer,"
        " extract(epoch FROM ended_at)::float8 AS end FROM edge_call WHERE id = $1",
        call_id,
    )
    assert record is not None
    return record


async def test_a_call_from_its_first_state_to_its_end(store: PostgresStore, panel: Panel) -> None:
    call = a_call(gateway_in_id=7, callee_subscriber_id=11, callee_number="+4311001")
    store.calls.save(call)
    await written(store)
    assert (await row(panel, call.id))["state"] == "trying"

    store.calls.save(call._replace(state="answered", to_tag="t", ringing_at=START + 1, answered_at=START + 5))
    await written(store)
    store.calls.save(
        call._replace(state="ended", to_tag="t", ended_at=START + 65, status_code=200, cause=16, ended_by="caller")
    )
    await written(store)

    record = await row(panel, call.id)
    assert (record["state"], record["ended_by"], record["cause"], record["to_tag"]) == ("ended", "caller", 16, "t")
    assert (record["start"], record["answer"], record["end"]) == (START, START + 5, START + 65)
    assert (record["gateway_in_id"], record["callee_subscriber_id"]) == (7, 11)


async def test_states_between_two_commits_are_one_row(store: PostgresStore, panel: Panel) -> None:
    call = a_call()
    store.calls.save(call)
    store.calls.save(call._replace(state="ringing", ringing_at=START + 1))
    assert store.counts()["calls_waiting"] == 1
    await written(store)

    assert (await row(panel, call.id))["state"] == "ringing"


async def test_after_a_restart_the_end_is_written_with_nothing_but_the_id(store: PostgresStore, panel: Panel) -> None:
    call = a_call(state="answered", answered_at=START + 5, status_code=200)
    store.calls.save(call)
    await written(store)

    store.calls.end(call.id, START + 60, "callee", reason="Normal", cause=16)
    store.calls.end(uuid4(), START + 60, "callee")
    await written(store)

    record = await row(panel, call.id)
    assert (record["state"], record["ended_by"], record["reason"], record["cause"]) == ("ended", "callee", "Normal", 16)
    assert (record["status_code"], record["answer"], record["end"]) == (200, START + 5, START + 60)
    assert await panel.fetchval("SELECT count(*) FROM edge_call") == 1


async def test_what_ended_stays_as_it_ended(store: PostgresStore, panel: Panel) -> None:
    call = a_call(state="ended", ended_at=START + 10, ended_by="sweeper")
    store.calls.save(call)
    await written(store)

    store.calls.save(call._replace(state="answered", ended_at=None, ended_by=""))
    await written(store)
    store.calls.end(call.id, START + 99, "caller")
    await written(store)

    record = await row(panel, call.id)
    assert (record["state"], record["ended_by"], record["end"]) == ("ended", "sweeper", START + 10)


async def test_an_end_is_never_before_the_beginning(store: PostgresStore, panel: Panel) -> None:
    call = a_call(state="answered", answered_at=START + 5)
    store.calls.save(call)
    await written(store)

    store.calls.end(call.id, START - 3600, "caller")
    await written(store)

    assert (await row(panel, call.id))["end"] == START + 5


async def test_one_bad_record_spoils_no_other(store: PostgresStore, panel: Panel) -> None:
    good = [a_call() for _ in range(5)]
    for call in (*good[:2], a_call(direction="sideways" * 40), a_call(cause=10**9), *good[2:]):
        store.calls.save(call)
    await written(store)

    assert await panel.fetchval("SELECT count(*) FROM edge_call") == 5
    assert store.counts()["calls_lost"] == 2


async def test_text_from_the_wire_is_made_storable(store: PostgresStore, panel: Panel) -> None:
    call = a_call(from_tag="\udcff", caller="sip:nul\0@example.org", to_tag="ü")
    store.calls.save(call)
    await written(store)

    record = await row(panel, call.id)
    assert (record["from_tag"], record["caller"], record["to_tag"]) == ("�", "sip:nul@example.org", "ü")


async def test_no_text_can_be_taken_for_two_or_for_none(store: PostgresStore, panel: Panel) -> None:
    calls = [a_call(from_tag="a\x1fb", caller=""), a_call(from_tag="", caller="sip:c@example.org")]
    for call in calls:
        store.calls.save(call)
    await written(store)
    alone = a_call(from_tag="")
    store.calls.save(alone)
    await written(store)

    found = [await row(panel, call.id) for call in (*calls, alone)]
    assert [record["from_tag"] for record in found] == ["ab", "", ""]
    assert [record["caller"] for record in found] == ["", "sip:c@example.org", "sip:alice@example.org"]


async def test_states_that_come_soon_after_each_other_are_written_once(store: PostgresStore, panel: Panel) -> None:
    call = a_call()
    store.calls.save(call)
    await store._commit()  # for a registration
    assert store.counts()["calls_waiting"] == 1
    store.calls.save(call._replace(state="ringing", ringing_at=START + 1))
    await written(store)

    assert (await row(panel, call.id))["state"] == "ringing"


async def test_records_wait_while_postgresql_is_away(store: PostgresStore, panel: Panel) -> None:
    call = a_call()
    await panel.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'freiton-edge' AND datname = current_database()"
    )
    await eventually(lambda: not store.is_available)
    store.calls.save(call)
    store.calls.save(call._replace(state="answered", answered_at=START + 5))
    store.calls.end(call.id, START + 60, "caller")

    await eventually(lambda: store.counts()["calls_waiting"] == 0, within=5)
    await written(store)

    record = await row(panel, call.id)
    assert (record["state"], record["answer"], record["end"]) == ("ended", START + 5, START + 60)


def test_beyond_the_bound_the_oldest_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls_module, "MAX_WAITING", 3)
    requests: list[int] = []
    calls = CallWriter(lambda: requests.append(1), unread)

    for _ in range(5):
        calls.save(a_call())

    assert (len(calls), calls.lost, len(requests)) == (3, 2, 5)


def test_an_end_completes_what_waits_and_is_final() -> None:
    calls = CallWriter(lambda: None, unread)
    call = a_call(status_code=200)
    calls.save(call)
    calls.end(call.id, START - 10, "caller", cause=16)
    calls.save(call._replace(state="answered"))
    calls.end(call.id, START + 99, "callee")

    (waiting,) = calls._waiting.values()

    assert waiting == call._replace(state="ended", ended_at=START, ended_by="caller", cause=16)


def test_a_lone_end_stays_although_a_state_comes_late() -> None:
    calls = CallWriter(lambda: None, unread)
    call = a_call()
    calls.end(call.id, START + 5, "caller")
    calls.save(call)

    (waiting,) = calls._waiting.values()

    assert waiting.ended_at == START + 5


async def test_what_a_call_was_decided_by_and_tried_is_kept(store: PostgresStore, panel: Panel) -> None:
    steps = '[["caller","{0} calls",["\\udcff\\u0000x\\\\u0000"]]]'
    plain = a_call()
    call = a_call(steps=steps, attempts='[[3,"Gate 3",503,1.5,"Busy"]]', dialog='{"a":1}', session_expires_at=START + 1)
    for one in (plain, call):
        store.calls.save(one)
    await written(store)

    record, nothing = await row(panel, call.id), await row(panel, plain.id)
    assert json.loads(record["steps"]) == [["caller", "{0} calls", ["�x\\u0000"]]]
    assert json.loads(record["attempts"]) == [[3, "Gate 3", 503, 1.5, "Busy"]]
    assert (json.loads(record["dialog"]), record["session_expires_at"].timestamp()) == ({"a": 1}, START + 1)
    columns = ("parent_id", "steps", "attempts", "dialog", "session_expires_at")
    assert [nothing[column] for column in columns] == [None] * 5


async def test_a_forwarding_ends_with_its_call(store: PostgresStore, panel: Panel) -> None:
    call = a_call(state="answered", answered_at=START + 5)
    leg = a_call(UUID(int=call.id.int + 1), parent_id=call.id, state="answered", answered_at=START + 6)
    over = a_call(UUID(int=call.id.int + 2), parent_id=call.id, state="ended", ended_at=START + 4, status_code=486)
    other = a_call(state="answered", answered_at=START + 5)
    for one in (call, over, other):
        store.calls.save(one)
    await written(store)
    store.calls.save(leg)
    store.calls.end(call.id, START + 60, "caller", cause=16)
    await written(store)

    found = [await row(panel, one.id) for one in (call, leg, over, other)]
    assert [record["state"] for record in found] == ["ended", "ended", "ended", "answered"]
    assert (found[1]["end"], found[1]["ended_by"], found[1]["cause"]) == (START + 60, "caller", 16)
    assert (found[2]["end"], found[2]["ended_by"]) == (START + 4, "")


async def test_a_call_that_ends_before_it_was_written_takes_its_forwardings_along(
    store: PostgresStore, panel: Panel
) -> None:
    call = a_call()
    leg = a_call(UUID(int=call.id.int + 1), parent_id=call.id)
    store.calls.save(call)
    store.calls.save(leg)
    store.calls.end(call.id, START + 60, "caller")
    await written(store)

    assert [(await row(panel, one.id))["end"] for one in (call, leg)] == [START + 60, START + 60]


async def test_legs_that_wait_behind_a_full_cycle_end_too(
    store: PostgresStore, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls_module, "MAX_ROWS", 1)
    call = a_call()
    leg = a_call(UUID(int=call.id.int + 1), parent_id=call.id)
    store.calls.save(call)
    store.calls.save(leg)
    store.calls.end(call.id, START + 60, "caller")
    await written(store)

    assert [(await row(panel, one.id))["state"] for one in (call, leg)] == ["ended", "ended"]


async def test_a_refreshed_session_changes_the_row(store: PostgresStore, panel: Panel) -> None:
    call = a_call(state="answered", answered_at=START, dialog='{"a":1,"b":2}', session_expires_at=START + 1800)
    store.calls.save(call)
    await written(store)
    store.calls.refresh(call.id, START + 2700)
    store.calls.refresh(call.id, START + 2800, '{"b":3}')
    await written(store)
    record = await row(panel, call.id)
    assert (record["session_expires_at"].timestamp(), json.loads(record["dialog"])) == (START + 2800, {"a": 1, "b": 3})

    store.calls.refresh(call.id, None)
    await written(store)
    assert (await row(panel, call.id))["session_expires_at"] is None

    store.calls.refresh(call.id, START + 9000)
    store.calls.end(call.id, START + 3000, "caller")
    store.calls.refresh(call.id, START + 9000)
    await written(store)
    record = await row(panel, call.id)
    assert (record["state"], record["session_expires_at"], record["end"]) == ("ended", None, START + 3000)


async def test_a_refresh_joins_the_record_that_waits(store: PostgresStore, panel: Panel) -> None:
    call = a_call(state="answered", answered_at=START, dialog='{"a":1}')
    store.calls.save(call)
    store.calls.refresh(call.id, START + 100, '{"a":2}')
    assert store.counts()["calls_waiting"] == 1
    await written(store)
    record = await row(panel, call.id)
    assert (json.loads(record["dialog"]), record["session_expires_at"].timestamp()) == ({"a": 2}, START + 100)


async def test_a_call_that_stands_is_known_by_its_row_and_before_it_has_one(store: PostgresStore) -> None:
    call = a_call(state="answered", answered_at=START, dialog='{"a": 1}')
    store.calls.save(call)
    before = await asyncio.wait_for(_value(store.calls.standing(call.id, "edge1")), 5)
    await written(store)
    assert before == CallDialog(call.id, call.sip_call_id, '{"a": 1}')
    assert await asyncio.wait_for(_value(store.calls.standing(call.id, "edge1")), 5) == before
    assert await asyncio.wait_for(_value(store.calls.standing(call.id, "edge2")), 5) is None

    store.calls.end(call.id, START + 60, "caller")
    assert await asyncio.wait_for(_value(store.calls.standing(call.id, "edge1")), 5) is None
    await written(store)
    assert await asyncio.wait_for(_value(store.calls.standing(call.id, "edge1")), 5) is None


async def test_what_a_call_can_be_ended_with_is_known_at_every_moment(store: PostgresStore, panel: Panel) -> None:
    call = a_call(edge="edge2", state="answered", answered_at=START, dialog='{"a": 1}')
    known = CallDialog(call.id, call.sip_call_id, '{"a": 1}')
    store.calls.save(call)
    asked = 0
    while not await panel.fetch("SELECT FROM calls_call WHERE id = $1", call.id):
        assert await asyncio.wait_for(_value(store.calls.dialog(call.id)), 5) == known
        asked += 1
    assert asked > 1
    assert await asyncio.wait_for(_value(store.calls.dialog(call.id)), 5) == known
    store.calls.end(call.id, START + 60, "caller")
    assert await asyncio.wait_for(_value(store.calls.dialog(call.id)), 5) == known
    await written(store)
    assert await asyncio.wait_for(_value(store.calls.dialog(call.id)), 5) == known
    assert await asyncio.wait_for(_value(store.calls.dialog(uuid4())), 5) is None


async def _value(waiting: Waiting[CallDialog | None]) -> CallDialog | None:
    done = asyncio.Event()
    waiting.add_wake_up(done.set)
    await done.wait()
    return waiting.result()
