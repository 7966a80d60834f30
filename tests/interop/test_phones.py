"""Real phones of two makes call each other over each transport; sound and the records of the calls are looked at."""

from typing import Final

import pytest

from tests.interop.phones import TRANSPORTS, Phones
from tests.interop.pjsip import Pjsip
from tests.interop.talking import connect, hear_each_other, outcome
from tests.scenarios.phone import Phone
from tests.scenarios.running import Platform
from tests.scenarios.sip_calls import IncomingCall
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account

PJSIP_SETS: Final = tuple(f"pjsip-{transport}" for transport in TRANSPORTS)
SETS: Final = (
    *(f"baresip-{transport}" for transport in TRANSPORTS),
    *PJSIP_SETS,
    "baresip-tls pjsip-udp",
    "pjsip-tls baresip-udp",
)
"""The phones of alice and carol, and bob's where it differs."""
pytestmark = pytest.mark.xdist_group("platform")
each_set = pytest.mark.parametrize("started_phones", SETS, indirect=True, scope="module")


@each_set
def test_each_hears_the_other_and_the_caller_hangs_up(platform: Platform, phones: Phones) -> None:
    call_id = connect(phones.alice, phones.bob)
    hear_each_other(phones.alice, phones.bob)
    phones.alice.hang_up()
    phones.bob.ended()
    assert outcome(platform, call_id) == (200, "caller", True)


@each_set
def test_a_call_the_other_way_that_the_callee_hangs_up(platform: Platform, phones: Phones) -> None:
    call_id = connect(phones.bob, phones.alice)
    hear_each_other(phones.alice, phones.bob)
    phones.alice.hang_up()
    phones.bob.ended()
    assert outcome(platform, call_id) == (200, "callee", True)


@each_set
def test_either_side_holds_the_call_and_takes_it_back(platform: Platform, phones: Phones) -> None:
    call_id = connect(phones.alice, phones.bob)
    hear_each_other(phones.alice, phones.bob)
    for holder, held in ((phones.alice, phones.bob), (phones.bob, phones.alice)):
        holder.hold()
        held.is_held()
        holder.resume()
        held.is_taken_back()
        holder.hears_again(held.hertz)
        held.hears_again(holder.hertz)
    phones.alice.hang_up()
    phones.bob.ended()
    assert outcome(platform, call_id) == (200, "caller", True)


@each_set
def test_a_busy_phone(platform: Platform, phones: Phones) -> None:
    phones.alice.dial(phones.bob.account.uri)
    call_id = phones.bob.rings()
    phones.bob.is_busy()
    assert phones.alice.ended().startswith("486")
    assert outcome(platform, call_id) == (486, "callee", False)


@each_set
def test_the_caller_gives_up_and_the_phone_stops_ringing(platform: Platform, phones: Phones) -> None:
    phones.alice.dial(phones.bob.account.uri)
    call_id = phones.bob.rings()
    phones.alice.hears_ringing()
    phones.alice.hang_up()
    phones.bob.ended()
    assert outcome(platform, call_id) == (487, "caller", False)


@each_set
def test_a_declined_call(platform: Platform, phones: Phones, accounts: dict[str, Account]) -> None:
    if isinstance(phones.bob, Pjsip):
        phones.alice.dial(phones.bob.account.uri)
        call_id = phones.bob.rings()
        phones.bob.declines()
    else:
        call_id = _declined_by_script(platform, phones.alice, accounts["dora"])
    assert phones.alice.ended().startswith("603")
    assert outcome(platform, call_id) == (603, "callee", False)


@each_set
def test_a_call_is_transferred(platform: Platform, phones: Phones) -> None:
    alice, bob, carol = phones.alice, phones.bob, phones.carol
    first = connect(alice, bob)
    bob.settles()
    alice.transfer(carol.account.uri)
    second = carol.rings()
    carol.accept()
    assert bob.talks() == second
    hear_each_other(bob, carol)
    alice.is_rid_of_it()
    assert outcome(platform, first) == (200, "caller", True)
    carol.hang_up()
    bob.ended()
    assert outcome(platform, second) == (200, "callee", True)


@pytest.mark.parametrize("started_phones", PJSIP_SETS, indirect=True, scope="module")
def test_a_call_is_transferred_after_asking(platform: Platform, phones: Phones) -> None:
    alice, bob, carol = phones.alice, phones.bob, phones.carol
    assert isinstance(alice, Pjsip)
    calls = [connect(alice, bob), connect(alice, carol)]
    alice.join()
    third = bob.talks()
    assert carol.talks() == third
    hear_each_other(bob, carol)
    alice.is_rid_of_it()
    assert outcome(platform, calls[0]) == (200, "caller", True)
    assert outcome(platform, calls[1]) == (200, "callee", True)
    carol.hang_up()
    assert outcome(platform, third) == (200, "callee", True)


def _declined_by_script(platform: Platform, caller: Phone, callee: Account) -> str:
    """Who calls a phone of the tests is declined, for baresip cannot; returns the Call-ID."""
    with Endpoint(platform.edge) as endpoint:
        endpoint.register(callee)
        caller.dial(callee.uri)
        call = IncomingCall.ringing(endpoint)
        caller.hears_ringing()
        call.reply("603 Decline")
        call.hears("ACK")
        endpoint.unregister_all(callee)
        return call.call_id
