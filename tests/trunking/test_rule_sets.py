"""Ready-made rules: what a set holds, and whole countries with others within them."""

import pytest

from trunking.rule_sets import (
    PREMIUM,
    SATELLITE,
    SETS,
    NewRule,
    beginnings_of,
    country_choices,
    rules_of_countries,
    rules_of_set,
)


def _prefixes(rules: list[NewRule]) -> set[str]:
    return {rule.prefix for rule in rules}


def test_satellite_and_premium() -> None:
    satellite, premium = (rules_of_set(key, is_allowed=False) for key in (SATELLITE, PREMIUM))
    assert {"870", "881", "882", "883"} <= _prefixes(satellite)
    assert {"979", "43900"} <= _prefixes(premium)
    assert {rule.is_allowed for rule in satellite + premium} == {False}
    assert {rule.reason for rule in satellite} == {str(SETS[SATELLITE])}
    with pytest.raises(KeyError):
        rules_of_set("moon", is_allowed=False)


def test_a_country_is_its_code() -> None:
    assert rules_of_countries(["AT"], is_allowed=False) == [NewRule("43", False, "Austria")]
    assert rules_of_countries([], is_allowed=False) == []


def test_another_country_within_a_code_stays_as_it_is() -> None:
    assert set(rules_of_countries(["RU"], is_allowed=False)) == {
        NewRule("7", False, "Russia"),
        NewRule("76", None, "Kazakhstan"),
        NewRule("77", None, "Kazakhstan"),
    }
    assert rules_of_countries(["RU", "KZ"], is_allowed=False) == [NewRule("7", False, "Russia")]
    assert _prefixes(rules_of_countries(["KZ"], is_allowed=True)) == {"76", "77"}


def test_a_country_that_shares_a_code_is_its_area_codes() -> None:
    canada, states = (rules_of_countries([iso], is_allowed=False) for iso in ("CA", "US"))
    assert "1416" in _prefixes(canada)
    assert "1212" in _prefixes(states)
    assert not _prefixes(canada) & _prefixes(states)
    assert all(rule.prefix.startswith("1") and rule.is_allowed is False for rule in canada + states)


def test_every_country_can_be_chosen_by_its_name() -> None:
    choices = country_choices()
    names = [name for _iso, name in choices]
    assert len(choices) > 200
    assert names == sorted(names)
    assert {"Austria", "United States", "Canada", "Kazakhstan", "Jamaica"} <= set(names)
    for iso, name in choices:
        assert name in {rule.reason for rule in rules_of_countries([iso], is_allowed=False)}


def test_what_a_prefix_is_within() -> None:
    assert list(beginnings_of("431")) == ["43", "4", ""]
