"""The rules of a reading in the reader's language."""

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from numbering.formats import BareDigits, NumberFormat, to_e164
from numbering.plans import PLANS
from numbering.rules import in_words

formats = st.builds(
    NumberFormat,
    name=st.just("any"),
    country_code=st.sampled_from(["43", "33", "1", "39"]),
    area_code=st.sampled_from(["", "1"]),
    bare_digits=st.sampled_from(BareDigits),
    plan=st.sampled_from(["", *PLANS]),
    extension_base=st.just("4311001"),
    extension_digits=st.integers(0, 3),
)


@given(st.text("0123456789+ 03a", max_size=18), formats)
def test_every_rule_is_said_in_german(dialled: str, number_format: NumberFormat) -> None:
    rule = to_e164(dialled, number_format).rule
    assert in_words(rule) == rule
    with override("de"):
        assert in_words(rule) != rule


@pytest.mark.parametrize(
    ("rule", "german"),
    [
        ("national, after the prefix 0", "national, nach der Vorwahl 0"),
        (
            "national, after the prefix 0, but no national number has 2 digits",
            "national, nach der Vorwahl 0, aber keine nationale Nummer hat 2 Stellen",
        ),
        (
            "national, after the prefix 0; 262… belongs to +262, but +2621234567890123 is no E.164 number "
            "(2 to 15 digits, the first not 0)",
            "national, nach der Vorwahl 0; 262… gehört zu +262, aber +2621234567890123 ist keine E.164-Nummer "
            "(2 bis 15 Stellen, die erste nicht 0)",
        ),
        ("something else", "something else"),
    ],
)
def test_sentences_in_sentences(rule: str, german: str) -> None:
    with override("de"):
        assert in_words(rule) == german
