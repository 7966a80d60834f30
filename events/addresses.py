"""Which addresses a webhook may be sent to: those of the public internet, and networks that the operator allows.

Pure. An address that carries another one in it (mapped, 6to4, NAT64, Teredo) is judged by both. What is refused are the
special-purpose registries of IANA (RFC 6890), multicast, and what clouds answer their machines at.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_SPECIAL: Final[tuple[Network, ...]] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's answer to its own machines; the others' are link-local, or lie in 100.64.0.0/10
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    )
)  # fmt: skip
_GLOBAL_6: Final = ipaddress.IPv6Network("2000::/3")
"""All that is assigned to the public internet; the loopback, ULA, link-local and multicast lie outside."""
_NAT64: Final = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


def is_allowed(text: str, allowed: Iterable[Network] = ()) -> bool:
    """Whether something may be sent to this address. allowed: networks that are well, internal as they may be."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    networks = tuple(allowed)
    inner = _carried(address)
    return _is_well(address, networks) and (inner is None or _is_well(inner, networks))


def _is_well(address: Address, allowed: tuple[Network, ...]) -> bool:
    if any(address.version == network.version and address in network for network in allowed):
        return True
    if isinstance(address, IPv6Address) and address not in _GLOBAL_6:
        return False
    return not any(address.version == network.version and address in network for network in _SPECIAL)


def _carried(address: Address) -> IPv4Address | None:
    """The IPv4 address to which packets for this one go in the end."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _NAT64) or (int(address) >> 32 == 0 and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
