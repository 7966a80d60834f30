"""Networks from which tokens may be used."""

import pytest
from django.core.exceptions import ValidationError

from accounts.networks import outside, read_source, read_sources


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.1", "192.0.2.1/32"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("2001:DB8:0::/32", "2001:db8::/32"),
        ("::1", "::1/128"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
    ],
)
def test_what_is_a_network(text: str, network: str) -> None:
    assert read_source(text) == network


@pytest.mark.parametrize("text", ["", "office", "192.0.2.1/24", "192.0.2.0/33", "fe80::1%eth0", "192.0.2.0-9", "1"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValidationError):
        read_source(text)


def test_several_stand_in_lines_or_between_commas() -> None:
    assert read_sources(" 192.0.2.1,2001:db8::/32\n192.0.2.1/32 ; ::1") == ["192.0.2.1/32", "2001:db8::/32", "::1/128"]
    assert read_sources(" \n") == []
    with pytest.raises(ValidationError):
        read_sources("192.0.2.1, office")


@pytest.mark.parametrize(
    ("wanted", "own", "found"),
    [
        (["192.0.2.0/25"], ["192.0.2.0/24"], []),
        (["192.0.2.0/24"], ["192.0.2.0/25"], ["192.0.2.0/24"]),
        (["192.0.2.1/32", "2001:db8::1/128"], ["192.0.2.0/24"], ["2001:db8::1/128"]),
        (["2001:db8:1::/48"], ["192.0.2.0/24", "2001:db8::/32"], []),
        (["0.0.0.0/0"], [], []),
    ],
)
def test_what_lies_outside(wanted: list[str], own: list[str], found: list[str]) -> None:
    assert outside(wanted, own) == found
