"""Function calls of a piece of work: exact, and the same each time."""

from bench.profile import counts


def test_a_registration_passes_the_rooms_that_it_should() -> None:
    found = counts.of_registrations()
    assert {"engine", "auth/nonce", "auth/digest", "transaction/layer"} <= set(found.by_room)
    assert 50 < found.total < 3000
    assert found.total == sum(found.by_room.values())


def test_a_call_costs_more_and_is_forwarded() -> None:
    found = counts.of_calls()
    assert {"handlers/forwarding", "proxy/forward", "dialog/call"} <= set(found.by_room)
    assert found.total > counts.of_registrations().total
