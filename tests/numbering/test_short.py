"""Emergency and service numbers, found by patterns."""

import pytest

from numbering.short import ShortNumbers, is_pattern

SHORT = ShortNumbers({"112": "112", "+43112": "112"}, ["1450", "116xxx", "118*", "118", "15xx", "15xxx"])


@pytest.mark.parametrize(
    ("digits", "is_service"),
    [
        ("1450", True),
        ("14501", False),
        ("145", False),
        ("116117", True),
        ("11611", False),
        ("1161171", False),
        ("118", True),
        ("118811", True),
        ("1188112345", True),
        ("1512", True),
        ("15123", True),
        ("151234", False),
        ("112", False),
        ("", False),
    ],
)
def test_service_numbers(digits: str, is_service: bool) -> None:
    assert SHORT.is_service(digits) is is_service


def test_emergency_calls_are_exact() -> None:
    assert SHORT.emergency("112") == "112"
    assert SHORT.emergency("+43112") == "112"
    assert SHORT.emergency("1122") is None
    assert SHORT.emergency("11") is None


def test_nothing_longer_than_the_longest_need_be_asked_for() -> None:
    assert ShortNumbers({"+43112": "112"}, ["1450"]).longest == 6
    assert ShortNumbers({}, ["116xxx"]).longest == 6
    assert ShortNumbers({}, []).longest == 0
    assert SHORT.longest > 1000


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("118", True), ("118x", True), ("118xx*", True), ("118*", True), ("x18", False), ("1x8", False), ("", False),
     ("*", False), ("118*x", False), ("+118", False), ("118 ", False), ("118\n", False)],
)  # fmt: skip
def test_what_a_pattern_is(text: str, is_one: bool) -> None:
    assert is_pattern(text) is is_one
