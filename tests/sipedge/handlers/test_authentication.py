from dataclasses import replace

import pytest

from sipedge.facts import NumberFacts
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.asking import set_up
from tests.sipedge.routing.network import AUSTRIA, NORTH, PSTN


@pytest.fixture
def phone(world):
    return world.phone("192.0.2.50")


def invite(phone, sender="sip:alice@north.example", uri="sip:bob@north.example", **kwargs):
    return phone.request("INVITE", uri, sender=sender, **kwargs)


def challenge_of(responses):
    (response,) = responses
    assert response.status_code == 407
    return response.get("Proxy-Authenticate")


def test_the_realm_is_the_senders_domain(phone):
    assert 'realm="south.example"' in challenge_of(phone.ask(invite(phone, "sip:alice@south.example")))


def test_a_stranger_is_asked_for_the_default_domain(phone):
    assert 'realm="north.example"' in challenge_of(phone.ask(invite(phone, "sip:x@elsewhere.example")))


def test_a_challenge_is_stateless(world, phone):
    phone.ask(invite(phone))
    assert world.engine.counts()["transactions"] == 0


def test_an_unreadable_authorization_is_400(phone):
    broken = [("Proxy-Authorization", 'Digest username="a", nc=zzz, realm="north.example"')]
    assert [m.status_code for m in phone.ask(invite(phone, headers=broken))] == [400]


@pytest.mark.parametrize(
    "value", ["Basic YTpi", 'Digest realm="other", username="a", nonce="n", uri="u", response="r"']
)
def test_credentials_for_others_are_none(phone, value):
    challenge_of(phone.ask(invite(phone, headers=[("Proxy-Authorization", value)])))


def test_a_gateway_that_is_switched_off_is_a_stranger(world):
    world.store.gateways.put(replace(PSTN, is_active=False))
    gateway = world.phone(GATEWAY)
    challenge_of(gateway.ask(invite(gateway)))


def test_a_suspended_subscriber_cannot_call(world, phone):
    facts = world.store.subscribers.get((1, "alice"))
    world.store.subscribers.put((1, "alice"), replace(facts, is_active=False))
    assert [m.status_code for m in phone.ask_as("alice", invite(phone), status=407)] == [100, 403]
    message = phone.request("MESSAGE", "sip:bob@north.example", sender="sip:alice@north.example")
    assert [m.status_code for m in phone.ask_as("alice", message, status=407)] == [403]


@pytest.mark.parametrize("uri", ["sip:112@north.example", "sips:112@north.example", "urn:service:sos"])
def test_a_suspended_subscriber_can_call_for_help(world, phone, uri):
    world.store.domains.put(replace(NORTH, number_format=AUSTRIA._replace(plan="at"), is_active=False))
    facts = world.store.subscribers.get((1, "alice"))
    world.store.subscribers.put((1, "alice"), replace(facts, is_active=False))
    phone.ask_as("alice", invite(phone, uri=uri), status=407)
    (onward,) = world.phone(GATEWAY).received()
    assert onward.request_uri == "sip:112@198.51.100.2:5060"
    assert onward.get("Priority") == "emergency"


def test_no_wish_for_privacy_holds_up_a_call_for_help(world, phone):
    world.store.domains.put(replace(NORTH, number_format=AUSTRIA._replace(plan="at")))
    for uri in ("sip:112@north.example", "sip:01999999@north.example"):
        request = phone.request("INVITE", uri, sender="sip:alice@north.example", headers=[("Privacy", "user;critical")])
        phone.ask_as("alice", request, status=407)
    assert [onward.request_uri for onward in world.phone(GATEWAY).received()] == ["sip:112@198.51.100.2:5060"]


@pytest.mark.parametrize(
    ("sender", "is_ones_own"),
    [
        ("sip:+4311001@north.example", True),
        ("sip:011001@north.example;user=phone", True),
        ("sip:+43110010815@north.example", True),
        ("sip:+4312222@north.example", True),
        ("sip:+4311002@north.example", False),
        ("sip:+4311003@north.example", False),
        ("sip:+431999999@north.example", False),
        ("sip:100@north.example", False),
        ("sip:+4311001@elsewhere.example", False),
    ],
)
def test_a_pbx_may_write_its_own_numbers_into_from(world, phone, sender, is_ones_own):
    world.store.numbers.put("+43110010815", NumberFacts("+4311001", 1, 1, "alice", "0815"))
    set_up(world.store, world.store.subscribers.get((1, "alice")), shown_numbers=("+4312222",))
    answers = phone.ask_as("alice", invite(phone, sender, "sip:+43155@north.example"), status=407)
    carrier = world.phone(GATEWAY).received()
    assert (answers[-1].status_code, len(carrier)) == ((100, 1) if is_ones_own else (403, 0))


def test_a_number_of_another_domain_is_asked_for_there(phone):
    assert 'realm="south.example"' in challenge_of(phone.ask(invite(phone, "sip:+4311001@south.example")))


def test_an_anonymous_from_cannot_call(phone):
    message = invite(phone, "sip:north.example")
    assert [m.status_code for m in phone.ask_as("alice", message, status=407)] == [403]
