"""Keep-alive OPTIONS to phones behind NAT."""

from collections import Counter

import pytest

from sipedge.handlers.pings import BRANCH
from sipedge.sip.flow import parse_flow
from sipedge.sip.message import make_response, parse, serialise
from tests.sipedge.handlers.world import World
from tests.sipedge.routing.network import ALICE, binding

INTERVAL = 30


@pytest.fixture
def world():
    return World(nat_ping=INTERVAL)


def behind_nat(number, **fields):
    known = binding(f"sip:phone@10.0.0.2:{number}", flow=f"udp:203.0.113.1:{number}")
    return known._replace(**{"edge": "edge1", **fields})


def put(world, count, first=1024):
    for number in range(count):
        world.store.bindings.put(1000 + number, behind_nat(first + number))


def pinged(world):
    sent = [(parse(data), flow) for data, flow in world.wire]
    world.wire.clear()
    return [(message, flow) for message, flow in sent if message.method == "OPTIONS"]


def test_off_by_default():
    world = World()
    put(world, 3)
    world.pass_time(120, 1)
    assert pinged(world) == []


def test_each_phone_behind_nat_gets_one_in_each_round(world):
    put(world, 40)
    world.pass_time(INTERVAL * 3 - 1)

    ports = Counter(flow.port for _, flow in pinged(world))

    assert set(ports) == set(range(1024, 1064))
    assert set(ports.values()) == {3}


def test_the_request_is_one_that_phones_answer(world):
    world.store.bindings.put(ALICE.id, behind_nat(1024, contact="sip:alice@10.0.0.2:5060;x=y?Subject=z"))
    world.pass_time(1)

    ((request, flow),) = pinged(world)

    assert flow == parse_flow("udp:203.0.113.1:1024")
    assert request.request_uri == "sip:alice@10.0.0.2:5060;x=y"
    assert (request.top_via.sent_by, request.top_via.transport) == ("192.0.2.1:5060", "UDP")
    assert request.top_via.branch.startswith(BRANCH)
    assert request.get("To") == "<sip:alice@10.0.0.2:5060;x=y>"
    assert (request.from_.uri.host, request.cseq.number, request.max_forwards) == ("192.0.2.1", 1, 70)
    assert request.from_tag


def test_who_needs_none_gets_none(world):
    world.store.bindings.put(
        ALICE.id,
        behind_nat(1, flow=None),
        behind_nat(2, flow="tcp:203.0.113.1:2"),
        behind_nat(3, flow="ws:203.0.113.1:3#7"),
        behind_nat(4, edge="another edge"),
        behind_nat(5, expires_at=world.wall - 1),
    )
    world.pass_time(INTERVAL * 2)
    assert pinged(world) == []


def test_from_the_second_round_on_they_are_spread_over_the_interval(world):
    put(world, 600)
    world.pass_time(INTERVAL + 5)
    world.wire.clear()

    seconds = []
    for _ in range(20):
        world.pass_time(1)
        seconds.append(len(pinged(world)))

    assert max(seconds) <= 25  # 600 in 30 s are 20 a second
    assert sum(seconds) >= 380


def test_the_first_round_is_bounded_too(world):
    put(world, 2000)
    world.pass_time(1, 0.02)
    assert 0 < len(pinged(world)) <= 600


def test_any_answer_is_counted_and_dropped_and_no_answer_changes_nothing(world):
    put(world, 2)
    before = world.store.bindings.get(1000), world.store.bindings.get(1001)
    world.pass_time(1)
    (request, flow), _ = pinged(world)

    world.engine.receive(serialise(make_response(request, 481, to_tag="t")), flow)
    world.pass_time(60, 1)

    assert world.engine.counts()["nat_pings_answered"] == 1
    assert world.engine.counts()["nat_pings_sent"] >= 4
    assert (world.store.bindings.get(1000), world.store.bindings.get(1001)) == before


def test_other_stray_responses_are_not_taken_for_answers(world):
    put(world, 1)
    world.pass_time(1)
    ((request, flow),) = pinged(world)
    request.replace_first_value("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKother")

    world.engine.receive(serialise(make_response(request, 200, to_tag="t")), flow)

    assert world.engine.counts()["nat_pings_answered"] == 0


def test_without_the_database_it_waits_and_goes_on(world):
    put(world, 3)
    world.store.set_available(False)
    world.pass_time(20, 1)
    assert pinged(world) == []

    world.store.set_available(True)
    world.pass_time(8, 1)

    assert len(pinged(world)) == 3


def test_an_edge_that_stops_pings_nobody(world):
    put(world, 3)
    world.engine.drain()
    world.pass_time(INTERVAL, 1)
    assert pinged(world) == []


def test_all_pages_are_walked_through(world, monkeypatch):
    monkeypatch.setattr("sipedge.store.memory.PAGE", 7)
    put(world, 50)
    world.pass_time(INTERVAL - 1)
    assert len({flow.port for _, flow in pinged(world)}) == 50
