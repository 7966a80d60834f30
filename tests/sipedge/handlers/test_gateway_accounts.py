"""Calls out to gateways that challenge them."""

import json
import logging
from dataclasses import replace

import pytest

from sipedge.facts import GatewayAccount, RouteFacts
from sipedge.handlers.gateway_accounts import MAX_ADDRESSES, GatewayAccounts
from sipedge.sip.flow import Flow
from tests.sipedge.handlers.names import Names
from tests.sipedge.routing.network import PSTN, SPARE
from tests.sipedge.trunks.carrier import ACCOUNT, asking, given

WITH_ACCOUNT = replace(PSTN, outbound=ACCOUNT, sources=())
MALLORY = "203.0.113.66"


@pytest.fixture
def gateway(world):
    world.store.gateways.put(WITH_ACCOUNT)
    return world.phone(PSTN.host)


@pytest.fixture
def spare(world):
    return world.phone(SPARE.host, 5060, "tcp")


@pytest.fixture
def alice(world):
    return world.phone("192.0.2.60")


def call_out(alice):
    invite = alice.request("INVITE", "sip:+33123456@north.example", sender="sip:alice@north.example")
    return alice.ask_as("alice", invite, status=407)[-1]


def cancel(alice, trying):
    """The CANCEL for the call that this 100 belongs to."""
    message = alice.request("CANCEL", "sip:+33123456@north.example", sender="sip:alice@north.example")
    for name in ("Via", "From", "To", "Call-ID"):
        message.set(name, trying.get(name))
    message.set("CSeq", f"{trying.cseq.number} CANCEL")
    alice.send(message)


def the_invite(phone):
    found = [message for message in phone.received() if message.method == "INVITE"]
    assert len(found) <= 1
    return found[0] if found else None


def answered(gateway, alice, invite):
    """The call stands; its 200 as alice got it."""
    gateway.answer(invite, 200)
    ok = alice.received()[-1]
    assert ok.status_code == 200
    alice.send(alice.in_dialog("ACK", ok, cseq=ok.cseq.number))
    gateway.received()
    return ok


def statuses(phone):
    return [message.status_code for message in phone.received()]


@pytest.mark.parametrize("status_code", [401, 407])
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_challenge_is_answered_by_the_edge(world, gateway, alice, status_code, algorithm):
    call_out(alice)
    first = the_invite(gateway)
    assert given(first, status_code) is None
    gateway.answer(first, status_code, headers=asking(status_code, algorithm=algorithm))
    messages = gateway.received()
    assert [message.method for message in messages] == ["ACK", "INVITE"]
    second = messages[1]
    assert given(second, status_code).nonce_count == 1
    assert second.top_via.branch != first.top_via.branch
    assert (second.cseq, second.call_id, second.from_tag) == (first.cseq, first.call_id, first.from_tag)
    assert second.get("Record-Route") == first.get("Record-Route")
    answered(gateway, alice, second)
    assert world.calls[0].state == "answered"


def test_alice_hears_nothing_of_it(gateway, alice):
    call_out(alice)
    first = the_invite(gateway)
    alice.received()
    gateway.answer(first, 407, headers=asking())
    assert statuses(alice) == []
    gateway.answer(the_invite(gateway), 180)
    assert statuses(alice) == [180]


def test_the_next_call_sends_credentials_at_once(world, gateway, alice):
    call_out(alice)
    gateway.answer(the_invite(gateway), 407, headers=asking())
    answered(gateway, alice, the_invite(gateway))
    world.pass_time(40)
    call_out(alice)
    assert given(the_invite(gateway)).nonce_count == 2


def test_requests_in_the_dialog_have_them_too_and_are_answered_for(world, gateway, alice):
    call_out(alice)
    gateway.answer(the_invite(gateway), 407, headers=asking())
    ok = answered(gateway, alice, the_invite(gateway))
    alice.send(alice.in_dialog("INVITE", ok, cseq=5))
    reinvite = the_invite(gateway)
    assert given(reinvite).nonce_count == 2
    gateway.answer(reinvite, 407, headers=asking(nonce="n2"))
    again = the_invite(gateway)
    assert (given(again).nonce, again.cseq.number) == ("n2", 5)
    gateway.answer(again, 200)
    assert statuses(alice)[-1] == 200
    alice.send(alice.in_dialog("BYE", ok, cseq=6))
    (bye,) = (message for message in gateway.received() if message.method == "BYE")
    gateway.answer(bye, 407, headers=asking(nonce="n3"))
    (bye,) = gateway.received()
    assert given(bye).nonce == "n3"
    gateway.answer(bye, 200)
    assert statuses(alice) == [200]


def test_a_stale_nonce_costs_one_more_try(gateway, alice):
    call_out(alice)
    gateway.answer(the_invite(gateway), 407, headers=asking())
    gateway.answer(the_invite(gateway), 407, headers=asking(nonce="n2", stale=True))
    again = the_invite(gateway)
    assert given(again).nonce == "n2"
    gateway.answer(again, 180)
    assert statuses(alice)[-1] == 180


def test_a_wrong_password_leads_to_the_next_gateway(world, gateway, spare, alice, caplog):
    caplog.set_level(logging.INFO, "sipedge")
    call_out(alice)
    gateway.answer(the_invite(gateway), 407, headers=asking())
    gateway.answer(the_invite(gateway), 407, headers=asking(nonce="n2"))
    assert [message.method for message in gateway.received()] == ["ACK"]
    onward = the_invite(spare)
    assert given(onward) is None
    spare.answer(onward, 180)
    assert statuses(alice)[-1] == 180
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert told == ["x gateway PSTN refuses our account (INVITE): the user name or the password is wrong"]


def test_without_another_gateway_the_caller_is_not_asked_for_our_password(world, gateway, alice):
    world.store.gateways.remove(SPARE.id)
    call_out(alice)
    gateway.answer(the_invite(gateway), 401, headers=asking(401, realm="x"))
    gateway.answer(the_invite(gateway), 401, headers=asking(401, realm="x", nonce="n2"))
    last = alice.received()[-1]
    assert (last.status_code, last.has("WWW-Authenticate")) == (403, False)
    assert json.loads(world.calls[0].attempts)[0][2] == 403


def test_the_next_gateway_is_tried_whatever_its_own_codes_are(world, gateway, spare, alice):
    world.store.gateways.put(replace(WITH_ACCOUNT, failover_codes=(480,)))
    call_out(alice)
    gateway.answer(the_invite(gateway), 407, headers=asking())
    gateway.answer(the_invite(gateway), 407, headers=asking(nonce="n2"))
    spare.answer(the_invite(spare), 180)
    assert statuses(alice)[-1] == 180


def test_a_stale_nonce_for_ever_is_a_failure(gateway, spare, alice):
    call_out(alice)
    for number in range(3):
        gateway.answer(the_invite(gateway), 407, headers=asking(nonce=f"n{number}", stale=True))
    assert the_invite(gateway) is None
    assert the_invite(spare) is not None


def test_a_challenge_of_another_realm_is_not_answered(gateway, spare, alice):
    """Somebody behind the gateway asks, and would have something to try passwords on."""
    call_out(alice)
    gateway.answer(the_invite(gateway), 407, headers=asking())
    gateway.answer(the_invite(gateway), 407, headers=asking(realm="callee.example", stale=True))
    assert the_invite(gateway) is None
    assert the_invite(spare) is not None


def test_a_gateway_without_an_account_is_answered_by_nobody(world, gateway, spare, alice):
    world.store.gateways.put(replace(WITH_ACCOUNT, is_active=False))
    call_out(alice)
    spare.answer(the_invite(spare), 407, headers=asking())
    assert [message.method for message in spare.received()] == ["ACK"]


def test_a_phones_challenge_is_answered_by_nobody(world, gateway, alice):
    bob = world.phone("192.0.2.70")
    bob.register("bob")
    call = alice.request("INVITE", "sip:bob@north.example", sender="sip:alice@north.example")
    alice.ask_as("alice", call, status=407)
    bob.answer(the_invite(bob), 407, headers=asking())
    assert [message.method for message in bob.received()] == ["ACK"]


def in_dialog_at(alice, ok, host):
    """What a phone may write: a request of its dialog that goes to an address of its choice."""
    request = alice.in_dialog("INFO", ok, cseq=9)
    request.request_uri = f"sip:+431@{host}"
    return request


def test_inside_of_a_dialog_nobody_else_gets_credentials(world, gateway, alice):
    call_out(alice)
    gateway.answer(the_invite(gateway), 407, headers=asking())
    ok = answered(gateway, alice, the_invite(gateway))
    mallory = world.phone(MALLORY)
    alice.send(in_dialog_at(alice, ok, MALLORY))
    (request,) = mallory.received()
    assert given(request) is None
    mallory.answer(request, 407, headers=asking(nonce="trap"))
    assert mallory.received() == []
    alice.send(in_dialog_at(alice, ok, PSTN.host))
    (request,) = gateway.received()
    assert given(request).nonce == "n1"


def test_after_a_restart_sources_say_who_the_gateway_is(world, gateway, alice):
    call_out(alice)
    gateway.answer(the_invite(gateway), 407, headers=asking())
    ok = answered(gateway, alice, the_invite(gateway))
    services = world.engine.services
    for sources, is_answered in (((), False), (("198.51.100.0/24",), True)):
        services.gateway_accounts = GatewayAccounts(services)
        world.store.gateways.put(replace(WITH_ACCOUNT, sources=sources))
        alice.send(alice.in_dialog("INFO", ok, cseq=20 + is_answered))
        (info,) = gateway.received()
        assert given(info) is None
        gateway.answer(info, 407, headers=asking())
        assert [given(message) is not None for message in gateway.received()] == [True] * is_answered


def test_after_a_restart_probing_finds_out_too(world, gateway, alice):
    call_out(alice)
    gateway.answer(the_invite(gateway), 407, headers=asking())
    ok = answered(gateway, alice, the_invite(gateway))
    world.engine.services.gateway_accounts = GatewayAccounts(world.engine.services)
    world.store.gateways.put(replace(WITH_ACCOUNT, probe_interval=30))
    world.pass_time(6)
    gateway.received()
    alice.send(alice.in_dialog("INFO", ok, cseq=20))
    (info,) = (message for message in gateway.received() if message.method == "INFO")
    gateway.answer(info, 407, headers=asking())
    assert given(gateway.received()[-1]) is not None


def test_where_removed_gateways_were_is_forgotten(world):
    accounts = world.engine.services.gateway_accounts
    gone = replace(PSTN, id=7)
    accounts.met(gone, Flow("udp", "198.51.100.8", 5060))
    assert accounts.is_there(gone, "198.51.100.8")
    accounts.met(PSTN, Flow("udp", "198.51.100.9", 5060))
    assert set(accounts._addresses) == {PSTN.id}


def test_a_callers_gateway_may_challenge_too(world, alice):
    """A carrier that called us wants our credentials for the BYE that the called phone sends."""
    world.store.gateways.put(replace(WITH_ACCOUNT, sources=("198.51.100.2/32",)))
    gateway, bob = world.phone(PSTN.host), world.phone("192.0.2.70")
    bob.register("bob")
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    invite = the_invite(bob)
    bob.answer(invite, 200)
    ok = gateway.received()[-1]
    gateway.send(gateway.in_dialog("ACK", ok, cseq=1))
    bob.received()
    bob.send(bob.in_dialog("BYE", ok, swap=invite))
    (bye,) = gateway.received()
    gateway.answer(bye, 401, headers=asking(401))
    (bye,) = gateway.received()
    assert given(bye, 401)
    gateway.answer(bye, 200)
    assert statuses(bob)[-1] == 200


def test_a_caller_who_gave_up_is_not_called_for_again(gateway, alice):
    trying = call_out(alice)
    first = the_invite(gateway)
    gateway.answer(first, 183)
    cancel(alice, trying)
    assert [message.method for message in gateway.received()] == ["CANCEL"]
    gateway.answer(first, 407, headers=asking())
    assert the_invite(gateway) is None
    assert 487 in statuses(alice)


def test_a_cancel_that_comes_between_waits_for_the_second_invite(gateway, alice):
    trying = call_out(alice)
    first = the_invite(gateway)
    gateway.answer(first, 100)
    gateway.answer(first, 407, headers=asking())
    second = the_invite(gateway)
    cancel(alice, trying)
    assert gateway.received() == []  # RFC 3261 §9.1: nothing was heard of it yet
    gateway.answer(second, 180)
    (sent,) = gateway.received()
    assert (sent.method, sent.top_via.branch) == ("CANCEL", second.top_via.branch)


def test_another_password_begins_anew(world, gateway, alice):
    call_out(alice)
    gateway.answer(the_invite(gateway), 407, headers=asking())
    answered(gateway, alice, the_invite(gateway))
    world.store.gateways.put(replace(WITH_ACCOUNT, outbound=GatewayAccount("431234", "another")))
    call_out(alice)
    assert the_invite(gateway).get("Proxy-Authorization") is None


def test_what_is_removed_is_forgotten_and_addresses_are_bounded(world, gateway, alice):
    accounts = world.engine.services.gateway_accounts
    for number in range(MAX_ADDRESSES + 5):
        accounts.met(WITH_ACCOUNT, Flow("udp", f"198.51.100.{number}", 5060))
    assert len(accounts._addresses[PSTN.id]) == MAX_ADDRESSES
    call_out(alice)
    gateway.answer(the_invite(gateway), 407, headers=asking())
    world.store.gateways.remove(PSTN.id)
    world.store.gateways.put(replace(SPARE, outbound=ACCOUNT), RouteFacts(SPARE.id, "", 20))
    call_out(alice)
    spare = world.phone(SPARE.host, 5060, "tcp")
    spare.answer(the_invite(spare), 407, headers=asking())
    assert list(accounts._states) == [SPARE.id]


def test_of_a_gateway_with_a_name_the_address_that_it_led_to_counts(world, alice):
    names, host = Names(world), "198.51.100.21"
    names.know("sbc.carrier.example", Flow("udp", host, 5060))
    world.store.gateways.put(replace(WITH_ACCOUNT, host="sbc.carrier.example", port=None))
    call_out(alice)
    gateway = world.phone(host)
    gateway.answer(the_invite(gateway), 407, headers=asking())
    assert given(the_invite(gateway)).uri == "sip:+33123456@sbc.carrier.example"


def test_an_admin_ends_a_call_at_a_gateway_that_challenges(world, gateway, alice):
    call_out(alice)
    gateway.answer(the_invite(gateway), 407, headers=asking())
    answered(gateway, alice, the_invite(gateway))
    world.store.tell("hangup", str(world.calls[0].id))
    (bye,) = gateway.received()
    assert (bye.method, given(bye).nonce_count) == ("BYE", 2)
    gateway.answer(bye, 407, headers=asking(nonce="n2"))
    (again,) = gateway.received()
    assert (given(again).nonce, again.cseq.number) == ("n2", bye.cseq.number + 1)
    gateway.answer(again, 407, headers=asking(nonce="n3"))
    assert gateway.received() == []
    assert [message.method for message in alice.received()] == ["BYE"]


def test_a_call_that_was_answered_too_late_is_ended_with_credentials(world, gateway, alice):
    world.store.gateways.remove(SPARE.id)
    call_out(alice)
    gateway.answer(the_invite(gateway), 407, headers=asking())
    invite = the_invite(gateway)
    gateway.answer(invite, 180)
    world.engine.drain()
    gateway.received()
    gateway.answer(invite, 200)
    ack, bye = gateway.received()
    assert (ack.method, ack.get("Proxy-Authorization")) == ("ACK", invite.get("Proxy-Authorization"))
    assert (bye.method, given(bye) is not None) == ("BYE", True)
