"""A call that has ended here has ended at the carrier: whatever a phone makes of its BYE, the gateway hears one."""

from dataclasses import replace

import pytest

from sipedge.dialog.ending import CSEQ
from sipedge.sip.message import Request, make_response
from tests.sipedge.handlers.world import GATEWAY, World
from tests.sipedge.routing.network import PSTN

ELSEWHERE = "192.0.2.66"


@pytest.fixture
def alice(world):
    return world.phone("192.0.2.50")


@pytest.fixture
def carrier(world):
    return world.phone(GATEWAY)


@pytest.fixture
def mallory(world):
    """Where alice would have her requests go."""
    return world.phone(ELSEWHERE)


@pytest.fixture
def ok(alice, carrier):
    """The 200 of alice's call to the gateway, which stands."""
    alice.ask_as(
        "alice",
        alice.request("INVITE", "sip:01999999@north.example", sender="sip:alice@north.example"),
        status=407,
    )
    (invite,) = carrier.received()
    carrier.answer(invite, 200)
    ok = alice.received()[-1]
    alice.send(alice.in_dialog("ACK", ok, cseq=2))
    carrier.received()
    return ok


def heard(phone):
    return [one for one in phone.received() if isinstance(one, Request)]


def assert_told(world, carrier, ok):
    """The gateway got a BYE of our own, which ends the dialog that it has; the record has ended."""
    (bye,) = heard(carrier)
    assert (bye.method, bye.request_uri, bye.cseq.number) == ("BYE", carrier.uri, CSEQ)
    assert (bye.from_tag, bye.get("To"), bye.call_id) == (ok.from_tag, ok.get("To"), ok.call_id)
    assert world.calls[0].ended_at is not None
    carrier.answer(bye, 200)
    world.pass_time(40)
    assert heard(carrier) == []


def test_a_bye_that_the_gateway_takes_is_the_only_one(world, alice, carrier, ok):
    alice.send(alice.in_dialog("BYE", ok, cseq=3))
    (bye,) = heard(carrier)
    assert bye.cseq.number == 3
    carrier.answer(bye, 200)
    assert [one.status_code for one in alice.received()] == [200]
    world.pass_time(40)
    assert heard(carrier) == []
    assert (world.calls[0].state, world.calls[0].ended_by) == ("ended", "caller")


@pytest.mark.parametrize("status_code", [400, 403, 420, 481, 500])
def test_where_the_gateway_refuses_the_phones_it_hears_ours(world, alice, carrier, ok, status_code):
    alice.send(alice.in_dialog("BYE", ok, cseq=3, headers=[("Require", "what-nobody-knows")]))
    (bye,) = heard(carrier)
    carrier.answer(bye, status_code)
    assert_told(world, carrier, ok)


def test_where_the_gateway_is_silent_it_hears_ours_soon(world, alice, carrier, ok):
    alice.send(alice.in_dialog("BYE", ok, cseq=3))
    carrier.received()
    world.pass_time(1.9)
    assert {bye.cseq.number for bye in heard(carrier)} == {3}  # the same again
    world.pass_time(0.2)
    assert CSEQ in {bye.cseq.number for bye in heard(carrier)}


@pytest.mark.parametrize("uri", [f"sip:ua@{ELSEWHERE}:5060", f"sip:ua@{GATEWAY}:5099"])
def test_where_the_phones_goes_elsewhere_it_hears_ours(world, alice, carrier, ok, uri):
    bye = alice.in_dialog("BYE", ok, cseq=3)
    bye.request_uri = uri
    alice.send(bye)
    world.pass_time(2.1)
    assert_told(world, carrier, ok)


@pytest.mark.parametrize("status_code", [200, 481])
def test_what_others_answer_to_it_changes_nothing(world, alice, carrier, mallory, ok, status_code):
    bye = alice.in_dialog("BYE", ok, cseq=3)
    bye.request_uri = mallory.uri
    alice.send(bye)
    assert heard(carrier) == []
    mallory.answer(heard(mallory)[0], status_code)
    assert_told(world, carrier, ok)


def test_a_gateway_that_has_another_port_in_its_contact_is_told_once(world, alice, carrier):
    alice.ask_as(
        "alice",
        alice.request("INVITE", "sip:01999999@north.example", sender="sip:alice@north.example"),
        status=407,
    )
    other = world.phone(GATEWAY, 5099)
    (invite,) = heard(carrier)
    carrier.send(make_response(invite, 200, to_tag="callee", headers=[("Contact", f"<{other.uri}>")]))
    alice.send(alice.in_dialog("BYE", alice.received()[-1], cseq=3))
    (bye,) = heard(other)
    other.answer(bye, 200)
    world.pass_time(40)
    assert heard(other) == []


def test_at_another_gateway_is_elsewhere(world, alice, carrier, ok):
    world.store.gateways.put(replace(PSTN, id=9, name="Its own", host=ELSEWHERE, sources=(f"{ELSEWHERE}/32",)))
    own = world.phone(ELSEWHERE)
    bye = alice.in_dialog("BYE", ok, cseq=3)
    bye.request_uri = own.uri
    alice.send(bye)
    own.answer(heard(own)[0], 200)
    assert_told(world, carrier, ok)


def test_one_in_the_gateways_name_is_not_believed(world, alice, carrier, ok):
    bye = alice.in_dialog("BYE", ok, cseq=3)
    bye.set("From", f"<sip:+431999999@pstn.example>;tag={ok.to_tag}")
    bye.set("To", f"<sip:alice@north.example>;tag={ok.from_tag}")
    alice.send(bye)
    assert_told(world, carrier, ok)


def test_the_gateways_own_needs_no_other(world, alice, carrier, ok):
    carrier.send(carrier.in_dialog("BYE", ok, swap=with_contact(ok, alice)))
    (bye,) = heard(alice)
    alice.answer(bye, 481)
    world.pass_time(40)
    assert heard(carrier) == []
    assert world.calls[0].ended_by == "callee"


def test_a_bye_that_cannot_be_passed_on_ends_nothing(world, alice, carrier, ok):
    bye = alice.in_dialog("BYE", ok, cseq=3)
    bye.append("Route", "<sip:[::>")
    alice.send(bye)
    assert [one.status_code for one in alice.received()] == [400]
    assert world.calls[0].ended_at is None


def test_an_edge_that_knows_nothing_of_the_call_sees_to_it_too(world, alice, carrier, ok):
    other = World()
    other.store.calls.records.update(world.store.calls.records)
    alice.world = carrier.world = other
    bye = alice.in_dialog("BYE", ok, cseq=3)
    bye.set("To", "<sip:somebody@pstn.example>;tag=never-given")
    alice.send(bye)
    carrier.answer(heard(carrier)[0], 481)
    assert_told(other, carrier, ok)


def test_who_was_called_by_a_gateway_hangs_up_on_it(world, carrier, mallory):
    bob = world.phone("192.0.2.70")
    bob.register("bob")
    carrier.ask(carrier.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    (invite,) = bob.received()
    bob.answer(invite, 200)
    (ok,) = carrier.received()
    carrier.send(carrier.in_dialog("ACK", ok, cseq=1))
    bob.received()
    bye = bob.in_dialog("BYE", ok, swap=invite)
    bye.request_uri = mallory.uri
    bob.send(bye)
    mallory.answer(heard(mallory)[0], 200)
    (bye,) = heard(carrier)
    assert (bye.request_uri, bye.get("To"), bye.get("From")) == (carrier.uri, ok.get("From"), ok.get("To"))


def test_between_phones_a_bye_is_theirs(world, alice):
    bob = world.phone("192.0.2.70")
    bob.register("bob")
    alice.ask_as(
        "alice", alice.request("INVITE", "sip:bob@north.example", sender="sip:alice@north.example"), status=407
    )
    (invite,) = heard(bob)
    bob.answer(invite, 200)
    ok = alice.received()[-1]
    alice.send(alice.in_dialog("BYE", ok, cseq=3))
    bob.answer(heard(bob)[0], 481)
    world.pass_time(40)
    assert heard(bob) == []


@pytest.mark.parametrize("claims_to_be", ["the caller", "the gateway"])
def test_where_the_gateway_is_reached_only_it_can_change(world, alice, carrier, mallory, ok, claims_to_be):
    again = alice.in_dialog("INVITE", ok, cseq=3, headers=[("Contact", f"<{mallory.uri}>")])
    if claims_to_be == "the gateway":
        again.set("From", f"<sip:+431999999@pstn.example>;tag={ok.to_tag}")
        again.set("To", f"<sip:alice@north.example>;tag={ok.from_tag}")
    again.request_uri = mallory.uri
    alice.send(again)
    mallory.answer(heard(mallory)[0], 200)
    world.store.tell("hangup", str(world.calls[0].id))
    assert [(bye.method, bye.request_uri) for bye in heard(carrier)] == [("BYE", carrier.uri)]


def with_contact(ok, phone):
    """A 200 as the callee would have it: its route set leads to `phone`."""
    swapped = ok.copy()
    swapped.set("Contact", f"<{phone.uri}>")
    return swapped
