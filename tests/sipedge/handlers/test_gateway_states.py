"""What is told of gateways, and how often."""

from sipedge.facts import GatewayStateRecord
from sipedge.handlers.gateway_states import SAVE_EVERY
from sipedge.trunks.health import Health

KEY = (7, "edge1")


def told(world):
    """What was told since the last time, None: nothing."""
    return world.store.gateway_states.records.pop(KEY, None)


def looked(world, health, status_code, seconds=None, error=""):
    health.note(world.wall, status_code, seconds, error)
    world.engine.services.gateway_states.probed(7, health)
    return told(world)


def test_the_first_look_and_every_change_are_told_at_once(world):
    health, began = Health(), world.wall
    record = looked(world, health, 200, 0.0123)
    assert record == GatewayStateRecord(7, "edge1", began, True, began, 200, "", 12, began)
    world.pass_time(5)
    assert looked(world, health, None, error="no answer").last_error == "no answer"
    world.pass_time(2)
    record = looked(world, health, None, error="no answer")
    assert (record.is_up, record.since, record.last_status, record.round_trip_ms) == (False, world.wall, None, 12)
    world.pass_time(1)
    assert looked(world, health, 404, 0.5).is_up


def test_what_has_not_changed_is_told_now_and_then(world):
    health = Health()
    looked(world, health, 200, 0.01)
    seconds = []
    for _ in range(20):
        world.pass_time(5)
        if (record := looked(world, health, 200, 0.01)) is not None:
            assert record.checked_at == record.saved_at == world.wall
            seconds.append(round(world.now - 1000))
    assert [second // 30 for second in seconds] == [1, 2, 3]
    assert SAVE_EVERY == 30


def test_probes_and_registrations_leave_each_others_part_alone(world):
    states, health = world.engine.services.gateway_states, Health()
    looked(world, health, 200, 0.01)
    states.registered(7, world.wall + 3600, 200, "")
    record = told(world)
    assert (record.is_up, record.registered_until, record.registration_status) == (True, world.wall + 3600, 200)
    states.not_probed(7)
    record = told(world)
    assert (record.is_up, record.since, record.checked_at) == (None, None, None)
    assert record.registration_status == 200
    states.registered(7, None, None, "")
    assert told(world) == GatewayStateRecord(7, "edge1", world.wall)
    states.not_probed(7)
    assert told(world) is None


def test_nothing_is_kept_of_a_gateway_that_nothing_is_known_of(world):
    states = world.engine.services.gateway_states
    states.registered(7, None, 403, "403 Forbidden")
    states.registered(7, None, None, "")
    assert states._records == states._told_at == {}
