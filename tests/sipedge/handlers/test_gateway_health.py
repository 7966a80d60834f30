"""Gateways that are asked whether they are up."""

import logging
from dataclasses import replace
from itertools import pairwise

import pytest

from sipedge.handlers.gateway_health import FIRST_WITHIN, PATIENCE
from sipedge.sip.flow import Flow
from sipedge.sip.message import make_response
from sipedge.trunks.health import DOWN, SUSPECTED
from tests.sipedge.handlers.names import Names
from tests.sipedge.routing.network import PSTN, SPARE

INTERVAL = 30
PROBED = replace(PSTN, probe_interval=INTERVAL)


@pytest.fixture
def far(world):
    return world.phone(PSTN.host)


@pytest.fixture
def health(world):
    return world.engine.services.gateway_health


def wait_for(world, phone, seconds):
    """The next OPTIONS to a phone, and when it came; None: none came in so many seconds."""
    began = world.now
    while world.now < began + seconds:
        found = phone.received()
        if found:
            return found[0]
        world.pass_time(0.1)
    return None


def bring_down(world, far):
    for _ in range(2):
        assert wait_for(world, far, INTERVAL * 1.2)
        world.pass_time(PATIENCE + 0.1)
        far.received()


def test_nothing_is_done_where_nobody_wants_it(world, far, health):
    world.pass_time(120, 1)
    assert far.received() == []
    assert world.engine.counts()["gateways_probed"] == 0
    assert health.is_up(PSTN.id)
    assert health.is_up(4711)


def test_it_is_asked_once_in_each_interval(world, far, health):
    world.store.gateways.put(PROBED)
    times = []
    for _ in range(4):
        request = wait_for(world, far, INTERVAL * 1.2)
        assert (request.method, request.request_uri) == ("OPTIONS", "sip:198.51.100.2:5060")
        times.append(world.now)
        far.send(make_response(request, 200, to_tag="t"))
    assert times[0] <= 1000 + FIRST_WITHIN + 0.2
    assert all(0.89 * INTERVAL < later - sooner < 1.11 * INTERVAL for sooner, later in pairwise(times))
    assert health.is_up(PSTN.id)
    assert world.engine.counts()["gateway_probes_sent"] == 4


def test_two_silences_in_a_row_and_it_is_down_until_it_answers(world, far, health, caplog):
    caplog.set_level(logging.INFO, "sipedge")
    world.store.gateways.put(PROBED)
    assert wait_for(world, far, 6)
    world.pass_time(PATIENCE + 0.1)
    far.received()
    assert health.is_up(PSTN.id)
    began = world.now
    assert wait_for(world, far, 3)
    assert world.now - began < SUSPECTED + 0.3
    world.pass_time(PATIENCE + 0.1)
    assert not health.is_up(PSTN.id)
    assert world.engine.counts()["gateways_down"] == 1
    far.received()
    began = world.now
    request = wait_for(world, far, INTERVAL)
    assert world.now - began < DOWN + 0.3
    far.send(make_response(request, 404, to_tag="t"))
    assert health.is_up(PSTN.id)
    told = [record.getMessage() for record in caplog.records]
    assert told == ["= gateway PSTN is down: no answer", "= gateway PSTN is up: 404"]


def test_one_that_says_that_it_is_out_of_service(world, far, health):
    world.store.gateways.put(PROBED)
    for _ in range(2):
        far.send(make_response(wait_for(world, far, INTERVAL * 1.2), 503, to_tag="t"))
    assert not health.is_up(PSTN.id)


def test_one_that_cannot_be_reached(world, far, health):
    world.store.gateways.put(PROBED)
    for _ in range(2):
        request = wait_for(world, far, INTERVAL * 1.2)
        world.engine.flow_failed(far.flow, "connection refused")
        assert request
    assert not health.is_up(PSTN.id)


def test_one_server_of_several_that_answers_is_enough(world, health):
    names = Names(world)
    first, second = (Flow("udp", f"198.51.100.{n}", 5060) for n in (21, 22))
    names.know("sbc.carrier.example", first, second)
    world.store.gateways.put(replace(PROBED, host="sbc.carrier.example", port=None))
    dead, alive = world.phone(first.host), world.phone(second.host)
    for _ in range(3):
        request = wait_for(world, alive, INTERVAL * 1.2)
        assert dead.received()[0].request_uri == request.request_uri == "sip:sbc.carrier.example"
        alive.send(make_response(request, 200, to_tag="t"))
        world.pass_time(PATIENCE + 0.1)
        dead.received()
    assert [str(uri) for uri in names.uris][-1] == "sip:sbc.carrier.example;transport=udp"
    assert health.is_up(PSTN.id)
    assert world.engine.services.peers.in_order([first, second]) == [second, first]


def test_a_name_that_leads_nowhere_is_down(world, health):
    names = Names(world)
    names.know_nothing("sbc.carrier.example")
    world.store.gateways.put(replace(PROBED, host="sbc.carrier.example", port=None))
    world.pass_time(FIRST_WITHIN + SUSPECTED + 1)
    assert not health.is_up(PSTN.id)


def test_by_its_outbound_proxy_and_transport(world, health):
    proxy = world.phone("198.51.100.40", 5080, "tcp")
    world.store.gateways.put(replace(PROBED, transport="tcp", outbound_proxy="198.51.100.40:5080"))
    request = wait_for(world, proxy, 6)
    assert request.get("Route") == "<sip:198.51.100.40:5080;transport=tcp;lr>"
    assert (request.top_via.transport, request.request_uri) == ("TCP", "sip:198.51.100.2:5060;transport=tcp")


def test_nothing_is_sent_to_the_edge_itself(world, far, health):
    world.store.gateways.put(replace(PROBED, host="192.0.2.1"))
    world.pass_time(FIRST_WITHIN + SUSPECTED + 1)
    assert world.wire == []
    assert not health.is_up(PSTN.id)


def test_changes_in_the_panel_are_followed(world, far, health):
    world.store.gateways.put(PROBED)
    bring_down(world, far)
    assert not health.is_up(PSTN.id)
    world.store.gateways.put(replace(PROBED, name="Another name"))
    world.pass_time(0.1)
    assert not health.is_up(PSTN.id)
    world.store.gateways.put(replace(PROBED, host="198.51.100.77"))
    world.pass_time(0.1)
    assert health.is_up(PSTN.id)  # nothing is known of that one
    elsewhere = world.phone("198.51.100.77")
    assert wait_for(world, elsewhere, 6)
    for gone in (replace(PROBED, probe_interval=0), replace(PROBED, is_active=False)):
        world.store.gateways.put(gone)
        world.pass_time(INTERVAL * 2, 1)
        assert (elsewhere.received()[4:], far.received()) == ([], [])
        assert world.engine.counts()["gateways_probed"] == 0
    world.store.gateways.remove(PSTN.id)
    world.pass_time(1)
    assert health.is_up(PSTN.id)


def test_a_shorter_interval_does_not_wait_for_the_end_of_a_longer_one(world, far):
    world.store.gateways.put(replace(PROBED, probe_interval=3600))
    far.send(make_response(wait_for(world, far, 6), 200, to_tag="t"))
    world.pass_time(10, 1)
    world.store.gateways.put(replace(PROBED, probe_interval=10))
    assert wait_for(world, far, 11)


def test_an_answer_of_before_a_change_says_nothing(world, far, health):
    world.store.gateways.put(PROBED)
    request = wait_for(world, far, 6)
    world.store.gateways.put(replace(PROBED, host="198.51.100.77"))
    world.pass_time(0.1)
    far.send(make_response(request, 503, to_tag="t"))
    world.store.gateways.put(replace(PROBED, is_active=False))
    world.pass_time(60, 1)
    assert health.is_up(PSTN.id)
    assert world.telemetry.exceptions == 0


def test_a_call_that_hears_nothing_has_it_looked_at_at_once(world, far, health):
    world.store.gateways.put(PROBED)
    far.send(make_response(wait_for(world, far, 6), 200, to_tag="t"))
    world.pass_time(5)
    health.suspect(PSTN.id)
    health.suspect(SPARE.id)
    assert wait_for(world, far, 0.5)
    health.suspect(PSTN.id)
    world.pass_time(0.2)
    assert far.received() == []


def test_many_gateways_are_spread_over_their_interval(world, health):
    for number in range(100):
        world.store.gateways.put(replace(PROBED, id=100 + number, host=f"198.51.100.{100 + number}"))
    asked, seconds = set(), []
    for _ in range(6):
        world.pass_time(1)
        seconds.append(len({flow for _, flow in world.wire} - asked))
        asked |= {flow for _, flow in world.wire}
    assert max(seconds) < 40
    assert len(asked) == 100


def test_an_edge_that_stops_asks_nobody(world, far):
    world.store.gateways.put(PROBED)
    world.engine.drain()
    world.pass_time(60, 1)
    assert far.received() == []


def test_what_is_known_is_told_to_the_panel(world, far):
    world.store.gateways.put(PROBED)
    far.send(make_response(wait_for(world, far, 6), 200, to_tag="t"))
    record = world.store.gateway_states.records[PSTN.id, "edge1"]
    assert (record.is_up, record.last_status, record.last_error) == (True, 200, "")
    assert record.round_trip_ms is not None
    world.store.gateways.put(PSTN)
    world.pass_time(0.1)
    assert world.store.gateway_states.records[PSTN.id, "edge1"].is_up is None


def test_a_call_that_times_out_has_its_gateway_looked_at_at_once(world, far):
    world.store.gateways.put(PROBED)
    far.send(make_response(wait_for(world, far, 6), 200, to_tag="t"))
    world.pass_time(5)
    alice = world.phone("192.0.2.60")
    call = alice.request("INVITE", "sip:+33123456@north.example", sender="sip:alice@north.example")
    alice.ask_as("alice", call, status=407)
    began = world.now
    while "OPTIONS" not in [message.method for message in far.received()]:
        world.pass_time(0.1)
        assert world.now < began + PATIENCE + 0.5
    assert world.now - began > PATIENCE - 0.2
