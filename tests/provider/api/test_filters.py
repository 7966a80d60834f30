"""true and false, and nothing else; ids of rows that the caller may see, and of no others."""

import pytest
from django.core.exceptions import ValidationError

from provider.api.filters import YesNoField
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
    assert len(rows(a.reseller_token_text, path, **{name: ""})) > 1
    assert refused_fields(ask(a.reseller_token_text, path, **{name: "alice"})) == {name: "invalid"}
