"""Reading and writing numbers by a side's format."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numbering.e164 import MIN_DIGITS_BARE, is_e164
from numbering.formats import (
    ONLY_E164,
    BareDigits,
    NumberFormat,
    NumberKind,
    SendsAs,
    emergency_number,
    from_e164,
    from_service,
    to_e164,
)

AUSTRIA = NumberFormat("Austria", country_code="43", area_code="1")
USA = NumberFormat("USA", country_code="1", international_prefix="011", national_prefix="1", area_code="212")
ITALY = NumberFormat("Italy", country_code="39", national_prefix="", bare_digits=BareDigits.NATIONAL)
PLAIN = NumberFormat("nothing but E.164", country_code="43", international_prefix="", national_prefix="")

VIENNA = NumberFormat(
    *("an office in Vienna", "43"),
    plan="at",
    extension_base="4311001",
    extension_digits=3,
    emergency_numbers=("9911",),
    service_numbers=("777x", "888*"),
)

digits = st.text("0123456789", max_size=4)
formats = st.builds(
    NumberFormat,
    name=st.just("any"),
    country_code=st.from_regex(r"[1-9][0-9]{0,2}", fullmatch=True),
    international_prefix=digits,
    national_prefix=digits,
    area_code=digits,
    bare_digits=st.sampled_from(BareDigits),
    sends_as=st.sampled_from(SendsAs),
)
# Three digits and more: +12 behind a prefix 1 would be the call for help that it looks like.
numbers = st.from_regex(r"\+[1-9][0-9]{2,14}", fullmatch=True)
austrian = st.from_regex(r"\+43[1-9][0-9]{0,11}", fullmatch=True)


@pytest.mark.parametrize("dialled", ["+4311001", "004311001", "011001", "4311001"])
def test_the_four_ways_of_austria(dialled: str) -> None:
    assert to_e164(dialled, AUSTRIA).e164 == "+4311001"


@pytest.mark.parametrize("dialled", ["+43 1 1001", "0043-1-1001", "(01) 1001", "43.1.1001", " 01 1001 "])
def test_separators_do_not_count(dialled: str) -> None:
    assert to_e164(dialled, AUSTRIA).e164 == "+4311001"


@pytest.mark.parametrize(
    ("dialled", "rule"),
    [
        ("+4311001", "E.164 with the plus"),
        ("004311001", "international, after the prefix 00"),
        ("011001", "national, after the prefix 0"),
        ("4311001", "E.164 without the plus"),
    ],
)
def test_the_rule_is_named(dialled: str, rule: str) -> None:
    assert to_e164(dialled, AUSTRIA).rule == rule


@pytest.mark.parametrize("dialled", ["1001", "133", "431100", "1234567890123456"])
def test_bare_digits_that_are_no_e164_are_left_alone_and_named(dialled: str) -> None:
    reading = to_e164(dialled, AUSTRIA)
    assert reading.e164 is None
    assert "7 to 15 digits" in reading.rule


def test_a_leading_zero_is_never_e164_without_the_plus() -> None:
    assert to_e164("04311001", PLAIN).e164 is None


@pytest.mark.parametrize(
    "dialled", ["", "+", "+-", "alice", "*21#", "+43a", "0043+1", "٤٣١١٠٠١", "+0431", "00", "0", "+1", "43 1;ext=1"]
)
def test_what_is_no_number_is_left_alone(dialled: str) -> None:
    reading = to_e164(dialled, AUSTRIA)
    assert reading.e164 is None
    assert reading.rule


@pytest.mark.parametrize(
    ("bare", "dialled", "e164"),
    [
        (BareDigits.NATIONAL, "11001", "+4311001"),
        (BareDigits.LOCAL, "1001", "+4311001"),
        (BareDigits.REFUSE, "4311001", None),
    ],
)
def test_bare_digits_as_the_format_says(bare: BareDigits, dialled: str, e164: str | None) -> None:
    assert to_e164(dialled, replace(AUSTRIA, bare_digits=bare)).e164 == e164


def test_local_digits_without_an_area_are_left_alone() -> None:
    nowhere = replace(AUSTRIA, bare_digits=BareDigits.LOCAL, area_code="")
    assert to_e164("1001", nowhere).e164 is None


@pytest.mark.parametrize(
    ("dialled", "number_format", "e164"),
    [
        ("2125550123", replace(USA, bare_digits=BareDigits.NATIONAL), "+12125550123"),
        ("12125550123", USA, "+12125550123"),
        ("0114311001", USA, "+4311001"),
        ("5550123", replace(USA, bare_digits=BareDigits.LOCAL), "+12125550123"),
        ("0612345678", ITALY, "+390612345678"),
        ("0043 1 1001", ITALY, "+4311001"),
    ],
)
def test_other_countries(dialled: str, number_format: NumberFormat, e164: str) -> None:
    assert to_e164(dialled, number_format).e164 == e164


@pytest.mark.parametrize(
    ("sends_as", "own", "foreign"),
    [
        (SendsAs.PLUS, "+4311001", "+12125550123"),
        (SendsAs.E164, "4311001", "12125550123"),
        (SendsAs.INTERNATIONAL, "004311001", "0012125550123"),
        (SendsAs.NATIONAL, "011001", "0012125550123"),
    ],
)
def test_writing(sends_as: SendsAs, own: str, foreign: str) -> None:
    number_format = replace(AUSTRIA, sends_as=sends_as)
    assert from_e164("+4311001", number_format) == own
    assert from_e164("+12125550123", number_format) == foreign


def test_a_side_without_international_prefix_gets_the_plus() -> None:
    assert from_e164("+12125550123", replace(PLAIN, sends_as=SendsAs.INTERNATIONAL)) == "+12125550123"


@pytest.mark.parametrize("text", ["4311001", "", "+43 1 1001", "alice"])
def test_writing_refuses_what_is_no_e164(text: str) -> None:
    with pytest.raises(ValueError, match=r"E\.164"):
        from_e164(text, AUSTRIA)


@given(numbers, formats)
def test_what_was_written_reads_as_the_same_number(e164: str, number_format: NumberFormat) -> None:
    # Bare digits are the other side's to read: the next test says when they come back.
    number_format = replace(
        number_format, sends_as=SendsAs.PLUS if number_format.sends_as is SendsAs.E164 else number_format.sends_as
    )
    assert to_e164(from_e164(e164, number_format), number_format).e164 == e164


@given(numbers, formats)
def test_bare_e164_comes_back_unless_a_prefix_explains_it_first(e164: str, number_format: NumberFormat) -> None:
    number_format = replace(number_format, sends_as=SendsAs.E164, bare_digits=BareDigits.E164)
    written = from_e164(e164, number_format)
    prefixes = [number_format.international_prefix, number_format.national_prefix]
    is_explained = any(prefix and written.startswith(prefix) for prefix in prefixes)
    if not is_explained and len(written) >= MIN_DIGITS_BARE:
        assert to_e164(written, number_format).e164 == e164


@given(austrian, st.sampled_from(SendsAs))
def test_austria_comes_back_in_every_way(e164: str, sends_as: SendsAs) -> None:
    number_format = replace(AUSTRIA, sends_as=sends_as)
    written = from_e164(e164, number_format)
    if len(written) >= MIN_DIGITS_BARE or written[0] not in "123456789":
        assert to_e164(written, number_format).e164 == e164


@given(st.text(max_size=20), formats)
def test_nothing_raises_and_what_is_read_is_e164(dialled: str, number_format: NumberFormat) -> None:
    reading = to_e164(dialled, number_format)
    assert reading.e164 is None or is_e164(reading.e164)
    assert reading.rule


@pytest.mark.parametrize(
    ("dialled", "kind", "e164", "sent"),
    [
        ("133", NumberKind.EMERGENCY, None, "133"),
        ("1-3-3", NumberKind.EMERGENCY, None, "133"),
        ("+43133", NumberKind.EMERGENCY, None, "133"),
        ("0043133", NumberKind.EMERGENCY, None, "133"),
        ("43133", NumberKind.EMERGENCY, None, "133"),
        ("9911", NumberKind.EMERGENCY, None, "9911"),
        ("116 117", NumberKind.SERVICE, None, "116117"),
        ("1450", NumberKind.SERVICE, None, "1450"),
        ("7771", NumberKind.SERVICE, None, "7771"),
        ("888123", NumberKind.SERVICE, None, "888123"),
        ("7", NumberKind.NUMBER, "+43110017", "7"),
        ("333", NumberKind.NUMBER, "+4311001333", "333"),
        ("123", NumberKind.SERVICE, None, "123"),
        ("1234", NumberKind.UNKNOWN, None, "1234"),
        ("011001", NumberKind.NUMBER, "+4311001", "011001"),
        ("+43 1 1001", NumberKind.NUMBER, "+4311001", "+4311001"),
        ("0", NumberKind.UNKNOWN, None, "0"),
        ("0133", NumberKind.EMERGENCY, None, "133"),
        ("alice", NumberKind.UNKNOWN, None, "alice"),
    ],
)
def test_what_an_office_dials(dialled: str, kind: NumberKind, e164: str | None, sent: str) -> None:
    reading = to_e164(dialled, VIENNA)
    assert (reading.kind, reading.e164, reading.digits) == (kind, e164, sent)


def test_where_nothing_says_which_are_emergency_calls_those_of_all_mobile_phones_are() -> None:
    for number_format in (AUSTRIA, PLAIN, ONLY_E164, replace(AUSTRIA, plan="xx")):
        assert {to_e164(digits, number_format).kind for digits in ("112", "911")} == {NumberKind.EMERGENCY}
        assert to_e164("+43112", number_format).kind is NumberKind.NUMBER
    assert to_e164("911", VIENNA).kind is NumberKind.NUMBER  # an extension
    assert to_e164("112", replace(AUSTRIA, emergency_numbers=("133",))).kind is NumberKind.UNKNOWN


def test_where_bare_digits_are_no_e164_the_country_code_without_a_plus_means_nothing() -> None:
    local = replace(VIENNA, bare_digits=BareDigits.LOCAL, area_code="1", extension_base="", extension_digits=0)
    assert to_e164("43133", local).e164 == "+43143133"


def test_an_extension_behind_a_long_base_is_no_number() -> None:
    reading = to_e164("12", replace(VIENNA, extension_base="43110010000000"))
    assert reading.kind is NumberKind.UNKNOWN
    assert "extension" in reading.rule


def test_a_plan_that_is_not_there_changes_nothing() -> None:
    assert to_e164("133", replace(AUSTRIA, plan="xx")).kind is NumberKind.UNKNOWN


def test_emergency_calls_stand_behind_a_prefix_only_where_the_plan_says_so() -> None:
    own = replace(AUSTRIA, emergency_numbers=("112",))
    assert to_e164("112", own).kind is NumberKind.EMERGENCY
    assert to_e164("0112", own).kind is NumberKind.NUMBER
    assert to_e164("+43112", own).kind is NumberKind.NUMBER


def test_service_numbers_are_sent_as_they_stand() -> None:
    assert from_service("116117", VIENNA) == "116117"


@pytest.mark.parametrize(
    ("plan", "own", "number"),
    [
        ("", (), "112"),
        ("", ("999",), "999"),
        ("", ("999", "112"), "112"),
        ("us", (), "911"),
        ("us", ("9911",), "9911"),
        ("at", ("9911",), "112"),
    ],
)
def test_the_general_emergency_number(plan: str, own: tuple[str, ...], number: str) -> None:
    assert emergency_number("sos", replace(USA, plan=plan, emergency_numbers=own)) == number


@pytest.mark.parametrize(
    ("service", "number"),
    [
        ("sos.fire", "122"),
        ("sos.police.municipal", "133"),
        ("sos.poison", "112"),
        ("sos.", "112"),
        ("sos..police", "133"),
        ("sos.hotline", "112"),
    ],
)
def test_an_emergency_service_that_has_no_number_has_that_of_the_one_above_it(service: str, number: str) -> None:
    assert emergency_number(service, VIENNA) == number
    assert emergency_number(service, replace(VIENNA, plan="")) == "9911"
