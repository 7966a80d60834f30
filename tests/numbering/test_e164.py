"""What counts as E.164."""

import pytest

from numbering.e164 import is_e164


@pytest.mark.parametrize("text", ["+4311001", "+12125550123", "+123456789012345", "+29", "+87000"])
def test_numbers(text: str) -> None:
    assert is_e164(text)


@pytest.mark.parametrize(
    "text",
    ["", "+", "+4", "4311001", "+04311001", "+1234567890123456", "+43 1 1001", "+4311001\n", "+43\uff111001", "++43"],
)
def test_no_numbers(text: str) -> None:
    assert not is_e164(text)
