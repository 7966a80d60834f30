"""Calls from the telephone network, SIPp on both sides: however the number is written, and wherever it stands."""

from typing import Final

import pytest

from numbering.actions import assign_number
from numbering.models import PhoneNumber
from subscribers.models import CallerRule
from tests.factories.numbering import NumberBlockFactory
from tests.scenarios.routing.town import Line, NewTown, Town, austria, local, subscriber_of

pytestmark = pytest.mark.xdist_group("calls in")

BY_TO: Final = "127.0.0.11"
BY_P_CALLED_PARTY_ID: Final = "127.0.0.12"
LOCAL_DIGITS: Final = "127.0.0.13"
NATIONAL_DIGITS: Final = "127.0.0.14"

ANONYMOUS: Final = "sip:anonymous@anonymous.invalid"


def _gateways(town: Town) -> None:
    vienna = austria()
    town.gateway(BY_TO, called_number_in="to", number_format=vienna)
    town.gateway(BY_P_CALLED_PARTY_ID, called_number_in="p_called_party_id", number_format=vienna)
    town.gateway(LOCAL_DIGITS, number_format=austria(bare_digits="local"))
    town.gateway(NATIONAL_DIGITS, number_format=austria(bare_digits="national"))


@pytest.fixture(scope="module")
def town(new_town: NewTown) -> Town:
    return new_town(_gateways)


@pytest.fixture(scope="module")
def anna(town: Town) -> Line:
    """Anna has +43 1 1001."""
    return town.line("anna", "+4311001")


@pytest.mark.parametrize(
    ("host", "written"),
    [
        ("127.0.0.2", "+4311001"),
        ("127.0.0.2", "004311001"),
        ("127.0.0.2", "011001"),
        ("127.0.0.2", "4311001"),
        ("127.0.0.2", "+43-1-1001;phone-context=ignored"),
        (LOCAL_DIGITS, "1001"),
        (NATIONAL_DIGITS, "11001"),
    ],
)
def test_the_number_in_every_format(town: Town, anna: Line, host: str, written: str) -> None:
    phone = town.answers(anna)
    call = town.call_in(local(written), host=host)
    assert local("anna").removesuffix("localhost") in phone.called().uri
    assert call.final_status() == 200


@pytest.mark.parametrize("written", ["+4311001", "004311001", "011001", "4311001"])
@pytest.mark.parametrize("host", [BY_TO, BY_P_CALLED_PARTY_ID])
def test_the_number_in_every_place(town: Town, anna: Line, host: str, written: str) -> None:
    phone = town.answers(anna)
    if host == BY_TO:
        call = town.call_in(local("our-account"), to=local(written), host=host)
    else:
        named = [("P-Called-Party-ID", f"<{local(written)}>")]
        call = town.call_in(local("our-account"), host=host, more=named)
    phone.succeeds()
    call.succeeds()


@pytest.mark.parametrize("host", ["127.0.0.2", BY_TO, BY_P_CALLED_PARTY_ID])
def test_the_number_counts_only_where_that_gateway_writes_it(town: Town, anna: Line, host: str) -> None:
    """Each gateway writes Anna's number into the two places that mean nothing there."""
    ours, nobodys = local("+4311001"), local("+4311998")
    uri = nobodys if host != BY_TO else ours
    to = ours if host != BY_TO else nobodys
    named = nobodys if host == BY_P_CALLED_PARTY_ID else ours
    call = town.call_in(uri, to=to, host=host, more=[("P-Called-Party-ID", f"<{named}>")])
    assert call.final_status() == 404


def test_a_number_of_a_block_that_nobody_took(town: Town) -> None:
    NumberBlockFactory(first="+43155500", last="+43155599")
    call = town.call_in(local("+43155542"))
    assert call.final_status() == 404


def test_an_extension_rings_who_has_the_base_number(town: Town) -> None:
    pbx = town.line("pbx", called_number_in="request_uri")
    base = PhoneNumber.objects.create(reseller=town.exchange.domain.reseller, e164="+4312200", extension_digits=3)
    assign_number(base, subscriber_of(pbx.account))
    phone = town.answers(pbx)
    town.call_in(local("012200317")).succeeds()
    invite = phone.called()
    assert invite.uri.startswith("sip:+4312200317@")
    assert invite.get("P-Called-Party-ID") == f"<{local('+4312200317')}>"


def test_a_longer_number_of_its_own_wins_over_the_base(town: Town) -> None:
    reseller = town.exchange.domain.reseller
    base = town.line("base")
    fax = town.line("fax", "+431330017")
    assign_number(
        PhoneNumber.objects.create(reseller=reseller, e164="+4313300", extension_digits=3), subscriber_of(base.account)
    )
    for dialled, line in (("+431330018", base), ("+431330017", fax), ("+4313300", base)):
        phone = town.answers(line)
        town.call_in(local(dialled)).succeeds()
        phone.succeeds()
    assert town.call_in(local("+43133001234")).final_status() == 404  # more digits than extensions have


@pytest.mark.parametrize(
    ("sender", "more"),
    [
        (ANONYMOUS, []),
        ("sip:+43720123456@127.0.0.2", [("Privacy", "id")]),
        ("sip:anonymous@127.0.0.2", []),
        (ANONYMOUS, [("P-Asserted-Identity", "<sip:+43720123456@127.0.0.2>"), ("Privacy", "id;critical")]),
    ],
)
def test_an_anonymous_caller_is_refused_by_who_wants_that(
    town: Town, shy: Line, anna: Line, sender: str, more: list[tuple[str, str]]
) -> None:
    assert town.call_in(local("+4311002"), sender=sender, more=more).final_status() == 433
    phone = town.answers(anna)
    town.call_in(local("+4311001"), sender=sender, more=more).succeeds()
    assert phone.called().get("P-Asserted-Identity") == ""


@pytest.fixture(scope="module")
def shy(town: Town) -> Line:
    """Somebody who takes no anonymous calls, with +43 1 1002."""
    return town.line("shy", "+4311002", rejects_anonymous=True)


def test_who_takes_no_anonymous_calls_takes_others(town: Town, shy: Line) -> None:
    phone = town.answers(shy)
    assert town.call_in(local("+4311002")).final_status() == 200
    phone.succeeds()


def test_a_blocked_caller(town: Town) -> None:
    account = town.subscriber("choosy", "+4311003")
    for pattern in ("+43720123456", "+43900*"):
        CallerRule.objects.create(subscriber=subscriber_of(account), pattern=pattern)
    choosy = town.registered(account)
    for sender in ("+43720123456", "0720123456", "0900123456"):
        assert town.call_in(local("+4311003"), sender=f"sip:{sender}@127.0.0.2").final_status() == 603
    phone = town.answers(choosy)
    town.call_in(local("+4311003"), sender="sip:0720123457@127.0.0.2").succeeds()
    phone.succeeds()


def test_who_does_not_want_to_be_disturbed_is_busy(town: Town) -> None:
    town.line("asleep", "+4311004", do_not_disturb=True)
    assert town.call_in(local("+4311004")).final_status() == 486
