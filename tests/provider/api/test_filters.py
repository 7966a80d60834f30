"""true and false, and nothing else; ids of rows that the caller may see, and of no others."""

import pytest
from django.core.exceptions import ValidationError

from provider.api.filters import WholeNumberField, YesNoField
from tests.factories.numbering import NumberAssignmentFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False), ("", None), (None, None)])
def test_what_is_understood(text: str | None, value: bool | None) -> None:
    assert YesNoField().clean(text) is value


@pytest.mark.parametrize("text", ["1", "yes", "perhaps", "truefalse"])
def test_what_is_not(text: str) -> None:
    with pytest.raises(ValidationError):
        YesNoField().clean(text)


REFERENCES = [
    ("subscribers/", "domain", "domain", 2),
    ("subscribers/", "customer", "customer", 2),
    ("registrations/", "subscriber", "alice", 1),
    ("registrations/", "customer", "customer", 2),
    ("numbers/", "subscriber", "alice", 1),
]


@pytest.mark.parametrize(("path", "name", "thing", "count"), REFERENCES)
def test_rows_are_found_by_what_they_refer_to(
    two_resellers: TwoResellers, path: str, name: str, thing: str, count: int
) -> None:
    a, b = two_resellers.a, two_resellers.b
    own, foreign = getattr(a, thing).uid, getattr(b, thing).uid
    assert len(rows(a.reseller_token_text, path, **{name: own})) == count
    assert rows(a.reseller_token_text, path, **{name: foreign}) == []
    assert rows(a.reseller_token_text, path, **{name: "00000000-0000-4000-8000-000000000000"}) == []
    assert len(rows(two_resellers.admin_token_text, path, **{name: foreign})) == count
    assert refused_fields(ask(a.reseller_token_text, path, **{name: ""})) == {name: "empty"}
    assert refused_fields(ask(a.reseller_token_text, path, **{name: "alice"})) == {name: "invalid"}


@pytest.mark.parametrize("written", ["+{}", "{}", " {}"])  # the last one is a plus that was not written as %2B
@pytest.mark.parametrize(("path", "name"), [("numbers/", "e164"), ("number-assignments/", "e164")])
def test_a_number_is_found_however_its_plus_is_written(
    two_resellers: TwoResellers, path: str, name: str, written: str
) -> None:
    side = two_resellers.a
    digits = NumberAssignmentFactory(subscriber=side.alice).number.e164.removeprefix("+")
    assert len(rows(side.reseller_token_text, path, **{name: written.format(digits)})) == 1
    assert rows(side.reseller_token_text, path, **{name: written.format(digits[:-1])}) == []


@pytest.mark.parametrize(("text", "read"), [("112", "112"), ("anonymous", "anonymous"), ("0664123456", "0664123456")])
def test_what_is_no_whole_number_stays(text: str, read: str) -> None:
    assert WholeNumberField().clean(text) == read
