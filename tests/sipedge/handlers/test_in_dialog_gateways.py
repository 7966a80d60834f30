"""What passes between a subscriber and a gateway inside of a dialog, and under which names."""

from dataclasses import replace

import pytest

from sipedge.facts import CallSettingsFacts, GatewayAccount
from tests.sipedge.handlers.world import GATEWAY, World
from tests.sipedge.routing.network import PSTN

ALICES = "sip:alice@north.example"
OTHERS = "sip:+4321001@south.example"
ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'
SHOWN = {"caller": f"<{ALICES}>", "identity": "<sip:+4311001@north.example>", "hidden": ANONYMOUS}
OF_A_CALL = ["INVITE", "UPDATE", "INFO", "PRACK", "OPTIONS", "SUBSCRIBE", "NOTIFY", "BYE"]
NOT_OF_A_CALL = ["REFER", "MESSAGE", "PUBLISH", "FOO"]
CLAIMS = [
    (name, f"<{OTHERS}>")
    for name in (
        *("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "P-Called-Party-ID", "Referred-By"),
        *("Diversion", "History-Info", "Refer-To", "P-Served-User"),
    )
]
CLAIMS += [("Replaces", "c;to-tag=1;from-tag=2"), ("Join", "c;to-tag=1;from-tag=2")]


@pytest.fixture
def alice(world):
    return world.phone("192.0.2.50")


@pytest.fixture
def carrier(world):
    return world.phone(GATEWAY)


@pytest.fixture(params=SHOWN)
def shown(world, request):
    """How alice is shown by From: as she wrote it, by her number, not at all."""
    if request.param == "identity":
        world.store.gateways.put(replace(PSTN, from_as="identity"))
    elif request.param == "hidden":
        facts = world.store.subscribers.get((1, "alice"))
        world.store.subscribers.put((1, "alice"), replace(facts, settings=CallSettingsFacts(hides_number=True)))
    return SHOWN[request.param]


@pytest.fixture
def call_out(shown, alice, carrier):
    """Alice has called the gateway: its INVITE, and the 200 as she got it."""
    alice.ask_as("alice", alice.request("INVITE", "sip:01999999@north.example", sender=ALICES), status=407)
    (invite,) = carrier.received()
    assert invite.get("From") == f"{shown};tag=f"
    carrier.answer(invite, 200)
    ok = alice.received()[-1]
    alice.send(alice.in_dialog("ACK", ok, cseq=2))
    (ack,) = carrier.received()
    assert ack.get("From") == f"{shown};tag=f"
    return invite, ok


@pytest.fixture
def call_in(world, carrier):
    """The gateway has called bob: his INVITE, and the 200 as the gateway got it."""
    bob = world.phone("192.0.2.70")
    bob.register("bob")
    return bob, *_call_in(carrier, bob)


def _call_in(carrier, bob):
    carrier.ask(carrier.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    (invite,) = bob.received()
    bob.answer(invite, 200)
    (ok,) = carrier.received()
    carrier.send(carrier.in_dialog("ACK", ok, cseq=1))
    bob.received()
    return invite, ok


@pytest.mark.parametrize("method", OF_A_CALL)
@pytest.mark.parametrize("sender", [None, f'"Police" <{OTHERS}>', "<tel:+4321001>", ANONYMOUS])
def test_a_gateway_hears_one_name_in_the_whole_dialog(shown, alice, carrier, call_out, method, sender):
    _, ok = call_out
    request = alice.in_dialog(method, ok, cseq=9, headers=CLAIMS)
    if sender:
        request.set("From", f"{sender};tag=f")
    alice.send(request)
    (there,) = carrier.received()
    assert (there.get("From"), there.get("To")) == (f"{shown};tag=f", ok.get("To"))
    assert [name for name, _ in CLAIMS if there.has(name)] == []
    carrier.answer(there, 200)
    answer = alice.received()[-1]
    assert (answer.status_code, answer.get("From"), answer.get("To")) == (200, request.get("From"), ok.get("To"))


def test_an_ack_goes_under_that_name_too(shown, alice, carrier, call_out):
    ack = alice.in_dialog("ACK", call_out[1], cseq=2, headers=CLAIMS)
    ack.set("From", f"<{OTHERS}>;tag=f")
    alice.send(ack)
    (there,) = carrier.received()
    assert there.get("From") == f"{shown};tag=f"
    assert [name for name, _ in CLAIMS if there.has(name)] == []


@pytest.mark.parametrize("method", [*OF_A_CALL, "MESSAGE", "FOO"])
def test_a_phone_hears_the_name_that_it_has_written(alice, carrier, call_out, method):
    invite, _ = call_out
    ok = invite.copy()
    ok.set("To", f"{invite.get('To')};tag=callee")
    request = carrier.in_dialog(method, ok, cseq=9, swap=invite)
    carrier.send(request)
    (here,) = alice.received()
    assert (here.get("From"), here.get("To")) == (request.get("From"), f"<{ALICES}>;tag=f")
    alice.answer(here, 200)
    answer = carrier.received()[-1]
    assert (answer.status_code, answer.get("From"), answer.get("To")) == (200, request.get("From"), request.get("To"))


@pytest.mark.parametrize("method", OF_A_CALL)
def test_who_was_called_answers_to_the_name_that_was_called(carrier, call_in, method):
    bob, invite, ok = call_in
    request = bob.in_dialog(method, ok, swap=invite, headers=CLAIMS)
    request.set("From", f'"Police" <{OTHERS}>;tag=callee')
    bob.send(request)
    (there,) = carrier.received()
    assert there.get("From") == "<sip:+4311002@north.example>;tag=callee"
    assert [name for name, _ in CLAIMS if there.has(name)] == []
    carrier.answer(there, 200)
    assert bob.received()[-1].get("From") == request.get("From")


@pytest.mark.parametrize("length", [8, 80])
def test_a_caller_outside_who_is_hidden_stays_so_and_hears_its_own_name(world, carrier, length):
    """Both sides go by a name of their own; long ones make a token that is longer than most."""
    bob = world.phone("192.0.2.70")
    bob.register("bob")
    sender = f"sip:{'+431999'.ljust(length, '0')}@pstn.example"
    to = f"sip:+4311002@north.example;x={'0' * length}"
    headers = [("Privacy", "id")]
    carrier.ask(carrier.request("INVITE", "sip:+4311002@north.example", sender=sender, to=to, headers=headers))
    (invite,) = bob.received()
    assert invite.get("From") == f"{ANONYMOUS};tag=f"
    bob.answer(invite, 200)
    ok = carrier.received()[-1]
    carrier.send(carrier.in_dialog("INFO", ok))
    (there,) = bob.received()
    assert there.get("From") == f"{ANONYMOUS};tag=f"
    back = invite.copy()
    back.set("To", ok.get("To"))
    request = bob.in_dialog("BYE", back, swap=invite)
    request.set("From", f"<{OTHERS}>;tag=callee")
    request.set("To", invite.get("From"))
    bob.send(request)
    (here,) = [m for m in carrier.received() if not hasattr(m, "status_code")]
    assert (here.get("From"), here.get("To")) == (f"<{to}>;tag=callee", f"<{sender}>;tag=f")


@pytest.mark.parametrize("method", NOT_OF_A_CALL)
def test_a_gateway_is_asked_for_nothing_but_the_call(alice, carrier, call_out, call_in, method):
    _, ok = call_out
    assert _refused(alice, alice.in_dialog(method, ok, cseq=9, headers=CLAIMS)) == _reason(method)
    bob, invite, ok = call_in
    assert _refused(bob, bob.in_dialog(method, ok, swap=invite, headers=CLAIMS)) == _reason(method)
    assert carrier.received() == []


def test_a_gateway_has_no_phone_transferred(alice, carrier, call_out, call_in):
    """A phone that obeyed would call whom a stranger wants, at its subscriber's cost."""
    invite, _ = call_out
    ok = invite.copy()
    ok.set("To", f"{invite.get('To')};tag=callee")
    assert _refused(carrier, carrier.in_dialog("REFER", ok, cseq=9, swap=invite)) == _reason("REFER")
    bob, _, ok = call_in
    assert _refused(carrier, carrier.in_dialog("REFER", ok, cseq=9)) == _reason("REFER")
    assert (alice.received(), bob.received()) == ([], [])


def test_a_gateway_that_its_password_proved_is_one_to_the_phone_that_it_called(world):
    account = GatewayAccount("carrier", "a secret")
    world.store.gateways.put(replace(PSTN, sources=(), inbound=account))
    carrier, bob = world.phone("203.0.113.9"), world.phone("192.0.2.70")
    bob.register("bob")
    invite = carrier.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example")
    carrier.ask_as("carrier", invite, password=account.password, status=407)
    (invite,) = bob.received()
    bob.answer(invite, 200)
    ok = carrier.received()[-1]
    assert _refused(bob, bob.in_dialog("REFER", ok, swap=invite)) == _reason("REFER")
    assert _refused(bob, bob.in_dialog("MESSAGE", ok, swap=invite)) == _reason("MESSAGE")
    assert _refused(carrier, carrier.in_dialog("REFER", ok)) == _reason("REFER")
    info = bob.in_dialog("INFO", ok, swap=invite, headers=CLAIMS)
    info.set("From", f"<{OTHERS}>;tag=callee")
    bob.send(info)
    there = carrier.received()[-1]
    assert there.get("From") == "<sip:+4311002@north.example>;tag=callee"
    assert [name for name, _ in CLAIMS if there.has(name)] == []


def test_another_edge_that_goes_on_keeps_to_the_names(shown, alice, carrier, call_out):
    """What is needed is in the token: an edge that was killed takes nothing with it."""
    invite, ok = call_out
    alice.world = carrier.world = World()
    bye = alice.in_dialog("BYE", ok, cseq=9)
    bye.set("From", f"<{OTHERS}>;tag=f")
    alice.send(bye)
    (there,) = carrier.received()
    assert there.get("From") == f"{shown};tag=f"
    back = invite.copy()
    back.set("To", f"{invite.get('To')};tag=callee")
    carrier.send(carrier.in_dialog("INFO", back, cseq=9, swap=invite))
    assert [m.get("To") for m in alice.received() if not hasattr(m, "status_code")] == [f"<{ALICES}>;tag=f"]


def test_what_the_edge_says_of_sessions_reaches_a_gateway_whatever_the_name(alice, carrier, call_out):
    """Min-SE, where somebody asks for too little (RFC 4028 §8.1)."""
    alice.send(alice.in_dialog("INVITE", call_out[1], cseq=9, headers=[("Session-Expires", "60")]))
    assert carrier.received()[-1].get("Min-SE") == "90"


def test_what_a_phone_is_called_by_another_costs_its_calls_nothing(world, alice, call_in):
    """Phones call each other by their names: no name is in their token."""
    bob = call_in[0]
    alice.ask_as("alice", alice.request("INVITE", "sip:bob@north.example", sender=ALICES), status=407)
    (invite,) = bob.received()
    assert len(invite.record_routes[0].uri.user) < 70
    bob.answer(invite, 200)
    ok = alice.received()[-1]
    request = alice.in_dialog("UPDATE", ok, cseq=9)
    request.set("From", f"<{OTHERS}>;tag=f")
    alice.send(request)
    assert bob.received()[0].get("From") == f"<{OTHERS}>;tag=f"  # RFC 4916, between phones
    alice.send(alice.in_dialog("REFER", ok, cseq=10, headers=[("Refer-To", "<sip:01999999@north.example>")]))
    assert [m.method for m in bob.received()] == ["REFER"]


def _refused(phone, request):
    answer = phone.ask(request)
    assert [m.status_code for m in answer] == [403]
    return answer[0].reason


def _reason(method):
    return "Transfers by the carrier are not allowed" if method == "REFER" else "Gateways are for calls"


def test_a_number_that_is_not_its_own_is_no_name_in_the_whole_dialog(alice, carrier):
    misnamed = '"+43 2 1001" <sip:alice@north.example>'
    request = alice.request("INVITE", "sip:01999999@north.example", sender=ALICES)
    request.set("From", f"{misnamed};tag=f")
    alice.ask_as("alice", request, status=407)
    (invite,) = carrier.received()
    assert invite.get("From") == f"<{ALICES}>;tag=f"
    carrier.answer(invite, 200)
    ok = alice.received()[-1]
    assert ok.get("From") == f"{misnamed};tag=f"
    alice.send(alice.in_dialog("ACK", ok, cseq=2))
    alice.send(alice.in_dialog("INFO", ok, cseq=3))
    assert [one.get("From") for one in carrier.received()] == [f"<{ALICES}>;tag=f"] * 2
