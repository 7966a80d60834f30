"""Addresses as the variables write them."""

import pytest

from provider.run.address import Address, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8000", Address("127.0.0.1", 8000)),
        ("[::1]:5060", Address("::1", 5060)),
        ("0.0.0.0:65535", Address("0.0.0.0", 65535)),
    ],
)
def test_an_address_reads_and_writes_the_same(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("127.0.0.1", "not of the form host:port"),
        (":5060", "not of the form host:port"),
        ("::1:5060", "needs brackets"),
        ("127.0.0.1:0", "not a number from 1 to 65535"),
        ("127.0.0.1:70000", "not a number from 1 to 65535"),
        ("127.0.0.1:²", "not a number from 1 to 65535"),
        ("nowhere.example:5060", "not an IP address"),
        ("300.0.0.1:5060", "not an IP address"),
    ],
)
def test_a_wrong_address_says_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_address(text)


def test_a_name_is_fine_where_no_literal_is_wanted() -> None:
    assert parse_address("Voice.Example.org:5060", literal=False) == Address("voice.example.org", 5060)


@pytest.mark.parametrize(("host", "reachable"), [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("192.0.2.1", "192.0.2.1")])
def test_a_wildcard_is_reached_on_loopback(host: str, reachable: str) -> None:
    assert Address(host, 1).reachable_host == reachable
    assert Address(host, 1).is_wildcard == (host != reachable)
