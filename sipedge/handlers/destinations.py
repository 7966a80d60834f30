"""Where the edge sends nothing, whoever names it: to itself, to its own machine, and, for phones, to a carrier.

A phone names destinations: in a Path, in the Contact of a call, in the request URI of what it sends in a dialog; by a
host name, which may mean any address. Carriers trust the edge's address, and on its own machine other servers listen
that would take a message's body for commands. So every destination that was located, and not given by the flow that
a phone registered or called over, passes here before anything is sent to it.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

from sipedge.handlers.authentication import gateway_at
from sipedge.sip.flow import Flow

if TYPE_CHECKING:
    from sipedge.handlers.services import Services


def is_forbidden(services: Services, flow: Flow, *, is_gateway: bool) -> bool:
    """Whether nothing may be sent to a destination. is_gateway: a carrier is meant by it; else a phone.

    Loopback is open to an edge that itself is reached there: then all of it happens on one machine.
    """
    host, is_nobodys, is_loopback = _known(flow.host)
    if is_loopback:
        if not _is_loopback(services.listeners.of(flow).host):
            return True
    elif is_nobodys or host in services.listeners.hosts:
        return True
    return not is_gateway and gateway_at(services, flow if flow.host == host else flow._replace(host=host)) is not None


@lru_cache(maxsize=4096)
def _known(host: str) -> tuple[str, bool, bool]:
    """An address as it is compared, whether it is one that nobody has, and whether it is this machine's own."""
    address = ip_address(host.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    is_nobodys = address.is_unspecified or address.is_multicast or str(address) == "255.255.255.255"
    return str(address), is_nobodys, address.is_loopback


@lru_cache(maxsize=256)
def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
