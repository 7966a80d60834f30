"""What people write, as it is stored."""

import pytest

from subscribers.targets import as_caller, as_number, as_target, is_address


@pytest.mark.parametrize(
    ("written", "target", "caller"),
    [
        ("+43 1 1001", "+4311001", "+4311001"),
        ("  +43 (1) 10-01/2. ", "+43110012", "+43110012"),
        ("+43\u00a01\u202f1001", "+4311001", "+4311001"),
        ("0043 1 1001", "004311001", "004311001"),
        ("+43 900 *", "+43900*", "+43900*"),
        (" Anna@Example.org", "sip:anna@example.org", "anna@example.org"),
        ("sip:Anna@example.org", "sip:anna@example.org", "anna@example.org"),
        ("SIPS:anna@example.org", "sips:anna@example.org", "anna@example.org"),
        ("sip:anna", "sip:anna", "anna"),
        ("anna-maria@a-b.example.org", "sip:anna-maria@a-b.example.org", "anna-maria@a-b.example.org"),
        ("anna", "anna", "anna"),
        ("", "", ""),
    ],
)
def test_how_it_is_stored(written: str, target: str, caller: str) -> None:
    assert (as_target(written), as_caller(written)) == (target, caller)


def test_numbers_and_addresses_are_told_apart() -> None:
    assert [is_address(text) for text in ("+431", "anna", "a@b", "sip:a", " SIPS:a@b")] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert as_number("+43-1") == "+431"
