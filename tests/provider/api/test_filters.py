"""true and false, and nothing else."""

import pytest
from django.core.exceptions import ValidationError

from provider.api.filters import YesNoField


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False), ("", None), (None, None)])
def test_what_is_understood(text: str | None, value: bool | None) -> None:
    assert YesNoField().clean(text) is value


@pytest.mark.parametrize("text", ["1", "yes", "perhaps", "truefalse"])
def test_what_is_not(text: str) -> None:
    with pytest.raises(ValidationError):
        YesNoField().clean(text)
