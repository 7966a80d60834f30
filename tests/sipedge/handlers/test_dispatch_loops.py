"""Loops, spirals and hops: RFC 3261 §16.3 steps 3 and 4, RFC 5393."""

import pytest

from sipedge.sip.message import Request
from tests.sipedge.handlers.mirror import EAR, Mirror
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import ALICE, BOB, binding


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE"])
def test_two_addresses_that_point_at_each_other_end_soon_in_482(world, method):
    world.store.bindings.put(ALICE.id, binding(f"sip:bob@{EAR}"))
    world.store.bindings.put(BOB.id, binding(f"sip:alice@{EAR}"))
    mirror = Mirror(world, {"bob": "bob", "alice": "alice"})
    mirror.call(method=method)
    assert mirror.finals == [482]
    assert mirror.requests <= 3
    assert all(record.ended_at is not None for record in world.calls)


def test_two_that_fork_at_each_other_make_no_storm(world):
    """The attack of RFC 5393 §3: each of two addresses forks to both. Unhindered it grows to 2^70 requests."""
    both = [binding(f"sip:bob{n}@{EAR}", key=f"b{n}") for n in (1, 2)]
    world.store.bindings.put(ALICE.id, *both)
    world.store.bindings.put(BOB.id, *[one._replace(contact=one.contact.replace("bob", "alice")) for one in both])
    instead = {"bob1": "bob", "bob2": "alice", "alice1": "bob", "alice2": "alice"}
    mirror = Mirror(world, instead)
    mirror.call()
    assert mirror.finals == [482]
    assert mirror.requests < 20


def test_a_spiral_is_no_loop(world):
    """To alice, who forwards to bob: the same request comes by twice, for two different addresses."""
    world.store.bindings.put(ALICE.id, binding(f"sip:alice@{EAR}"))
    world.store.bindings.put(BOB.id, binding("sip:bob@192.0.2.70"))
    mirror = Mirror(world, {"alice": "+4311002"})
    mirror.call("sip:+4311001@north.example")
    (invite,) = world.phone("192.0.2.70").received()
    assert isinstance(invite, Request)
    assert len(invite.vias) == 4
    assert mirror.finals == []


def test_a_looped_request_is_told_as_a_security_event(world):
    world.store.bindings.put(BOB.id, binding(f"sip:alice@{EAR}"))
    Mirror(world, {"alice": "+4311002"}).call()
    assert world.telemetry.security_log.counts["loop"] == 1


@pytest.mark.parametrize(
    ("hops", "onward"), [(None, "70"), ("1", "0"), ("70", "69"), ("255", "254"), ("256", "70"), ("9" * 40, "70")]
)
def test_how_many_hops_are_left(world, hops, onward):
    world.store.bindings.put(BOB.id, binding("sip:bob@192.0.2.70"))
    gateway = world.phone(GATEWAY, 5090)
    invite = gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example")
    invite.remove("Max-Forwards") if hops is None else invite.set("Max-Forwards", hops)
    gateway.ask(invite)
    assert world.phone("192.0.2.70").received()[0].get("Max-Forwards") == onward


def test_an_options_for_somebody_with_no_hops_left_is_483_and_for_us_200(world):
    world.store.bindings.put(BOB.id, binding("sip:bob@192.0.2.70"))
    gateway = world.phone(GATEWAY, 5090)
    for uri, status in (("sip:+4311002@north.example", 483), ("sip:north.example", 200)):
        options = gateway.request("OPTIONS", uri, sender="sip:+431999@pstn.example")
        options.set("Max-Forwards", "0")
        assert [m.status_code for m in gateway.ask(options)] == [status]
    assert world.wire == []


@pytest.mark.parametrize("value", ["-1", "many", ""])
def test_a_breadth_that_is_no_number_is_400(world, value):
    phone = world.phone("192.0.2.50")
    message = phone.request("INVITE", "sip:bob@north.example", sender="sip:alice@north.example")
    message.set("Max-Breadth", value)
    assert [m.status_code for m in phone.ask(message)] == [400]
