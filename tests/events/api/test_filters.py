"""What the feed is narrowed by."""

import pytest
from django.core.exceptions import ValidationError

from events.api.filters import read_types
from events.validators import is_known


def test_types_and_all_of_a_kind() -> None:
    assert read_types("call.ended, number.*,") == ["call.ended", "number.*"]
    assert is_known("call.*")
    assert not is_known("c.*")
    assert not is_known("*")


def test_a_type_that_there_is_not_is_named() -> None:
    with pytest.raises(ValidationError, match=r"call\.begun"):
        read_types("call.ended,call.begun")
