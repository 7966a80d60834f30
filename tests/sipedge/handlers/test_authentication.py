from dataclasses import replace

import pytest

from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import PSTN


@pytest.fixture
def phone(world):
    return world.phone("192.0.2.50")


def invite(phone, sender="sip:alice@north.example", **kwargs):
    return phone.request("INVITE", "sip:bob@north.example", sender=sender, **kwargs)


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
    assert [m.status_code for m in phone.ask_as("alice", invite(phone), status=407)] == [403]


def test_an_anonymous_from_cannot_call(phone):
    message = invite(phone, "sip:north.example")
    assert [m.status_code for m in phone.ask_as("alice", message, status=407)] == [403]
