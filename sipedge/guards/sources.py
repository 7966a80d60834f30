"""Who counts as one source: an IPv4 address, or the /64 of an IPv6 address, the least that one customer has."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network
from typing import Final

_KNOWN: Final = 65_536
_PREFIX: Final = 64


def source_of(host: str) -> str:
    """The source that an address belongs to, as text: '192.0.2.1', '2001:db8:0:1::/64', '::1'.

    host: an IP literal, IPv6 without brackets. Raises ValueError for an IPv6 literal that is none.
    """
    return _network(host) if ":" in host else host


@lru_cache(maxsize=_KNOWN)
def _network(host: str) -> str:
    address = IPv6Address(host.partition("%")[0])
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    if address.is_loopback:
        return str(address)
    return str(IPv6Network((address, _PREFIX), strict=False))
