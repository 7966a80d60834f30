import pytest

from sipedge.handlers.thinking import think
from sipedge.routing.decide import CallQuery
from sipedge.routing.decision import ToSubscriber
from sipedge.sip.uri import parse_uri
from sipedge.store.interfaces import StoreUnavailable
from sipedge.store.waiting import start
from tests.sipedge.routing.network import ALICE, BOB, PSTN, binding


def begin(world, caller, uri):
    """Start to think; the outcome, or the error, comes into the list that is returned."""
    came = []

    async def run():
        query = CallQuery("INVITE", parse_uri(uri), parse_uri("sip:+431@pstn"), caller)
        came.append(await think(query, world.engine.services.network, world.engine.services))

    start(run(), came.append)
    return came


def test_what_is_in_memory_is_thought_at_once(world):
    world.store.bindings.put(BOB.id, binding("sip:b@192.0.2.1"))
    (decision,) = begin(world, ALICE, "sip:bob@north.example")
    assert isinstance(decision.outcome, ToSubscriber)


def test_each_missing_fact_is_waited_for(cold_world):
    cold_world.store.bindings.put(BOB.id, binding("sip:b@192.0.2.1"))
    came = begin(cold_world, PSTN, "sip:+4311002@north.example")
    asked = 0
    while not came:
        assert cold_world.store.settle() == 1
        asked += 1
    assert asked == 3  # the number, its subscriber, the bindings
    assert came[0].outcome.subscriber.id == BOB.id


@pytest.mark.parametrize("caller", [ALICE, PSTN])
def test_without_a_database_it_says_so(cold_world, caller):
    cold_world.store.set_available(False)
    (error,) = begin(cold_world, caller, "sip:+4311002@north.example")
    assert isinstance(error, StoreUnavailable)
