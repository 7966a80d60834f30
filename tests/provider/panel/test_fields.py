"""What people write, and what is made of it."""

import pytest
from django.core.exceptions import ValidationError

from provider.panel.fields import LowerCaseField


@pytest.mark.parametrize(("written", "stored"), [("Alice", "alice"), (" EXAMPLE.org ", "example.org"), ("", "")])
def test_lower_case(written: str, stored: str) -> None:
    assert LowerCaseField(required=False).clean(written) == stored


def test_a_field_that_is_required_stays_so() -> None:
    with pytest.raises(ValidationError):
        LowerCaseField().clean("  ")
