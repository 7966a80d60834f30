"""The destinations of one target, tried in turn (RFC 3263 §4.3)."""

import pytest

from sipedge.handlers.branches import NON_INVITE_PATIENCE, PATIENCE, SHORT_PATIENCE
from sipedge.handlers.peers import DOWN_SECONDS
from sipedge.proxy.response_context import CANCEL_PATIENCE
from sipedge.sip.flow import Flow
from sipedge.sip.message import make_cancel
from tests.sipedge.handlers.names import Names
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import BOB, binding

HOSTS = ("192.0.2.71", "192.0.2.72", "192.0.2.73")
FLOWS = tuple(Flow("udp", host, 5060) for host in HOSTS)


@pytest.fixture
def names(world):
    return Names(world)


@pytest.fixture
def servers(world):
    return [world.phone(host) for host in HOSTS]


@pytest.fixture
def gateway(world):
    return world.phone(GATEWAY, 5090)


def send(world, gateway, method="INVITE", contact="sip:bob@pool.example"):
    world.store.bindings.put(BOB.id, binding(contact))
    request = gateway.request(method, "sip:+4311002@north.example", sender="sip:x@y")
    gateway.ask(request)
    return request


def finals(gateway):
    return [m.status_code for m in gateway.received() if m.status_code >= 200 and m.cseq.method != "CANCEL"]


def methods(phone):
    return [m.method for m in phone.received()]


def test_the_next_one_when_the_transport_fails(world, names, servers, gateway):
    names.know("pool.example", *FLOWS[:2])
    send(world, gateway)
    (first,) = servers[0].received()
    world.engine.flow_failed(FLOWS[0], "no route to host")
    (second,) = servers[1].received()
    assert first.top_via.branch != second.top_via.branch
    assert (first.call_id, first.cseq, first.request_uri) == (second.call_id, second.cseq, second.request_uri)
    servers[1].answer(second, 200)
    assert finals(gateway) == [200]


def test_the_next_one_when_the_first_says_503(world, names, servers, gateway):
    names.know("pool.example", *FLOWS[:2])
    send(world, gateway)
    (invite,) = servers[0].received()
    servers[0].answer(invite, 100)
    servers[0].answer(invite, 503)
    assert methods(servers[0]) == ["ACK"]
    servers[1].answer(servers[1].received()[0], 200)
    assert finals(gateway) == [200]


@pytest.mark.parametrize("status", [404, 480, 486, 500, 504, 603])
def test_any_other_failure_is_the_answer(world, names, servers, gateway, status):
    names.know("pool.example", *FLOWS[:2])
    send(world, gateway)
    servers[0].answer(servers[0].received()[0], status)
    assert finals(gateway) == [status]
    assert servers[1].received() == []


def test_the_next_one_after_silence(world, names, servers, gateway):
    names.know("pool.example", *FLOWS)
    send(world, gateway)
    world.pass_time(PATIENCE - 0.2)
    assert servers[1].received() == []
    world.pass_time(0.4)
    assert methods(servers[1]) == ["INVITE"]
    world.pass_time(PATIENCE)
    assert methods(servers[2]) == ["INVITE"]


def test_none_after_a_provisional_other_than_100(world, names, servers, gateway):
    names.know("pool.example", *FLOWS[:2])
    send(world, gateway)
    (invite,) = servers[0].received()
    servers[0].answer(invite, 183)
    world.pass_time(PATIENCE + 1)
    servers[0].answer(invite, 503)
    assert finals(gateway) == [500]
    assert servers[1].received() == []


def test_none_for_silence_after_a_100(world, names, servers, gateway):
    names.know("pool.example", *FLOWS[:2])
    send(world, gateway)
    servers[0].answer(servers[0].received()[0], 100)
    world.pass_time(PATIENCE + 1)
    assert servers[1].received() == []


def test_when_all_have_failed_the_last_failure_counts(world, names, servers, gateway):
    names.know("pool.example", *FLOWS[:2])
    send(world, gateway)
    world.engine.flow_failed(FLOWS[0], "no route to host")
    servers[1].answer(servers[1].received()[0], 503)
    assert finals(gateway) == [500]


def test_the_last_one_has_all_the_time_there_is(world, names, servers, gateway):
    names.know("pool.example", *FLOWS[:2])
    send(world, gateway)
    world.pass_time(PATIENCE + 25, step=0.25)
    assert finals(gateway) == []
    servers[1].answer(servers[1].received()[0], 200)
    assert finals(gateway) == [200]


def test_who_speaks_when_the_next_one_was_tried_is_cancelled(world, names, servers, gateway):
    names.know("pool.example", *FLOWS[:2])
    send(world, gateway)
    world.pass_time(PATIENCE + 0.2)
    late = servers[0].received()[0]
    servers[0].answer(late, 180)
    (cancel,) = servers[0].received()
    assert (cancel.method, cancel.top_via.branch) == ("CANCEL", late.top_via.branch)
    servers[0].answer(late, 487)
    assert methods(servers[0]) == ["ACK"]
    servers[1].answer(servers[1].received()[0], 200)
    assert finals(gateway) == [200]


def test_who_answers_when_the_next_one_was_tried_has_the_call(world, names, servers, gateway):
    names.know("pool.example", *FLOWS[:2])
    send(world, gateway)
    world.pass_time(PATIENCE + 0.2)
    servers[1].answer(servers[1].received()[0], 180)
    servers[0].answer(servers[0].received()[0], 200)
    assert finals(gateway) == [200]
    assert methods(servers[1]) == ["CANCEL"]


def test_nothing_stays_of_who_rings_late_and_ignores_its_cancel(world, names, servers, gateway):
    names.know("pool.example", *FLOWS[:2])
    send(world, gateway)
    world.pass_time(PATIENCE + 0.2)
    servers[0].answer(servers[0].received()[0], 180)
    servers[1].answer(servers[1].received()[0], 200)
    world.pass_time(CANCEL_PATIENCE + 40, step=0.5)
    assert world.engine.counts()["transactions"] == 0
    assert world.engine.counts()["ringing_calls"] == 0


def test_a_cancel_stops_the_search(world, names, servers, gateway):
    names.know("pool.example", *FLOWS)
    invite = send(world, gateway)
    gateway.send(make_cancel(invite))
    assert finals(gateway) == [487]
    world.pass_time(40, step=0.25)
    assert servers[1].received() == []


def test_a_gateway_that_is_silent_at_all_its_addresses_leaves_time_for_the_next(world, names, servers, gateway):
    names.know("pool.example", *FLOWS[:2])
    world.store.bindings.put(BOB.id, binding("sip:bob@pool.example", q=1000), binding("sip:bob@192.0.2.73", q=1))
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:x@y"))
    world.pass_time(2 * PATIENCE + 0.4)
    assert methods(servers[2]) == ["INVITE"]


# The memory of who is down.


def test_who_was_silent_is_tried_last_by_the_next_call(world, names, servers, gateway):
    names.know("pool.example", *FLOWS[:2])
    send(world, gateway)
    world.pass_time(PATIENCE + 0.2)
    servers[1].answer(servers[1].received()[0], 486)
    assert servers[0].received()
    send(world, gateway)
    assert methods(servers[1])[-1] == "INVITE"
    assert servers[0].received() == []


def test_who_was_silent_alone_has_less_time_the_next_time(world, names, servers, gateway):
    names.know("pool.example", FLOWS[0])
    world.store.bindings.put(BOB.id, binding("sip:bob@pool.example", q=1000), binding("sip:bob@192.0.2.73", q=1))

    def seconds_until_the_second_rings():
        gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:x@y"))
        began = world.now
        while not (invites := servers[2].received()) and world.now < began + 40:
            world.pass_time(0.1)
        took = world.now - began
        servers[2].answer(invites[0], 486)
        servers[2].received()
        return took

    assert seconds_until_the_second_rings() == pytest.approx(PATIENCE, abs=0.3)
    assert seconds_until_the_second_rings() == pytest.approx(SHORT_PATIENCE, abs=0.3)
    world.pass_time(DOWN_SECONDS + 40, step=0.5)
    servers[2].received()
    assert seconds_until_the_second_rings() == pytest.approx(PATIENCE, abs=0.3)


# Other requests.


def test_a_message_goes_to_the_next_one_too_but_later(world, names, servers, gateway):
    names.know("pool.example", *FLOWS[:2])
    send(world, gateway, "MESSAGE")
    world.pass_time(NON_INVITE_PATIENCE - 0.2)
    assert servers[1].received() == []
    world.pass_time(0.4)
    (message,) = servers[1].received()
    servers[1].answer(message, 200)
    assert finals(gateway) == [200]
    servers[0].answer(servers[0].received()[0], 200)
    assert finals(gateway) == []


def test_a_request_in_a_dialog_goes_to_the_destinations_of_its_contact(world, names, servers, gateway):
    names.know("pool.example", *FLOWS[:2])
    world.store.bindings.put(BOB.id, binding("sip:bob@192.0.2.70"))
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:x@y"))
    bob = world.phone("192.0.2.70")
    (invite,) = bob.received()
    bob.answer(invite, 200, headers=[("Contact", "<sip:bob@pool.example>")])
    (ok,) = gateway.received()
    ok.set("Contact", "<sip:bob@pool.example>")
    gateway.ask(gateway.in_dialog("BYE", ok))
    assert methods(servers[0]) == ["BYE"]
    world.engine.flow_failed(FLOWS[0], "no route to host")
    servers[1].answer(servers[1].received()[0], 200)
    assert finals(gateway) == [200]


def test_code_that_breaks_on_one_branch_fails_that_branch(world, names, servers, gateway, monkeypatch):
    def broken(_uri):
        raise ZeroDivisionError

    monkeypatch.setattr(names, "locate", broken)
    world.store.bindings.put(BOB.id, binding("sip:bob@pool.example"), binding("sip:bob@192.0.2.71"))
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:x@y"))
    assert world.telemetry.exceptions == 1
    servers[0].answer(servers[0].received()[0], 200)
    assert finals(gateway) == [200]


def test_a_browser_that_is_gone_while_it_rings_leaves_the_call_to_the_others(world, gateway):
    world.store.bindings.put(
        BOB.id, binding("sip:bob@x.invalid", flow="ws:192.0.2.80:40000#7"), binding("sip:bob@192.0.2.71")
    )
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:x@y"))
    browser, phone = world.phone("192.0.2.80", 40000, "ws", connection=7), world.phone("192.0.2.71")
    browser.answer(browser.received()[0], 180)
    world.engine.flow_failed(browser.flow, "closed by the peer")
    phone.answer(phone.received()[0], 486)
    assert finals(gateway) == [486]
