"""The edge registers at a carrier."""

import logging
from dataclasses import replace
from itertools import pairwise

import pytest

from sipedge.facts import GatewayAccount, GatewayRegistration
from sipedge.handlers.gateway_registrations import FIRST_WITHIN, LEAVING_PATIENCE, PATIENCE
from sipedge.sip.flow import Flow
from sipedge.sip.message import make_response
from sipedge.trunks.registration import BASE, LONGEST
from tests.sipedge.handlers.names import Names
from tests.sipedge.routing.network import PSTN
from tests.sipedge.trunks.carrier import ACCOUNT, asking, given

PLAN = GatewayRegistration("", "sip:431234@carrier.example", "freiton", 600)
WANTED = replace(PSTN, registration=PLAN, outbound=ACCOUNT)


@pytest.fixture
def carrier(world):
    return world.phone(PSTN.host)


def wait_for(world, phone, seconds=FIRST_WITHIN + 0.2):
    """The next REGISTER to a phone; None: none came in so many seconds."""
    until = world.now + seconds
    while world.now < until:
        found = [message for message in phone.received() if message.method == "REGISTER"]
        if found:
            return found[-1]
        world.pass_time(0.1)
    return None


def say(phone, request, status_code, *headers):
    phone.send(make_response(request, status_code, to_tag="reg", headers=headers))


def accept(phone, request, seconds=None):
    contact = request.get("Contact")
    if seconds is not None:
        contact = f"{contact.partition(';expires')[0]};expires={seconds}"
    say(phone, request, 200, ("Contact", contact))


def registered(world, carrier):
    """It registers, challenged once."""
    say(carrier, wait_for(world, carrier), 401, *asking(401))
    (request,) = carrier.received()
    accept(carrier, request)
    return request


def state(world):
    return world.store.gateway_states.records.get((PSTN.id, "edge1"))


def registrations(world):
    return world.engine.counts()["gateway_registrations"]


def test_nobody_registers_where_nobody_wants_it(world, carrier):
    world.pass_time(60, 1)
    assert carrier.received() == []
    assert world.engine.counts()["gateway_registrations_wanted"] == 0


def test_it_registers_with_the_password_and_refreshes(world, carrier, caplog):
    caplog.set_level(logging.INFO, "sipedge")
    world.store.gateways.put(WANTED)
    first = wait_for(world, carrier)
    assert (first.request_uri, first.get("Contact")) == (
        "sip:198.51.100.2:5060",
        "<sip:freiton@192.0.2.1:5060>;expires=600",
    )
    assert given(first, 401) is None
    say(carrier, first, 401, *asking(401))
    (second,) = carrier.received()
    assert given(second, 401).nonce_count == 1
    assert (second.call_id, second.cseq.number) == (first.call_id, first.cseq.number + 1)
    assert registrations(world) == 0
    accept(carrier, second)
    assert registrations(world) == 1
    record = state(world)
    assert (record.registered_until, record.registration_status) == (pytest.approx(world.wall + 600), 200)
    began = world.now
    refresh = wait_for(world, carrier, 600)
    assert 0.85 * 600 - 1 <= world.now - began <= 0.9 * 600 + 1
    assert given(refresh, 401).nonce_count == 2  # at once, without a challenge
    assert refresh.call_id == first.call_id
    accept(carrier, refresh)
    assert state(world).registered_until == pytest.approx(world.wall + 600)
    assert [record.getMessage() for record in caplog.records] == ["= registered at gateway PSTN"]


def test_calls_to_the_contact_are_the_gateways(world, carrier):
    """They come from its source, to the user that was registered."""
    world.store.gateways.put(WANTED)
    registered(world, carrier)
    invite = carrier.request("INVITE", "sip:freiton@192.0.2.1:5060", sender="sip:+431999@carrier.example")
    assert [message.status_code for message in carrier.ask(invite)] == [100, 404]
    assert world.calls[0].gateway_in_id == PSTN.id


def test_a_stale_nonce(world, carrier):
    world.store.gateways.put(WANTED)
    registered(world, carrier)
    refresh = wait_for(world, carrier, 600)
    say(carrier, refresh, 401, *asking(401, "n2", stale=True))
    (again,) = carrier.received()
    assert (given(again, 401).nonce, given(again, 401).nonce_count) == ("n2", 1)
    accept(carrier, again)
    assert registrations(world) == 1


def test_a_registrar_that_wants_longer_gets_it(world, carrier):
    world.store.gateways.put(WANTED)
    say(carrier, wait_for(world, carrier), 423, ("Min-Expires", "1200"))
    (again,) = carrier.received()
    assert again.get("Contact").endswith(";expires=1200")
    accept(carrier, again)
    began = world.now
    assert wait_for(world, carrier, 1200).get("Contact").endswith(";expires=1200")
    assert world.now - began > 1000


def test_what_the_registrar_grants_counts(world, carrier):
    world.store.gateways.put(WANTED)
    accept(carrier, wait_for(world, carrier), 60)
    began = world.now
    assert wait_for(world, carrier, 60)
    assert 50 <= world.now - began <= 55


@pytest.mark.parametrize(
    ("status_code", "headers", "error"),
    [
        (403, [], "403 Forbidden"),
        (302, [("Contact", "<sip:203.0.113.9>")], "302 Moved Temporarily"),
        (423, [], "423 Interval Too Brief"),
        (401, [], "401 Unauthorized: user name, password or realm are wrong"),
        (200, [("Expires", "0")], "its answer makes no sense: Registered For No Time"),
        (200, [("Contact", "<sip:")], "its answer makes no sense: Malformed Address"),
    ],
)
def test_a_refusal_is_told_and_waited_for(world, carrier, status_code, headers, error, caplog):
    world.store.gateways.put(WANTED)
    say(carrier, wait_for(world, carrier), status_code, *headers)
    record = state(world)
    assert (record.registered_until, record.registration_status, record.registration_error) == (
        None,
        status_code,
        error,
    )
    assert f"x not registered at gateway PSTN: {error}" in caplog.messages
    assert wait_for(world, carrier, BASE / 2 - 1) is None
    assert [flow.host for _, flow in world.wire] == []  # nor is anybody else asked
    accept(carrier, wait_for(world, carrier, LONGEST))
    assert (state(world).registration_error, registrations(world)) == ("", 1)


def test_a_wrong_password_is_not_tried_twice(world, carrier):
    world.store.gateways.put(WANTED)
    say(carrier, wait_for(world, carrier), 401, *asking(401))
    say(carrier, carrier.received()[0], 401, *asking(401, "n2"))
    assert carrier.received() == []
    began = world.now
    assert wait_for(world, carrier, 300)
    assert world.now - began >= 4 * BASE


def test_without_a_password_a_challenge_is_a_refusal(world, carrier):
    world.store.gateways.put(replace(WANTED, outbound=None))
    say(carrier, wait_for(world, carrier), 401, *asking(401))
    assert carrier.received() == []
    assert state(world).registration_error == "401 Unauthorized: no account is given"


def test_a_silent_registrar_is_tried_less_and_less(world, carrier):
    world.store.gateways.put(WANTED)
    starts = {}
    began = world.now
    while world.now < began + 600:
        for message in carrier.received():
            starts.setdefault(message.cseq.number, world.now)
        world.pass_time(0.5, 0.5)
    times = list(starts.values())
    gaps = [later - sooner - 32 for sooner, later in pairwise(times)]
    for number, gap in enumerate(gaps[:4]):
        assert BASE * 2**number / 2 - 1 <= gap <= BASE * 2**number + 1
    assert state(world).registration_error == "no server of it answers"
    assert state(world).registration_status is None


def test_a_failed_refresh_does_not_end_what_stands(world, carrier):
    world.store.gateways.put(WANTED)
    registered(world, carrier)
    until = state(world).registered_until
    say(carrier, wait_for(world, carrier, 600), 500)
    record = state(world)
    assert record.registered_until == pytest.approx(until, abs=1)
    assert record.registration_error == "500 Server Internal Error"
    assert registrations(world) == 1
    accept(carrier, wait_for(world, carrier, BASE + 1))
    assert state(world).registered_until == pytest.approx(world.wall + 600)


def test_the_next_server_when_the_first_is_silent_or_says_503(world):
    names = Names(world)
    flows = [Flow("udp", f"198.51.100.{n}", 5060) for n in (21, 22, 23)]
    names.know("registrar.example", *flows)
    world.store.gateways.put(replace(WANTED, registration=PLAN._replace(registrar="registrar.example")))
    first, second, third = (world.phone(flow.host) for flow in flows)
    assert wait_for(world, first).request_uri == "sip:registrar.example"
    world.pass_time(PATIENCE + 0.1)
    say(second, second.received()[0], 503)
    accept(third, third.received()[0])
    assert registrations(world) == 1
    world.pass_time(20)
    assert wait_for(world, third, 600)  # who answered is asked first


def test_by_its_transport_and_outbound_proxy(world):
    proxy = world.phone("198.51.100.40", 5080, "tcp")
    world.store.gateways.put(replace(WANTED, transport="tcp", outbound_proxy="198.51.100.40:5080"))
    request = wait_for(world, proxy)
    assert request.get("Route") == "<sip:198.51.100.40:5080;transport=tcp;lr>"
    assert request.get("Contact") == "<sip:freiton@192.0.2.1:5060;transport=tcp>;expires=600"


def test_another_edge_registers(world, carrier):
    world.store.gateways.put(replace(WANTED, registration=PLAN._replace(edge="edge2")))
    assert wait_for(world, carrier, 10) is None
    world.store.gateways.put(replace(WANTED, registration=PLAN._replace(edge="edge1")))
    assert wait_for(world, carrier)


@pytest.mark.parametrize("changes", [{"is_active": False}, {"registration": None}])
def test_switched_off_it_is_taken_back(world, carrier, changes):
    world.store.gateways.put(WANTED)
    registered(world, carrier)
    world.store.gateways.put(replace(WANTED, **changes))
    request = wait_for(world, carrier)
    assert (request.get("Expires"), request.get("Contact")) == ("0", "<sip:freiton@192.0.2.1:5060>;expires=0")
    assert given(request, 401)
    say(carrier, request, 200)
    assert state(world).registered_until is None
    assert world.engine.counts()["gateway_registrations_wanted"] == 0
    world.pass_time(700, 1)
    assert carrier.received() == []


def test_what_never_stood_is_not_taken_back(world, carrier):
    world.store.gateways.put(WANTED)
    say(carrier, wait_for(world, carrier), 403)
    world.store.gateways.put(replace(WANTED, is_active=False))
    assert wait_for(world, carrier, 5) is None
    assert world.engine.counts()["gateway_registrations_wanted"] == 0


def test_another_address_is_registered_when_the_first_was_taken_back(world, carrier):
    world.store.gateways.put(WANTED)
    registered(world, carrier)
    world.store.gateways.put(replace(WANTED, registration=PLAN._replace(aor="sip:439999@carrier.example")))
    leaving = wait_for(world, carrier)
    assert (leaving.get("Expires"), str(leaving.to.uri)) == ("0", "sip:431234@carrier.example")
    assert wait_for(world, carrier, LEAVING_PATIENCE - 0.5).get("Expires") == "0"  # the same again, and nothing else
    say(carrier, leaving, 200)
    (coming,) = carrier.received()
    assert (coming.get("Expires"), str(coming.to.uri)) == ("600", "sip:439999@carrier.example")
    accept(carrier, coming)
    assert registrations(world) == 1


def test_another_password_or_time_is_tried_at_once_and_nothing_is_taken_back(world, carrier):
    world.store.gateways.put(WANTED)
    say(carrier, wait_for(world, carrier), 403)
    world.store.gateways.put(replace(WANTED, outbound=GatewayAccount("431234", "better")))
    accept(carrier, wait_for(world, carrier, 0.3))
    world.store.gateways.put(replace(WANTED, registration=PLAN._replace(expires=300)))
    request = wait_for(world, carrier, 0.3)
    assert request.get("Expires") == "300"
    accept(carrier, request)
    world.store.gateways.put(replace(WANTED, registration=PLAN._replace(expires=300), name="Other", max_calls=3))
    assert wait_for(world, carrier, 30) is None


def test_a_change_while_a_register_is_under_way(world, carrier):
    world.store.gateways.put(WANTED)
    request = wait_for(world, carrier)
    world.store.gateways.put(replace(WANTED, is_active=False))
    world.pass_time(0.2)
    accept(carrier, request)
    assert carrier.received()[-1].get("Expires") == "0"
    world.store.gateways.put(WANTED)  # and back again
    world.pass_time(LEAVING_PATIENCE + 0.2)
    again = carrier.received()[-1]
    assert again.get("Expires") == "600"
    accept(carrier, again)
    assert (registrations(world), world.telemetry.exceptions) == (1, 0)


def test_an_edge_that_stops_takes_it_back_and_waits_for_that(world, carrier):
    world.store.gateways.put(WANTED)
    registered(world, carrier)
    assert world.engine.unanswered == 0
    world.engine.drain()
    assert world.engine.unanswered == 1
    (request,) = carrier.received()
    assert request.get("Expires") == "0"
    say(carrier, request, 401, *asking(401, "n9", stale=True))
    say(carrier, carrier.received()[0], 200)
    assert world.engine.unanswered == 0
    assert state(world).registered_until is None
    world.pass_time(60, 1)
    assert carrier.received() == []


def test_a_carrier_that_is_silent_does_not_hold_a_stop_up(world, carrier):
    world.store.gateways.put(WANTED)
    registered(world, carrier)
    world.engine.drain()
    world.pass_time(LEAVING_PATIENCE + 0.2)
    assert world.engine.unanswered == 0


def test_nor_does_one_that_never_answered(world, carrier):
    world.store.gateways.put(WANTED)
    assert wait_for(world, carrier)
    world.engine.drain()
    assert world.engine.unanswered == 0


def test_nothing_is_registered_at_the_edge_itself_or_nowhere(world):
    for host in ("192.0.2.1", "nowhere.invalid"):
        world.store.gateways.put(replace(WANTED, host=host))
        world.pass_time(FIRST_WITHIN + 1)
        assert world.wire == []
        assert state(world).registration_error == "no server of it answers"


def test_our_own_fault_is_told_and_tried_again(world, carrier, monkeypatch):
    monkeypatch.setattr("sipedge.trunks.registration.Registration.request", lambda *_: 1 // 0)
    world.store.gateways.put(WANTED)
    world.pass_time(FIRST_WITHIN + 0.1)
    assert state(world).registration_error == "the edge failed"
    monkeypatch.undo()
    assert wait_for(world, carrier, BASE + 1)
