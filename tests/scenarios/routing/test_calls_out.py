"""Calls to the telephone network, SIPp on both sides: which gateways are tried, what they are told, who is refused."""

from typing import Final

import pytest

from calls.models import Call
from subscribers.actions import suspend_subscriber
from subscribers.models import ShownNumber
from tests.factories.trunking import DestinationRuleFactory, RouteFactory
from tests.ports import GATEWAY
from tests.scenarios.routing.town import Line, NewTown, Town, austria, local, main_number_of, subscriber_of
from tests.scenarios.sip_client import Endpoint
from tests.scenarios.sip_message import Account
from tests.scenarios.sipp import Run
from tests.scenarios.waiting import eventually

pytestmark = pytest.mark.xdist_group("calls out")

FIRST: Final = "127.0.0.11"
SECOND: Final = "127.0.0.12"
THIRD: Final = "127.0.0.13"
DOWN: Final = "127.0.0.14"
DEAR: Final = "127.0.0.15"
CHEAP: Final = "127.0.0.16"
NARROW: Final = "127.0.0.17"
HELP: Final = "127.0.0.18"
NATIONAL: Final = "127.0.0.19"
SLOW: Final = 20.0  # seconds until a gateway that was never there is known to be down
HELP_NUMBERS: Final = {"urn:service:sos": "112", "urn:service:sos.ambulance": "144"}
LOCATION: Final = "https://lis.example/anna"


def _gateways(town: Town) -> None:
    """By prefix: Linz has three gateways in order, Salzburg one that is down before one that is not, Graz three by
    price, Eisenstadt one with a single channel; emergency calls have their own."""
    for place, host in enumerate((FIRST, SECOND, THIRD)):
        town.gateway(host, name=host, prefix="43732", ringing_within=1, route=_in_order(place))
    town.gateway(DOWN, name="Down", prefix="43662", route={"priority": 1}, probe_interval=5)
    town.gateway(DEAR, prefix="43316", route={"cost": "0.02"})
    town.gateway(CHEAP, prefix="43316", route={"cost": "0.01"})
    town.gateway(NARROW, prefix="432682", max_calls=1, route={"is_last": True})
    national = austria(sends_as="national")
    town.gateway(NATIONAL, prefix="43512", number_format=national, identity_as="remote_party_id", from_as="identity")
    RouteFactory(gateway=town.gateway(HELP), prefix="", kind="emergency")
    DestinationRuleFactory(prefix="43720666", is_allowed=False, reason="Fraud")
    DestinationRuleFactory(prefix="437206661", is_allowed=True)


def _in_order(place: int) -> dict[str, object]:
    """Behind the third one the gateway for all numbers is not tried."""
    return {"priority": place + 1, "is_last": place == 2}


@pytest.fixture(scope="module")
def town(new_town: NewTown) -> Town:
    made = new_town(_gateways)
    made.exchange.phone("victim", "+4311666")
    made.neighbours.phone("stranger", "+4322666")
    return made


@pytest.fixture(scope="module")
def anna(town: Town) -> Line:
    """Anna has +43 1 1001, and what a subscriber has who has set nothing."""
    return town.line("anna", "+4311001")


def _attempts(run: Run) -> list[tuple[str, int]]:
    """The gateways that the call's record names, with their statuses."""
    call_id = run.heard()[0].get("Call-ID")
    ended = Call.objects.filter(sip_call_id=call_id, state="ended")
    call = eventually(ended.first, "the record")
    assert call is not None
    return [(name, status) for _, name, status, *_ in call.attempts or ()]


def test_the_second_gateway_after_silence_the_third_after_503(town: Town, anna: Line) -> None:
    with Endpoint(town.edge.address, FIRST, town.port) as silent:
        second, third = town.out_of_order(SECOND), town.answers(THIRD)
        call = town.call_out(anna.account, local("+43732123456"))
        second.succeeds()
        assert third.called().uri.startswith(f"sip:+43732123456@{THIRD}")
        call.succeeds()
        assert {message.method for message in silent.all_now()} == {"INVITE"}
    assert _attempts(call) == [(FIRST, 408), (SECOND, 503), (THIRD, 200)]


def test_what_the_callee_says_is_final(town: Town, anna: Line) -> None:
    first = town.busy(FIRST)
    call = town.call_out(anna.account, local("+43732123456"))
    assert call.final_status() == 486
    first.succeeds()
    assert _attempts(call) == [(FIRST, 486)]


def test_all_gateways_fail(town: Town, anna: Line) -> None:
    gateways = [town.out_of_order(host) for host in (FIRST, SECOND, THIRD)]
    call = town.call_out(anna.account, local("+43732123456"))
    assert call.final_status() == 500  # RFC 3261 §16.7 step 6: not the 503 itself
    for gateway in gateways:
        gateway.succeeds()
    assert _attempts(call) == [(FIRST, 503), (SECOND, 503), (THIRD, 503)]


def test_the_cheapest_is_tried_first_and_the_next_one_after_it(town: Town, anna: Line) -> None:
    cheap, dear = town.out_of_order(CHEAP), town.answers(DEAR)
    town.call_out(anna.account, local("+43316123456")).succeeds()
    cheap.succeeds()
    dear.succeeds()
    cheap = town.answers(CHEAP)
    town.call_out(anna.account, local("0316123456")).succeeds()
    cheap.succeeds()


def test_a_gateway_has_only_so_many_channels(town: Town, anna: Line) -> None:
    """Its one channel is taken by a call that rings; there is no other gateway."""
    ringing = town.rings(NARROW)
    with town.call_that_rings(local("+432682123456"), anna.account):
        assert town.call_out(anna.account, local("+432682654321")).final_status() == 503
    ringing.succeeds()
    again = town.answers(NARROW)
    town.call_out(anna.account, local("+432682123456")).succeeds()
    again.succeeds()


def test_a_gateway_in_its_own_format(town: Town, anna: Line) -> None:
    gateway = town.answers(NATIONAL)
    town.call_out(anna.account, local("+43512123456")).succeeds()
    invite = gateway.called()
    assert invite.uri.startswith(f"sip:0512123456@{NATIONAL}")
    assert invite.get("From").startswith(f"<{local('011001')}>")
    assert invite.get("Remote-Party-ID") == f"<{local('011001')}>;party=calling;screen=yes;privacy=off"
    assert invite.get("P-Asserted-Identity") == ""


VICTIMS: Final = ("+4311666", "+4322666", "+4311999", "011666")
"""A number of the same reseller, one of another's, one that somebody else may show, the first one as it is dialled."""


@pytest.mark.parametrize("number", VICTIMS)
def test_a_number_of_somebody_else_never_reaches_a_gateway(town: Town, anna: Line, number: str) -> None:
    claims = [
        (name, f"<{local(number)}>")
        for name in ("P-Preferred-Identity", "P-Asserted-Identity", "Remote-Party-ID", "P-Served-User", "Diversion")
    ]
    gateway = town.answers(GATEWAY)
    town.call_out(anna.account, local("+43720123456"), more=claims).succeeds()
    invite = gateway.called()
    assert invite.get_all("P-Asserted-Identity") == [f"<{local('+4311001')}>"]
    assert number not in str(invite.headers)
    assert town.call_out(anna.account, local("+43720123456"), sender=local(number)).final_status() == 403


def test_a_number_of_ones_own_or_allowed_is_shown(town: Town) -> None:
    partner = town.subscriber("partner", "+4311009")
    ShownNumber.objects.create(subscriber=subscriber_of(partner), e164="+4311999")
    for wanted in ("+4311999", "011999", "+4311009"):
        gateway = town.answers(GATEWAY)
        town.call_out(partner, local("+43720123456"), sender=local(wanted)).succeeds()
        asserted = "+4311009" if wanted == "+4311009" else "+4311999"
        assert gateway.called().get_all("P-Asserted-Identity") == [f"<{local(asserted)}>"]


@pytest.mark.parametrize(
    ("who", "sender", "more"),
    [
        ("anna", "", [("Privacy", "id")]),
        ("anna", "sip:anonymous@anonymous.invalid", []),
        ("hidden", "", []),
    ],
)
def test_a_hidden_caller_is_named_to_the_carrier_alone(
    town: Town, anna: Line, hidden: Account, who: str, sender: str, more: list[tuple[str, str]]
) -> None:
    account, number = (anna.account, "+4311001") if who == "anna" else (hidden, "+4311005")
    gateway = town.answers(GATEWAY)
    town.call_out(account, local("+43720123456"), sender=sender, more=more).succeeds()
    invite = gateway.called()
    assert invite.get("Privacy") == "id"
    assert invite.get_all("P-Asserted-Identity") == [f"<{local(number)}>"]
    if not more:
        assert invite.get("From").partition(";")[0].endswith("<sip:anonymous@anonymous.invalid>")


@pytest.fixture(scope="module")
def hidden(town: Town) -> Account:
    """Somebody whose setting says that the number is hidden."""
    return town.subscriber("hidden", "+4311005", hides_number=True)


@pytest.mark.parametrize("number", ["+4930123456", "0900123456", "+881612345678", "118877", "+43720666223"])
def test_barred_destinations(town: Town, anna: Line, number: str) -> None:
    """Abroad, premium rate, satellite, directory enquiries; a rule of the provider's."""
    assert town.call_out(anna.account, local(number)).final_status() == 403


@pytest.mark.parametrize("number", ["+4930123456", "+43900123456", "+437206661123"])
def test_what_is_allowed_leaves(town: Town, traveller: Account, number: str) -> None:
    gateway = town.answers(GATEWAY)
    town.call_out(traveller, local(number)).succeeds()
    assert gateway.called().uri.startswith(f"sip:{number}@")


@pytest.fixture(scope="module")
def traveller(town: Town) -> Account:
    """Somebody who may call abroad, and premium-rate numbers."""
    return town.subscriber("traveller", "+4311006", international=True, premium=True)


@pytest.mark.parametrize("dialled", ["112", "144", "urn:service:sos", "urn:service:sos.ambulance"])
@pytest.mark.parametrize("who", ["barred", "suspended"])
def test_a_call_for_help_always_passes(town: Town, in_need: dict[str, Account], who: str, dialled: str) -> None:
    account = in_need[who]
    assert town.call_out(account, local("+43720666223")).final_status() == 403
    _calls_for_help(town, account, dialled)


def test_who_has_all_the_calls_that_he_may_have_calls_for_help(town: Town, in_need: dict[str, Account]) -> None:
    ringing = town.rings(GATEWAY)
    with town.call_that_rings(local("+43720123456"), in_need["full"]):
        assert town.call_out(in_need["full"], local("+43720123456")).final_status() == 486
        _calls_for_help(town, in_need["full"], "112")
    ringing.succeeds()


def _calls_for_help(town: Town, account: Account, dialled: str) -> None:
    gateway = town.answers(HELP)
    town.call_out(account, dialled if dialled.startswith("urn:") else local(dialled)).succeeds()
    invite = gateway.called()
    assert invite.uri.startswith(f"sip:{HELP_NUMBERS.get(dialled, dialled)}@{HELP}")
    assert invite.get("Priority") == "emergency"
    assert invite.get("Geolocation") == f"<{LOCATION}>"
    assert invite.get("P-Asserted-Identity") == f"<{local(main_number_of(account))}>"


@pytest.fixture(scope="module")
def in_need(town: Town) -> dict[str, Account]:
    """Who has set nothing, and may not call everything; who may have one call at a time; who is suspended."""
    accounts = {
        "barred": town.subscriber("barred", "+4311011", location=LOCATION),
        "full": town.subscriber("full", "+4311012", location=LOCATION, max_calls=1),
        "suspended": town.subscriber("suspended", "+4311013", location=LOCATION),
    }
    suspend_subscriber(subscriber_of(accounts["suspended"]))
    return accounts


def test_a_gateway_that_is_down_is_left_out(town: Town, anna: Line) -> None:
    """It comes first for Salzburg; nobody has ever answered there. The gateway for all numbers has the call."""
    eventually(lambda: "= gateway Down is down: " in town.edge.program.said(), "it is down", SLOW)
    gateway = town.answers(GATEWAY)
    with Endpoint(town.edge.address, DOWN, town.port) as down:
        call = town.call_out(anna.account, local("+43662123456"))
        gateway.succeeds()
        call.succeeds()
        assert [message for message in down.all_now() if message.method == "INVITE"] == []
