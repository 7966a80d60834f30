"""Gateways that prove who they are by digest, from any address."""

from dataclasses import replace

import pytest

from sipedge.facts import GatewayAccount
from tests.sipedge.handlers.world import PASSWORD
from tests.sipedge.routing.network import ALICE, PSTN

SECRET = "the carrier's"
FOREIGN = "sip:+431999@pstn.example"


@pytest.fixture
def carrier(world):
    """A gateway with an account and no source of its own; its phone is where it happens to be."""
    with_account(world)
    return world.phone("203.0.113.20", 5070)


@pytest.fixture
def bob(world):
    phone = world.phone("192.0.2.70")
    assert phone.register("bob").status_code == 200
    return phone


def with_account(world, username="carrier", password=SECRET, **changes):
    world.store.gateways.put(replace(PSTN, sources=(), inbound=GatewayAccount(username, password), **changes))


def call(phone, sender=FOREIGN, *, username="carrier", password=SECRET, domain="north.example", headers=(), **kwargs):
    message = phone.request("INVITE", "sip:+4311002@north.example", sender=sender, headers=headers, **kwargs)
    return phone.ask_as(username, message, password=password, domain=domain, status=407)


def statuses(messages):
    return [message.status_code for message in messages]


def test_a_call_with_the_right_password_is_the_gateways(world, carrier, bob):
    asserted = [("P-Asserted-Identity", "<sip:+431777@pstn.example>")]
    assert statuses(call(carrier, headers=asserted)) == [100]
    (invite,) = bob.received()
    assert invite.get("P-Asserted-Identity") == "<sip:+431777@pstn.example>"
    assert not invite.has("Proxy-Authorization")
    (record,) = world.calls
    assert (record.direction, record.gateway_in_id, record.caller_subscriber_id) == ("inbound", PSTN.id, None)


@pytest.mark.parametrize("digest_user", ["carrier", "carrier@north.example"])
def test_with_the_realm_behind_its_name_too(world, carrier, bob, digest_user):
    message = carrier.request("INVITE", "sip:+4311002@north.example", sender=FOREIGN)
    assert statuses(carrier.ask_as("carrier", message, status=407, digest_user=digest_user, password=SECRET)) == [100]


@pytest.mark.parametrize("sender", ["sip:carrier@north.example", "sip:anonymous@anonymous.invalid", FOREIGN])
def test_from_says_who_calls_and_not_who_the_gateway_is(carrier, bob, sender):
    assert statuses(call(carrier, sender)) == [100]


def test_in_the_realm_of_any_domain(carrier, bob):
    assert statuses(call(carrier, "sip:x@south.example", domain="south.example")) == [100]


def test_by_sha_256_where_the_domain_asks_for_it(world, carrier, bob):
    domain = world.store.domains.by_name("north.example")
    world.store.domains.put(replace(domain, digest_algorithm="SHA-256"))
    assert "algorithm=SHA-256" in carrier.ask(carrier.request("INVITE", "sip:+4311002@north.example", sender=FOREIGN))[
        0
    ].get("Proxy-Authenticate")
    assert statuses(call(carrier)) == [407]  # a digest of the other algorithm


@pytest.mark.parametrize("password", ["wrong", "", PASSWORD])
def test_a_wrong_password_is_a_failed_login(world, carrier, bob, password):
    assert statuses(call(carrier, password=password)) == [407]
    assert bob.received() == []
    assert world.telemetry.security_log.counts["login_failed"] == 1


def test_too_many_wrong_passwords_and_the_right_one_is_not_looked_at(world, carrier, bob):
    for _ in range(11):
        call(carrier, password="wrong")
    assert statuses(call(carrier)) == [407]
    assert world.telemetry.security_log.counts["login_blocked"] >= 1
    assert statuses(call(world.phone("203.0.113.99"))) == [100]  # from elsewhere it is


@pytest.mark.parametrize("changes", [{"is_active": False}, {"username": "another"}, {"password": "another"}])
def test_a_gateway_that_is_switched_off_or_changed_is_nobody(world, carrier, bob, changes):
    with_account(world, **changes)
    assert statuses(call(carrier)) == [407]


def test_it_may_not_register(world, carrier):
    message = carrier.request(
        "REGISTER", "sip:north.example", sender="sip:carrier@north.example", to="sip:carrier@north.example"
    )
    assert statuses(carrier.ask_as("carrier", message, password=SECRET)) == [401]


def test_a_subscriber_of_the_same_name_is_told_apart_by_the_password(world, carrier, bob):
    with_account(world, "alice")
    assert statuses(call(carrier, username="alice")) == [100]
    assert statuses(call(carrier, "sip:alice@north.example", username="alice", password=PASSWORD)) == [100]
    assert [record.caller_subscriber_id for record in world.calls] == [None, ALICE.id]
    # Who is alice may say so in From alone, as ever.
    assert statuses(call(carrier, username="alice", password=PASSWORD)) == [403]
    bob.received()


def test_were_the_passwords_the_same_it_is_the_subscriber(world, carrier, bob):
    with_account(world, "alice", PASSWORD)
    assert statuses(call(carrier, username="alice", password=PASSWORD)) == [403]
    assert statuses(call(carrier, "sip:alice@north.example", username="alice", password=PASSWORD)) == [100]
    assert [record.caller_subscriber_id for record in world.calls] == [ALICE.id]


def test_it_does_not_get_out_by_another_gateway(world, carrier):
    message = carrier.request("INVITE", "sip:+33123456@north.example", sender=FOREIGN)
    assert statuses(carrier.ask_as("carrier", message, status=407, password=SECRET)) == [100, 404]


def test_behind_nat_it_is_reached_where_it_came_from(world, carrier, bob):
    """No later request proves it again: in its dialogs it is treated as a phone is."""
    carrier.host, carrier.port = "10.0.0.9", 5060
    call(carrier)
    (invite,) = bob.received()
    bob.answer(invite, 200)
    ok = carrier.received()[-1]
    carrier.send(carrier.in_dialog("ACK", ok, cseq=ok.cseq.number))
    assert [message.method for message in bob.received()] == ["ACK"]
    bob.send(bob.in_dialog("BYE", ok, swap=invite))
    (bye,) = carrier.received()
    assert bye.method == "BYE"
    carrier.answer(bye, 200)
    assert statuses(bob.received()) == [200]


def test_one_that_comes_from_a_source_of_its_own_is_not_asked(world, bob):
    world.store.gateways.put(replace(PSTN, inbound=GatewayAccount("carrier", SECRET)))
    gateway = world.phone("198.51.100.2")
    message = gateway.request("INVITE", "sip:+4311002@north.example", sender=FOREIGN)
    assert statuses(gateway.ask(message)) == [100]
