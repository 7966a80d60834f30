"""What real phones do besides: PRACK, session timers, keys and texts in a call; several phones of one subscriber."""

from typing import Final

import pytest

from tests.interop.phones import PhoneMaker
from tests.interop.pjsip import Pjsip
from tests.interop.talking import connect, hear_each_other, outcome
from tests.scenarios.running import Platform

pytestmark = pytest.mark.xdist_group("platform")

REQUIRED: Final = ("100rel", "timer")


def test_phones_that_insist_on_prack_and_session_timers(platform: Platform, phone_maker: PhoneMaker) -> None:
    alice = phone_maker.start("pjsip", "tcp", "alice", required=REQUIRED)
    bob = phone_maker.start("pjsip", "udp", "bob", required=REQUIRED)
    assert isinstance(alice, Pjsip)
    assert isinstance(bob, Pjsip)
    alice.registers()
    bob.registers()
    call_id = connect(alice, bob)
    hear_each_other(alice, bob)
    for one, other in ((alice, bob), (bob, alice)):
        one.sends_digit("7")
        assert other.gets_digit() == "7"
        one.writes("Grüß Gott")
        assert other.reads() == "Grüß Gott"
    alice.hang_up()
    bob.ended()
    assert outcome(platform, call_id) == (200, "caller", True)


def test_all_phones_of_a_subscriber_ring_and_one_answers(platform: Platform, phone_maker: PhoneMaker) -> None:
    alice = phone_maker.start("pjsip", "udp", "alice")
    desk = phone_maker.start("baresip", "tcp", "bob")
    mobile = phone_maker.start("pjsip", "tls", "bob")
    for phone in (alice, desk, mobile):
        phone.registers()
    assert {row["transport"] for row in platform.registrations(desk.account)} == {"tcp", "tls"}
    for answers, waits in ((desk, mobile), (mobile, desk)):
        alice.dial(desk.account.uri)
        call_id = desk.rings()
        assert mobile.rings() == call_id
        answers.accept()
        assert alice.talks() == call_id
        waits.ended()
        hear_each_other(alice, answers)
        alice.hang_up()
        answers.ended()
        assert outcome(platform, call_id) == (200, "caller", True)


def test_phones_that_are_reached_securely_alone(platform: Platform, phone_maker: PhoneMaker) -> None:
    alice = phone_maker.start("pjsip", "tls", "alice", scheme="sips")
    bob = phone_maker.start("pjsip", "tls", "bob", scheme="sips")
    carol = phone_maker.start("baresip", "tls", "carol")
    for phone in (alice, bob, carol):
        phone.registers()
    for caller, scheme in ((alice, "sips"), (alice, "sip"), (carol, "sip")):
        caller.dial(bob.account.uri.replace("sip:", f"{scheme}:"))
        call_id = bob.rings()
        bob.accept()
        assert caller.talks() == call_id
        hear_each_other(caller, bob)
        caller.hang_up()
        bob.ended()
        assert outcome(platform, call_id) == (200, "caller", True)


def test_a_sips_call_never_reaches_a_phone_by_udp(platform: Platform, phone_maker: PhoneMaker) -> None:
    alice = phone_maker.start("pjsip", "tls", "alice", scheme="sips")
    bob = phone_maker.start("pjsip", "udp", "bob")
    alice.registers()
    bob.registers()
    alice.dial(bob.account.uri.replace("sip:", "sips:"))
    assert alice.ended().startswith("480")
