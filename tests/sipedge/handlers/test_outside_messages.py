"""MESSAGE, SUBSCRIBE and NOTIFY, PUBLISH, REFER, and what comes inside dialogs: both ways, through NAT, and refused."""

from dataclasses import replace

import pytest

from tests.sipedge.handlers.world import GATEWAY

ALICES, BOBS = "sip:alice@north.example", "sip:bob@north.example"


class Natted:
    """A phone behind NAT: its Contact and Via name an address that nobody can reach."""

    def __init__(self, world, public, private, user):
        self.phone = world.phone(public, 41000)
        self.phone.host, self.phone.port = private, 5060
        self.user = user
        assert self.phone.register(user, rport=True).status_code == 200

    def ask(self, method, uri, **kwargs):
        """Send a request outside of a dialog, with the digest, and give what came back."""
        message = self.phone.request(method, uri, sender=f"sip:{self.user}@north.example", rport=True, **kwargs)
        return self.phone.ask_as(self.user, message, status=407)


@pytest.fixture
def alice(world):
    return Natted(world, "203.0.113.10", "10.0.0.10", "alice")


@pytest.fixture
def bob(world):
    return Natted(world, "203.0.113.20", "10.0.0.20", "bob")


def statuses(messages):
    return [message.status_code for message in messages if message.status_code != 100]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("MESSAGE", [("Content-Type", "text/plain")]),
        ("PUBLISH", [("Event", "presence"), ("Expires", "3600")]),
        ("NOTIFY", [("Event", "message-summary"), ("Subscription-State", "active")]),
        ("OPTIONS", []),
        ("REFER", [("Refer-To", "<sip:carol@north.example>")]),
        ("FOO", []),
    ],
)
def test_outside_of_dialogs_both_ways(world, alice, bob, method, headers):
    facts = world.store.subscribers.get((1, "alice"))
    colleague = world.store.subscribers.get((1, "bob")).customer_id  # a stranger's REFER and NOTIFY are refused
    world.store.subscribers.put((1, "alice"), replace(facts, customer_id=colleague))
    for sender, receiver in ((alice, bob), (bob, alice)):
        assert sender.ask(method, f"sip:{receiver.user}@north.example", headers=headers, body=b"\x00hi") == []
        (onward,) = receiver.phone.received()
        assert (onward.method, onward.body, onward.request_uri) == (method, b"\x00hi", receiver.phone.uri)
        assert onward.get("Proxy-Authorization") is None
        receiver.phone.answer(onward, 202)
        assert statuses(sender.phone.received()) == [202]


def test_a_subscription_is_notified_refreshed_and_ended_through_both_nats(alice, bob):
    assert alice.ask("SUBSCRIBE", BOBS, headers=[("Event", "dialog"), ("Expires", "300")]) == []
    (subscribe,) = bob.phone.received()
    notify = bob.phone.in_dialog("NOTIFY", _as_answered(subscribe), swap=subscribe, headers=[("Event", "dialog")])
    bob.phone.send(notify)  # §4.1.2.4 of RFC 6665: it may come before the 200 does
    (told,) = alice.phone.received()
    assert (told.method, told.request_uri, told.to_tag) == ("NOTIFY", alice.phone.uri, subscribe.from_tag)
    alice.phone.answer(told, 200)
    assert statuses(bob.phone.received()) == [200]
    bob.phone.answer(subscribe, 200, headers=[("Expires", "300")])
    (ok,) = alice.phone.received()
    for expires in ("300", "0"):
        again = alice.phone.in_dialog("SUBSCRIBE", ok, cseq=5, headers=[("Event", "dialog"), ("Expires", expires)])
        alice.phone.send(again)
        (refresh,) = bob.phone.received()
        assert (refresh.method, refresh.get("Expires")) == ("SUBSCRIBE", expires)
        bob.phone.answer(refresh, 200)
        assert statuses(alice.phone.received()) == [200]


def _as_answered(subscribe):
    """The subscribed side's own view of the dialog, before it has answered: To with its tag."""
    answered = subscribe.copy()
    answered.set("To", subscribe.get("To") + ";tag=callee")
    return answered


def test_a_call_between_two_nats_with_all_that_may_come_in_it(world, alice, bob):
    assert statuses(alice.ask("INVITE", BOBS, headers=[("Supported", "100rel")])) == []
    (invite,) = bob.phone.received()
    bob.phone.answer(invite, 183, headers=[("Require", "100rel"), ("RSeq", "1")])
    (progress,) = alice.phone.received()
    _both_know(alice, bob, "PRACK", progress, headers=[("RAck", "1 2 INVITE")])
    _both_know(alice, bob, "UPDATE", progress)
    bob.phone.answer(invite, 200)
    (ok,) = alice.phone.received()
    alice.phone.send(alice.phone.in_dialog("ACK", ok, cseq=2))
    assert [m.method for m in bob.phone.received()] == ["ACK"]
    for method in ("INFO", "MESSAGE", "REFER", "NOTIFY", "UPDATE", "INVITE", "SUBSCRIBE"):
        _both_know(alice, bob, method, ok)
        bob.phone.send(bob.phone.in_dialog(method, ok, swap=invite))
        (here,) = [m for m in alice.phone.received() if m.get("From") == ok.get("To")]
        assert (here.method, here.request_uri) == (method, alice.phone.uri)
        alice.phone.answer(here, 200)
        assert statuses(bob.phone.received()) == [200]
    bob.phone.send(bob.phone.in_dialog("BYE", ok, swap=invite))
    assert [m.method for m in alice.phone.received()] == ["BYE"]
    assert (world.calls[0].state, world.calls[0].ended_by) == ("ended", "callee")


def _both_know(alice, bob, method, response, **kwargs):
    """alice sends a request of the dialog; it reaches bob through his NAT, and the answer alice through hers."""
    alice.phone.send(alice.phone.in_dialog(method, response, cseq=9, **kwargs))
    (there,) = [m for m in bob.phone.received() if m.method == method]
    assert (there.request_uri, there.get("Route")) == (bob.phone.uri, None)
    bob.phone.answer(there, 200)
    assert statuses(alice.phone.received()) == [200]


@pytest.mark.parametrize("method", ["MESSAGE", "SUBSCRIBE", "PUBLISH", "NOTIFY", "REFER", "INFO", "UPDATE", "PRACK"])
def test_strangers_reach_nobody(world, bob, method):
    stranger = world.phone("198.18.0.9")
    (response,) = stranger.ask(stranger.request(method, BOBS, sender=ALICES))
    assert response.status_code == (481 if method in ("INFO", "UPDATE", "PRACK") else 407)
    assert world.wire == []


def test_a_message_from_the_telephone_network_reaches_the_number(world, bob):
    gateway = world.phone(GATEWAY, 5090)
    gateway.ask(gateway.request("MESSAGE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example", body=b"x"))
    (onward,) = bob.phone.received()
    bob.phone.answer(onward, 200)
    assert statuses(gateway.received()) == [200]


def test_a_request_that_brings_our_service_route_is_ours(world, alice, bob):
    headers = [("Route", "<sip:192.0.2.1:5060;lr>")]
    assert alice.ask("MESSAGE", BOBS, headers=headers) == []
    (onward,) = bob.phone.received()
    assert onward.get("Route") is None
