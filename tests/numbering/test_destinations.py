"""What kind of destination a number is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numbering.destinations import Category, classify, classify_service
from numbering.formats import NumberFormat
from numbering.plans import PLANS, plan
from numbering.plans.countries import Country

AUSTRIA = NumberFormat("Austria", "43", plan="at")
SPANISH = NumberFormat("somebody's own", "34")
NOWHERE = NumberFormat("E.164", "")


@pytest.mark.parametrize(
    ("e164", "category", "iso"),
    [
        ("+4311001", Category.NATIONAL, "AT"),
        ("+43900123456", Category.PREMIUM, "AT"),
        ("+43800123456", Category.FREEPHONE, "AT"),
        ("+390612345678", Category.INTERNATIONAL, "IT"),
        ("+18765550123", Category.INTERNATIONAL, "JM"),
        ("+77172123456", Category.INTERNATIONAL, "KZ"),
        ("+74951234567", Category.INTERNATIONAL, "RU"),
        ("+881612345678", Category.SATELLITE, ""),
        ("+870773111111", Category.SATELLITE, ""),
        ("+979123456789", Category.PREMIUM, ""),
        ("+80012345678", Category.FREEPHONE, ""),
        ("+80812345678", Category.INTERNATIONAL, ""),
    ],
)
def test_from_austria(e164: str, category: Category, iso: str) -> None:
    found = classify(e164, AUSTRIA)
    assert found.category is category
    assert found.country is not None
    assert found.country.iso == iso


def test_a_code_that_nobody_has_is_abroad() -> None:
    assert classify("+2101234567", AUSTRIA) == (Category.INTERNATIONAL, None, False)


def test_mobile_numbers_are_known_where_there_is_a_plan() -> None:
    assert classify("+436641234567", AUSTRIA).is_mobile
    assert not classify("+4311001", AUSTRIA).is_mobile


def test_premium_is_premium_from_everywhere() -> None:
    assert classify("+43900123456", SPANISH).category is Category.PREMIUM
    assert classify("+43900123456", NOWHERE).category is Category.PREMIUM


def test_freephone_abroad_is_a_call_abroad() -> None:
    assert classify("+43800123456", SPANISH).category is Category.INTERNATIONAL


def test_without_a_plan_the_country_code_is_home() -> None:
    assert classify("+34911234567", SPANISH).category is Category.NATIONAL


def test_without_a_country_everything_is_abroad() -> None:
    assert classify("+4311001", NOWHERE).category is Category.INTERNATIONAL


@given(st.from_regex(r"\+[1-9][0-9]{1,14}", fullmatch=True))
def test_every_number_is_something(e164: str) -> None:
    assert classify(e164, AUSTRIA).category in Category


@pytest.mark.parametrize(
    ("key", "dearest", "free"),
    [
        ("at", "118877", "116117"),
        ("ch", "1811", "1145"),
        ("de", "11833", "115"),
        ("es", "11811", "016"),
        ("fr", "118218", "3919"),
        ("gb", "118118", "111"),
        ("it", "1240", "187"),
        ("nl", "1888", "14020"),
        ("pl", "118913", "19115"),
        ("us", "411", "211"),
    ],
)
def test_what_a_service_number_costs(key: str, dearest: str, free: str) -> None:
    home = replace(NOWHERE, plan=key)
    assert classify_service(dearest, home) == (Category.PREMIUM, classify_service(free, home).country, False)
    assert classify_service(free, home).category is Category.NATIONAL
    assert classify_service(dearest, NOWHERE) == (Category.NATIONAL, None, False)


@pytest.mark.parametrize("key", PLANS)
def test_what_the_plans_say_of_themselves(key: str) -> None:
    known = plan(key)
    assert known is not None
    home = NumberFormat("at home", known.country_code, plan=key)
    for vector in known.destinations:
        found = classify(vector["e164"], home)
        assert ("mobile" if found.is_mobile else found.category.value) == vector["is"], vector


def test_territories_are_countries_and_yet_at_home() -> None:
    home = NumberFormat("USA", "1", plan="us")
    assert classify("+17875550123", home) == (Category.NATIONAL, Country("1", "PR", "Puerto Rico"), False)
    assert classify("+17875550123", AUSTRIA).category is Category.INTERNATIONAL


def test_a_country_code_whose_plan_is_known_is_not_all_at_home() -> None:
    assert classify("+18765550123", NumberFormat("USA without plan", "1")).category is Category.INTERNATIONAL


def test_nothing_of_the_code_that_no_area_names_is_at_home() -> None:
    found = classify("+12215550123", NumberFormat("USA", "1", plan="us"))
    assert (found.category, found.country) == (Category.INTERNATIONAL, Country("1", "", "North America"))
