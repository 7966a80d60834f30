"""The ACK to a 2xx of a gateway that has challenged the INVITE (RFC 3261 §22.1)."""

import pytest

from sipedge.handlers import gateway_accounts
from tests.sipedge.handlers.test_gateway_accounts import MALLORY, WITH_ACCOUNT, call_out, the_invite
from tests.sipedge.handlers.world import World
from tests.sipedge.routing.network import PSTN
from tests.sipedge.trunks.carrier import ANSWERS, asking


@pytest.fixture
def gateway(world):
    world.store.gateways.put(WITH_ACCOUNT)
    return world.phone(PSTN.host)


@pytest.fixture
def alice(world):
    return world.phone("192.0.2.60")


def invited(gateway, alice, status_code=407):
    """The gateway has challenged alice's call, and answered the second INVITE: it, and the 200 as she got it."""
    call_out(alice)
    gateway.answer(the_invite(gateway), status_code, headers=asking(status_code))
    invite = the_invite(gateway)
    gateway.answer(invite, 200)
    return invite, alice.received()[-1]


def acknowledged(phone, alice, ok, *, uri=""):
    """The ACK as it comes."""
    ack = alice.in_dialog("ACK", ok, cseq=ok.cseq.number)
    ack.request_uri = uri or ack.request_uri
    alice.send(ack)
    (there,) = phone.received()
    return there


@pytest.mark.parametrize("status_code", [401, 407])
def test_it_has_the_very_credentials_of_its_invite(gateway, alice, status_code):
    invite, ok = invited(gateway, alice, status_code)
    name = ANSWERS[status_code]
    for _ in range(2):  # the 200 may be sent again, and then the ACK is
        ack = acknowledged(gateway, alice, ok)
        assert ack.has(name)
        assert ack.get(name) == invite.get(name)


def test_that_of_a_re_invite_has_the_re_invites(gateway, alice):
    invite, ok = invited(gateway, alice)
    acknowledged(gateway, alice, ok)
    alice.send(alice.in_dialog("INVITE", ok, cseq=9))
    again = the_invite(gateway)
    gateway.answer(again, 200)
    ack = acknowledged(gateway, alice, alice.received()[-1])
    assert ack.get("Proxy-Authorization") == again.get("Proxy-Authorization")
    assert ack.get("Proxy-Authorization") != invite.get("Proxy-Authorization")


def test_nobody_else_gets_them(world, gateway, alice):
    """An ACK goes where the phone says."""
    _, ok = invited(gateway, alice)
    mallory = world.phone(MALLORY)
    assert not acknowledged(mallory, alice, ok, uri=f"sip:x@{MALLORY}").has("Proxy-Authorization")


def test_one_that_no_invite_is_known_of_goes_without(gateway, alice):
    _, ok = invited(gateway, alice)
    gateway.world = alice.world = World()
    gateway.world.store.gateways.put(WITH_ACCOUNT)
    assert not acknowledged(gateway, alice, ok).has("Proxy-Authorization")


def test_what_is_remembered_is_bounded(gateway, alice, monkeypatch):
    monkeypatch.setattr(gateway_accounts, "MAX_INVITES", 1)
    _, first = invited(gateway, alice)
    call_out(alice)
    invite = the_invite(gateway)
    gateway.answer(invite, 200)
    second = alice.received()[-1]
    assert acknowledged(gateway, alice, second).get("Proxy-Authorization") == invite.get("Proxy-Authorization")
    assert not acknowledged(gateway, alice, first).has("Proxy-Authorization")
