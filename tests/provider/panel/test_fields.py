"""What people write, and what is made of it."""

import pytest
from django.core.exceptions import ValidationError

from provider.panel.fields import LinesField, LowerCaseField


@pytest.mark.parametrize(("written", "stored"), [("Alice", "alice"), (" EXAMPLE.org ", "example.org"), ("", "")])
def test_lower_case(written: str, stored: str) -> None:
    assert LowerCaseField(required=False).clean(written) == stored


def test_a_field_that_is_required_stays_so() -> None:
    with pytest.raises(ValidationError):
        LowerCaseField().clean("  ")


def test_lines() -> None:
    field = LinesField(str.upper)
    assert field.clean("a\r\n\n b \nc") == ["A", " B ", "C"]
    assert (field.prepare_value(["a", "b"]), field.prepare_value("a\nb"), field.prepare_value(None)) == (
        "a\nb",
        "a\nb",
        None,
    )
    assert [field.has_changed(["A"], text) for text in ("a", "a\n", "b", "")] == [False, False, True, True]
    with pytest.raises(ValidationError):
        field.clean(" \n ")
