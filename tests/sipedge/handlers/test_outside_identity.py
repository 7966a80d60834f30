"""Who is calling, from one side to the other: RFC 3323 and RFC 3325 through the whole edge."""

from dataclasses import replace

import pytest

from sipedge.facts import RouteFacts
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import PSTN

ANONYMOUS = "sip:anonymous@anonymous.invalid"
CLAIMS = ("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Diversion", "History-Info")


@pytest.fixture
def alice(world):
    return world.phone("192.0.2.50")


@pytest.fixture
def bob(world):
    phone = world.phone("192.0.2.70")
    assert phone.register("bob").status_code == 200
    return phone


@pytest.fixture
def gateway(world):
    return world.phone(GATEWAY)


def call(alice, uri, *headers, sender="sip:alice@north.example", domain="north.example"):
    """An INVITE of alice's with the right digest; what came back."""
    invite = alice.request("INVITE", uri, sender=sender, headers=headers)
    return alice.ask_as("alice", invite, status=407, domain=domain)


def claims_in(message):
    return {name: message.get_all(name) for name in CLAIMS if message.has(name)}


def test_the_gateway_hears_our_word_and_not_the_phones(alice, gateway):
    call(alice, "sip:01999999@north.example", *[(name, "<sip:boss@north.example>") for name in CLAIMS])
    (onward,) = gateway.received()
    assert claims_in(onward) == {"P-Asserted-Identity": ["<sip:+4311001@north.example>"]}


def test_a_preferred_identity_of_ones_own_is_asserted(alice, gateway):
    call(alice, "sip:01999999@north.example", ("P-Preferred-Identity", "<sip:alice@north.example>"))
    (onward,) = gateway.received()
    assert claims_in(onward) == {"P-Asserted-Identity": ["<sip:alice@north.example>"]}


def test_between_phones_nothing_is_asserted(alice, bob):
    call(alice, "sip:bob@north.example", *[(name, "<sip:boss@north.example>") for name in CLAIMS])
    (onward,) = bob.received()
    assert claims_in(onward) == {}
    assert str(onward.from_.uri) == "sip:alice@north.example"


def test_an_anonymous_caller_is_known_to_the_carrier_alone(world, alice, gateway, bob):
    call(alice, "sip:01999999@north.example", sender=ANONYMOUS)
    (onward,) = gateway.received()
    assert str(onward.from_.uri) == ANONYMOUS
    assert claims_in(onward) == {"P-Asserted-Identity": ["<sip:+4311001@north.example>"]}
    assert onward.get("Privacy") == "id"
    call(alice, "sip:bob@north.example", ("P-Preferred-Identity", "<sip:alice@north.example>"), sender=ANONYMOUS)
    (onward,) = bob.received()
    for name, value in onward.headers:
        assert name == "Contact" or "alice" not in value, name
        assert "4311001" not in value
    for record in world.calls:
        assert (record.caller, record.caller_number, record.caller_subscriber_id) == (ANONYMOUS, "+4311001", 1)


def test_an_anonymous_caller_needs_the_digest_all_the_same(world, alice, bob):
    invite = alice.request("INVITE", "sip:bob@north.example", sender=ANONYMOUS)
    (challenge,) = alice.ask(invite)
    assert challenge.status_code == 407
    (again,) = alice.ask(alice.authorised(challenge, invite, "alice", password="guessed"))
    assert again.status_code == 407
    assert world.wire == []


@pytest.mark.parametrize(
    ("uri", "preferred"),
    [
        ("sip:alice@south.example", None),
        ("sip:bob@north.example", "<sip:alice@south.example>"),
    ],
)
def test_the_realm_for_an_anonymous_caller(world, alice, uri, preferred):
    headers = [("P-Preferred-Identity", preferred)] if preferred else []
    call(alice, uri, *headers, sender=ANONYMOUS, domain="south.example")
    assert world.calls[0].caller_subscriber_id == 4


@pytest.mark.parametrize(
    "sender", ["sip:boss@anonymous.invalid", "sip:anonymous@elsewhere.example", "sip:bob@192.0.2.1"]
)
def test_no_other_from_is_let_pass(world, alice, bob, sender):
    assert [m.status_code for m in call(alice, "sip:bob@north.example", sender=sender)] == [403]
    assert world.wire == []


def test_privacy_that_cannot_be_had_and_is_critical(world, alice, bob):
    answers = call(alice, "sip:bob@north.example", ("Privacy", "header;critical"))
    assert [(m.status_code, m.reason) for m in answers][-1] == (500, "Privacy Service Not Available: header")
    assert world.wire == []
    assert world.calls[0].state == "ended"


def test_a_gateways_word_reaches_the_phone(world, gateway, bob):
    asserted = [("P-Asserted-Identity", "<sip:+43155@pstn.example>"), ("Diversion", "<sip:+43144@pstn.example>")]
    gateway.ask(
        gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example", headers=asserted)
    )
    (onward,) = bob.received()
    assert claims_in(onward) == {name: [value] for name, value in asserted}
    (record,) = world.calls
    assert (record.caller, record.caller_number) == ("sip:+43155@pstn.example", "+43155")


@pytest.mark.parametrize("headers", [[("Privacy", "id")], []])
def test_an_anonymous_call_in_stays_anonymous(world, gateway, bob, headers):
    headers = [("P-Asserted-Identity", "<sip:+43155@pstn.example>"), ("Remote-Party-ID", "<sip:+43155@x>"), *headers]
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender=ANONYMOUS, headers=headers))
    (onward,) = bob.received()
    assert all("43155" not in value for _, value in onward.headers)
    (record,) = world.calls
    assert (record.caller, record.caller_number) == (ANONYMOUS, "+43155")


@pytest.mark.parametrize("status_code", [180, 200, 486])
def test_responses_say_only_what_their_sender_may(gateway, bob, status_code):
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    bob.answer(bob.received()[0], status_code, headers=[(name, "<sip:boss@x>") for name in CLAIMS])
    (answer,) = gateway.received()
    assert answer.status_code == status_code
    assert claims_in(answer) == {}


@pytest.mark.parametrize(("privacy", "is_shown"), [("none", True), ("id", False)])
def test_a_gateways_response_is_believed(alice, gateway, privacy, is_shown):
    call(alice, "sip:01999999@north.example")
    asserted = ("P-Asserted-Identity", "<sip:+431999999@pstn.example>")
    gateway.answer(gateway.received()[0], 200, headers=[asserted, ("Privacy", privacy)])
    assert claims_in(alice.received()[0]) == ({asserted[0]: [asserted[1]]} if is_shown else {})


@pytest.mark.parametrize(("status_code", "header"), [(401, "WWW-Authenticate"), (407, "Proxy-Authenticate")])
def test_nobody_gets_a_digest_by_challenging_the_caller(alice, bob, status_code, header):
    call(alice, "sip:bob@north.example")
    (invite,) = bob.received()
    assert not invite.has("Authorization")
    assert not invite.has("Proxy-Authorization")
    bob.answer(invite, status_code, headers=[(header, 'Digest realm="north.example", nonce="trap"')])
    (answer,) = alice.received()
    assert (answer.status_code, answer.has(header)) == (status_code, False)


def test_a_gateway_is_believed_where_calls_to_it_go_too(world, alice):
    """It may send from other addresses than the one that it is called at."""
    world.store.gateways.put(replace(PSTN, host="198.51.100.77"), RouteFacts(1, "", 10))
    call(alice, "sip:01999999@north.example")
    there = world.phone("198.51.100.77")
    asserted = ("P-Asserted-Identity", "<sip:+431999999@pstn.example>")
    there.answer(there.received()[0], 200, headers=[asserted])
    assert claims_in(alice.received()[0]) == {asserted[0]: [asserted[1]]}


def test_in_dialogs_it_is_the_same_both_ways(gateway, bob):
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    (invite,) = bob.received()
    bob.answer(invite, 200)
    (ok,) = gateway.received()
    claim = ("P-Asserted-Identity", "<sip:+431@x>")
    bob.send(bob.in_dialog("UPDATE", ok, swap=invite, headers=[claim, ("X-FREITON-a", "1")]))
    (there,) = gateway.received()
    assert claims_in(there) == {}
    assert not there.has("X-Freiton-A")
    gateway.answer(there, 200, headers=[claim, ("Privacy", "id")])
    assert claims_in(bob.received()[0]) == {}
    for privacy, expected in ((), {claim[0]: [claim[1]]}), ([("Privacy", "id")], {}):
        gateway.send(gateway.in_dialog("UPDATE", ok, cseq=len(privacy) + 5, headers=[claim, *privacy]))
        assert claims_in(bob.received()[0]) == expected
