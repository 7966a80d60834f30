"""A call's path in words."""

from typing import Any

import pytest

from calls.path import Tried, cause_in_words, tried


@pytest.mark.parametrize("attempts", [None, "x", {}, [1], [["a", "{1}", [0]]], [[]]])
def test_what_another_version_wrote_is_left_out(attempts: Any) -> None:
    assert tried(attempts) == []


def test_attempts_are_gateways_in_their_order() -> None:
    attempts = [[3, "Gate 3", 503, 0.25, "Busy"], [4, "Gate 4", None, None, None]]
    assert tried(attempts) == [Tried(3, "Gate 3", 503, "Busy", 0.25), Tried(4, "Gate 4", None, "", None)]


def test_causes_have_words() -> None:
    assert cause_in_words(17) == "17 (busy)"
    assert cause_in_words(99) == "99"
    assert cause_in_words(None) == ""
