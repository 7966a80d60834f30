"""Which addresses are internal."""

import ipaddress

import pytest

from events.addresses import is_allowed

INTERNAL_4 = (
    "127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 169.254.169.254 172.16.0.1 "
    "172.31.255.255 192.168.1.1 192.0.0.192 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 "
    "239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16"
)
INTERNAL_6 = (
    ":: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 fe80::1 fe80::1%eth0 fec0::1 fc00::1 fd00:ec2::254 ff02::1 "
    "64:ff9b::a9fe:a9fe 64:ff9b::808:808 64:ff9b:1::1 2002:7f00:1:: 2002:808:808:: 2001::1 2001:0:7f00:1:: "
    "2001:db8::1 3fff::1 100::1 5f00::1 4000::1"
)
PUBLIC = ["8.8.8.8", "1.1.1.1", "100.128.0.1", "172.32.0.1", "11.0.0.1", "2606:4700::1111", "2a00:1450:4001::1"]


@pytest.mark.parametrize("address", [*INTERNAL_4.split(), *INTERNAL_6.split()])
def test_internal_ones_are_refused(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_ones_are_well(address: str) -> None:
    assert is_allowed(address)


@pytest.mark.parametrize("text", ["", "x", "127.1", "0x7f000001", "2130706433", "017700000001", "1.2.3"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert not is_allowed(text)


def test_an_operator_allows_networks() -> None:
    allowed = [ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("64:ff9b::/96")]
    assert is_allowed("10.20.3.4", allowed)
    assert not is_allowed("10.21.0.1", allowed)
    assert is_allowed("64:ff9b::808:808", allowed)  # behind NAT64, a public one
    assert not is_allowed("64:ff9b::a9fe:a9fe", allowed)  # and one that is none
    assert is_allowed("64:ff9b::a14:304", allowed)
