"""What customers type as numbers and addresses, and what is said when it is none."""

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError

from numbering.destinations import classify
from numbering.formats import ONLY_E164, BareDigits, NumberFormat
from portal.reading import Reader
from sipedge.facts import DestinationRuleFacts
from sipedge.routing.barring import Bar

AUSTRIA = NumberFormat("Austria", "43", area_code="1", bare_digits=BareDigits.LOCAL, plan="at")
ITALY = NumberFormat("Italy", "39", national_prefix="", bare_digits=BareDigits.NATIONAL, plan="it")


def _reader(number_format: NumberFormat = AUSTRIA) -> Reader:
    return Reader(
        number_format=number_format,
        domain="a.example.org",
        is_ours={"a.example.org", "b.example.org"}.__contains__,
        is_colleague={"bob", "12"}.__contains__,
        own=frozenset({"sip:alice@a.example.org", "+4311001"}),
    )


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ("+43 1 1002", "+4311002"),
        ("01 / 100-2", "+4311002"),
        ("0043 (1) 1002", "+4311002"),
        ("0049 30 12345678", "+493012345678"),
        ("1002345", "+4311002345"),
        ("bob", "sip:bob@a.example.org"),
        (" Bob ", "sip:bob@a.example.org"),
        ("12", "sip:12@a.example.org"),
        ("Carol@b.example.org", "sip:carol@b.example.org"),
        ("sips:carol@b.example.org", "sips:carol@b.example.org"),
    ],
)
def test_where_calls_can_go(typed: str, target: str) -> None:
    assert _reader().target(typed) == target


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("112", "emergency number"),
        ("+43 133", "emergency number"),
        ("118877", "service number"),
        ("carol", "neither a phone number nor an address"),
        ("01 1002 or 1003", "neither a phone number nor an address"),
        ("0 1", "country code: +43"),
        ("+4", "country code: +43"),
        ("+1234567890123456", "country code: +43"),
        ("carol@elsewhere.example.com", "our own addresses, such as anna@a.example.org"),
        ("carol@b.example.org:5070", "our own addresses"),
        ("sip:carol", "Write a number as"),
        ("carol@b.example.org;transport=tcp", "Write a number as"),
        ("alice@a.example.org", "this phone itself"),
        ("sips:alice@a.example.org", "this phone itself"),
        ("01 1001", "this phone itself"),
        ("", "neither a phone number nor"),
    ],
)
def test_where_calls_cannot_go(typed: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _reader().target(typed)
    assert words in refused.value.messages[0]


@pytest.mark.parametrize(
    ("typed", "pattern"),
    [
        ("01 1002", "+4311002"),
        ("+49 30*", "+4930*"),
        ("+4*", "+4*"),
        ("0900 *", "+43900*"),
        ("0049*", "+49*"),
        ("12*", "+43112*"),
        ("0*", "+43*"),
        ("sip:Spam@elsewhere.example.com", "spam@elsewhere.example.com"),
    ],
)
def test_who_can_stand_on_a_list(typed: str, pattern: str) -> None:
    assert _reader().caller(typed) == pattern


@pytest.mark.parametrize("typed", ["*", "+*", "09*00", "0900**", "spam*", "00*"])
def test_what_is_no_beginning_of_numbers(typed: str) -> None:
    with pytest.raises(ValidationError, match="no beginning of numbers"):
        _reader().caller(typed)


def test_a_beginning_keeps_what_its_country_keeps() -> None:
    assert _reader(ITALY).caller("06*") == "+3906*"


def test_without_a_number_format_the_country_code_is_needed() -> None:
    reader = _reader(ONLY_E164)
    assert (reader.target("+43 1 1002"), reader.caller("+43 9*")) == ("+4311002", "+439*")
    with pytest.raises(ValidationError, match=r"country code: \+43"):
        reader.target("01 1002")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("+493012345678", "+493012345678 is abroad"),
        ("+43900123456", "+43900123456 is a premium-rate number"),
        ("+881612345678", "+881612345678 is a satellite phone"),
    ],
)
def test_what_the_phone_may_not_call_is_said(target: str, words: str) -> None:
    reader = replace(_reader(), bars=lambda _: {target: Bar(classify(target, AUSTRIA))})
    (why,) = reader.barred(["+4311002", target, "sip:bob@a.example.org"])
    assert words in why


def test_what_the_provider_has_blocked_is_said() -> None:
    rule = DestinationRuleFacts("4311", is_allowed=False)
    reader = replace(_reader(), bars=lambda numbers: {e164: Bar(classify(e164, AUSTRIA), rule) for e164 in numbers})
    assert reader.barred(["+4311003"]) == ["Your provider has blocked calls to +4311003."]


def test_addresses_are_never_barred() -> None:
    reader = replace(_reader(), bars=lambda numbers: pytest.fail(f"asked for {numbers}"))
    assert reader.barred(["sip:bob@a.example.org"]) == []
