"""From where a token may be used: networks, written as PostgreSQL writes them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.fields import NetworkField

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_NETWORKS = 20
MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
"""IPv4 within IPv6: who comes so is looked at as IPv4."""


def read_source(text: str) -> str:
    """One network or address in its canonical form. Raises ValidationError."""
    try:
        network = ipaddress.ip_network(NetworkField().to_python(text) or "")
    except (ValidationError, ValueError) as error:
        message = _("“%(text)s” is no network. Write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32: zeros behind the mask.")
        raise ValidationError(message % {"text": text}, "invalid_network") from error
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(MAPPED):
        low = int(network.network_address) & 0xFFFFFFFF
        network = ipaddress.IPv4Network((low, network.prefixlen - MAPPED.prefixlen))
    return str(network)


def read_sources(text: str) -> list[str]:
    """Networks that stand in lines, or between commas or spaces; each once. Raises ValidationError."""
    return list(dict.fromkeys(read_source(item) for item in re.split(r"[,;\s]+", text) if item))


def networks_of(texts: Iterable[str]) -> list[Network]:
    """The networks that are stored so."""
    return [ipaddress.ip_network(text) for text in texts]


def outside(wanted: Sequence[str], own: Sequence[str]) -> list[str]:
    """Those of the wanted networks that are not within one's own; of no network of one's own: anywhere is within."""
    inner, outer = networks_of(wanted), networks_of(own)
    return [str(network) for network in inner if outer and not any(_is_within(network, other) for other in outer)]


def _is_within(network: Network, other: Network) -> bool:
    if isinstance(network, ipaddress.IPv4Network):
        return isinstance(other, ipaddress.IPv4Network) and network.subnet_of(other)
    return isinstance(other, ipaddress.IPv6Network) and network.subnet_of(other)
