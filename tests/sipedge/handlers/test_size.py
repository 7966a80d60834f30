"""RFC 3261 §18.1.1: large requests, to everybody who may be reached by TCP."""

import pytest

from sipedge.handlers.branches import PATIENCE
from sipedge.handlers.peers import REFUSES_TCP_SECONDS
from sipedge.handlers.size import LARGE, tcp_instead
from sipedge.sip.flow import Flow
from sipedge.sip.message import serialise
from tests.sipedge.handlers.names import Names
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import BOB, binding

HERE = "192.0.2.70"


def call_bob(world, *bindings, size=2_000, gateway=None):
    world.store.bindings.put(BOB.id, *bindings)
    gateway = gateway or world.phone(GATEWAY, 5090)
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:x@y", body=b"v" * size))
    return gateway


@pytest.mark.parametrize(
    ("flow", "size", "switched"),
    [
        (Flow("udp", HERE, 5060), LARGE, False),
        (Flow("udp", HERE, 5060), LARGE + 1, True),
        (Flow("tcp", HERE, 5060), LARGE + 1, False),
        (Flow("udp", "2001:db8::1", 5060), LARGE + 1, False),  # no TCP listener there
    ],
)
def test_which_flow_takes_how_much(world, flow, size, switched):
    found = tcp_instead(world.engine.services, flow, size)
    assert found == (flow._replace(transport="tcp") if switched else None)


def test_a_large_request_goes_by_tcp_and_says_so(world):
    call_bob(world, binding("sip:bob@192.0.2.70:5066"))
    (invite,) = world.phone(HERE, 5066, "tcp").received()
    assert invite.top_via.transport == "TCP"
    assert "transport=tcp" in invite.get_all("Record-Route")[0]
    assert len(serialise(invite)) > LARGE
    assert world.phone(HERE, 5066).received() == []


def test_a_small_one_goes_by_udp(world):
    call_bob(world, binding("sip:bob@192.0.2.70"), size=10)
    assert [m.method for m in world.phone(HERE).received()] == ["INVITE"]


def test_a_phone_that_is_reached_by_its_udp_flow_gets_it_there(world):
    call_bob(world, binding("sip:bob@10.0.0.1", flow="udp:192.0.2.70:4000"))
    assert [m.method for m in world.phone(HERE, 4000).received()] == ["INVITE"]
    assert world.phone(HERE, 4000, "tcp").received() == []


def test_back_to_udp_when_tcp_is_refused_and_not_tried_again(world):
    gateway = call_bob(world, binding("sip:bob@192.0.2.70"))
    (by_tcp,) = world.phone(HERE, 5060, "tcp").received()
    world.engine.flow_failed(Flow("tcp", HERE, 5060), "Connection refused")
    phone = world.phone(HERE)
    (by_udp,) = phone.received()
    assert by_udp.top_via.transport == "UDP"
    assert by_udp.top_via.branch != by_tcp.top_via.branch
    phone.answer(by_udp, 486)
    assert [m.status_code for m in gateway.received() if m.status_code > 100] == [486]
    call_bob(world, binding("sip:bob@192.0.2.70"), gateway=gateway)
    assert world.phone(HERE, 5060, "tcp").received() == []
    assert [m.method for m in phone.received()][-1] == "INVITE"
    world.pass_time(REFUSES_TCP_SECONDS, step=10)
    phone.received()
    call_bob(world, binding("sip:bob@192.0.2.70"), gateway=gateway)
    assert [m.method for m in world.phone(HERE, 5060, "tcp").received()] == ["INVITE"]


def test_back_to_udp_when_nothing_comes_of_tcp(world):
    call_bob(world, binding("sip:bob@192.0.2.70"))
    world.pass_time(PATIENCE + 0.2)
    assert [m.method for m in world.phone(HERE).received()] == ["INVITE"]


def test_tcp_stays_when_it_is_answered(world):
    gateway = call_bob(world, binding("sip:bob@192.0.2.70"))
    phone = world.phone(HERE, 5060, "tcp")
    (invite,) = phone.received()
    phone.answer(invite, 100)
    world.pass_time(PATIENCE + 1)
    phone.answer(invite, 503)
    assert [m.status_code for m in gateway.received() if m.status_code > 100] == [500]
    assert world.phone(HERE).received() == []


def test_each_destination_of_a_name_is_asked_by_itself(world):
    names = Names(world)
    call_bob(world, binding("sip:bob@phone.example"))
    names.know("phone.example", Flow("udp", "192.0.2.71", 5060), Flow("udp", "192.0.2.72", 5060))
    world.engine.flow_failed(Flow("tcp", "192.0.2.71", 5060), "Connection refused")
    world.engine.flow_failed(Flow("udp", "192.0.2.71", 5060), "unreachable")
    assert [m.method for m in world.phone("192.0.2.72", 5060, "tcp").received()] == ["INVITE"]


@pytest.mark.parametrize("method", ["MESSAGE", "OPTIONS"])
def test_other_requests_too(world, method):
    world.store.bindings.put(BOB.id, binding("sip:bob@192.0.2.70"))
    gateway = world.phone(GATEWAY, 5090)
    gateway.send(gateway.request(method, "sip:+4311002@north.example", sender="sip:x@y", body=b"v" * 2_000))
    (request,) = world.phone(HERE, 5060, "tcp").received()
    world.engine.flow_failed(Flow("tcp", HERE, 5060), "Connection refused")
    phone = world.phone(HERE)
    phone.answer(phone.received()[0], 200)
    assert [m.status_code for m in gateway.received()] == [200]
    assert request.method == method
