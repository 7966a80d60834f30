"""The national plans: what their files say, tried with their own vectors, both ways."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from numbering.formats import BareDigits, NumberFormat, NumberKind, SendsAs, emergency_number, from_e164, to_e164
from numbering.plans import PLANS, Plan, plan, plan_of_code
from numbering.plans.countries import countries
from numbering.short import ShortNumbers, is_pattern

KNOWN = [found for key in PLANS if (found := plan(key)) is not None]
plans = pytest.mark.parametrize("known", KNOWN, ids=PLANS)

# RFC 5031 §4.2, below "sos".
RFC_5031 = {
    "ambulance", "animal-control", "fire", "gas", "marine", "mountain", "physician", "poison", "police",
}  # fmt: skip

dialled_somewhere = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)


def _format(known: Plan) -> NumberFormat:
    return NumberFormat(
        known.name,
        known.country_code,
        known.international_prefix,
        known.national_prefix,
        bare_digits=BareDigits(known.bare_digits),
        plan=known.key,
    )


@plans
def test_what_is_dialled(known: Plan) -> None:
    assert known.vectors
    for vector in known.vectors:
        reading = to_e164(vector["dialled"], _format(known))
        assert (reading.e164 or reading.kind.value) == vector["is"], (vector, reading.rule)


@plans
def test_what_is_written(known: Plan) -> None:
    assert known.written
    for vector in known.written:
        written = from_e164(vector["e164"], replace(_format(known), sends_as=SendsAs.NATIONAL))
        assert written == vector["as"], vector


@plans
def test_all_emergency_and_service_numbers_are_read_as_such(known: Plan) -> None:
    number_format = _format(known)
    for digits in known.emergency:
        assert to_e164(digits, number_format)[2:] == (NumberKind.EMERGENCY, digits)
        assert to_e164(f"+{known.country_code}{digits}", number_format)[2:] == (NumberKind.EMERGENCY, digits)
    for pattern in known.service:
        digits = pattern.replace("x", "9")
        assert to_e164(digits, number_format)[2:] == (NumberKind.SERVICE, digits)


@pytest.mark.parametrize(
    ("key", "general", "police", "ambulance"),
    [
        ("at", "112", "133", "144"),
        ("ch", "112", "117", "144"),
        ("de", "112", "110", "112"),
        ("es", "112", "091", "112"),
        ("fr", "112", "17", "15"),
        ("gb", "112", "112", "112"),
        ("it", "112", "113", "118"),
        ("nl", "112", "112", "112"),
        ("pl", "112", "997", "999"),
        ("us", "911", "911", "911"),
    ],
)
def test_the_number_of_an_emergency_service(key: str, general: str, police: str, ambulance: str) -> None:
    number_format = _format(KNOWN[PLANS.index(key)])
    called = [
        emergency_number(name, number_format) for name in ("sos", "sos.police", "sos.ambulance", "sos.animal-control")
    ]
    assert called == [general, police, ambulance, general]


@plans
def test_services_are_called_by_emergency_numbers(known: Plan) -> None:
    assert set(known.emergency_services) <= RFC_5031
    assert set(known.emergency_services.values()) <= set(known.emergency)


@plans
def test_service_numbers_that_cost_extra_are_service_numbers(known: Plan) -> None:
    number_format = _format(known)
    assert known.premium_service
    assert all(map(is_pattern, known.premium_service))
    for pattern in known.premium_service:
        assert to_e164(pattern.replace("x", "0"), number_format).kind is NumberKind.SERVICE


@plans
def test_numbers_of_social_value_are_free(known: Plan) -> None:
    """116xyz (Commission Decision 2007/116/EC)."""
    assert not ShortNumbers({}, known.premium_service).is_service("116123")


@plans
def test_no_national_number_is_taken_for_an_emergency(known: Plan) -> None:
    assert not {len(digits) for digits in known.emergency} & set(known.national_digits)


@pytest.mark.parametrize("sends_as", SendsAs)
@plans
@given(e164=dialled_somewhere)
def test_a_number_comes_back_from_every_plan_in_every_way(known: Plan, sends_as: SendsAs, e164: str) -> None:
    national = e164.removeprefix(f"+{known.country_code}")
    assume(national == e164 or len(national) in known.national_digits)  # else nobody has such a number
    _comes_back(e164, known, sends_as)


@pytest.mark.parametrize("sends_as", SendsAs)
@plans
@given(data=st.data())
def test_so_do_numbers_of_the_plan_itself(known: Plan, sends_as: SendsAs, data: st.DataObject) -> None:
    length = data.draw(st.sampled_from(known.national_digits))
    national = data.draw(st.text("0123456789", min_size=length, max_size=length))
    e164 = f"+{known.country_code}{national}"
    if 8 <= len(e164) <= 16:
        _comes_back(e164, known, sends_as)


def _comes_back(e164: str, known: Plan, sends_as: SendsAs) -> None:
    # A side that is sent E.164 without the plus reads bare digits so.
    bare = BareDigits.E164 if sends_as is SendsAs.E164 else BareDigits(known.bare_digits)
    number_format = replace(_format(known), sends_as=sends_as, bare_digits=bare)
    written = from_e164(e164, number_format)
    assert to_e164(written, number_format).e164 == e164, written


@plans
def test_a_plan_is_found_by_its_country_code(known: Plan) -> None:
    assert plan_of_code(known.country_code) is known


@plans
def test_every_plan_names_its_sources_and_version(known: Plan) -> None:
    assert known.sources
    assert known.version


@plans
def test_a_plan_is_well_formed(known: Plan) -> None:
    assert all(map(is_pattern, known.service))
    assert all(digits.isdigit() for digits in known.emergency)
    assert all(start.startswith(known.country_code) for start in (*known.premium, *known.freephone, *known.mobile))
    assert set(known.emergency_after) <= {"country_code", "national_prefix"}
    assert not (known.keeps_zero and known.national_prefix)
    isos = {country.iso for country in countries().by_digits.values()} | set(countries().in_plans)
    assert isos >= {*known.countries, *known.areas.values()}


@plans
def test_a_beginning_is_of_one_kind(known: Plan) -> None:
    starts = [*known.premium, *known.freephone, *known.mobile]
    assert len(starts) == len(set(starts))
    assert len(known.service) == len(set(known.service))


def test_there_is_no_plan_of_nowhere() -> None:
    assert plan("xx") is None
    assert plan("") is None
    assert plan("../secrets") is None
    assert plan_of_code("999") is None
