"""The ITU's country codes."""

import pytest

from numbering.plans.countries import Country, countries


@pytest.mark.parametrize(
    ("digits", "country"),
    [
        ("43", Country("43", "AT", "Austria")),
        ("77", Country("7", "KZ", "Kazakhstan")),
        ("1876", Country("1", "JM", "Jamaica")),
        ("881", Country("881", "", "Global mobile satellite systems")),
    ],
)
def test_whose_a_code_is(digits: str, country: Country) -> None:
    assert countries().by_digits[digits] == country


def test_networks_of_no_country_have_a_kind() -> None:
    assert {"870", "881"} <= countries().satellite
    assert countries().premium == {"979"}
    assert countries().freephone == {"800"}
