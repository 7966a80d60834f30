from dataclasses import replace
from uuid import UUID

from sipedge.facts import CallRecord
from sipedge.handlers.admission import admits
from sipedge.routing.decision import Attempt
from tests.sipedge.routing.network import PSTN


def stands(world, number):
    """Let so many calls stand by the gateway."""
    for n in range(number):
        world.store.calls.save(CallRecord(UUID(int=n + 1), "outbound", "trying", "c", "edge1", 1.0, gateway_out_id=1))


def test_channels(world):
    attempt = Attempt(replace(PSTN, max_calls=2), "+431")
    stands(world, 2)  # this very call is one of them
    assert admits(world.engine.services, attempt)
    stands(world, 3)
    assert not admits(world.engine.services, attempt)
    assert admits(world.engine.services, attempt._replace(is_emergency=True))


def test_calls_a_second(world):
    attempt = Attempt(replace(PSTN, max_calls_per_second=3), "+431")
    assert [admits(world.engine.services, attempt) for _ in range(4)] == [True, True, True, False]
    world.now += 1.0
    assert admits(world.engine.services, attempt)
