"""X-Forwarded-* headers count only when they come from a proxy that the operator trusts.

From anybody else they are dropped before the rest of Django sees them. From a trusted proxy the client's address
(the last one that is not a proxy of ours) becomes REMOTE_ADDR.
"""

import ipaddress
from collections.abc import Callable, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from provider.run.values import Network

FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
)
FORWARDED_BY_STRANGER = "freiton.forwarded_by_stranger"
"""Set in META when a peer that is no trusted proxy sent such headers."""


def is_inside(address: str, networks: Sequence[Network]) -> bool:
    """Whether an IP literal lies in one of the networks; text that is no address lies in none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in networks)


def client_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """The nearest address on the way that is not a trusted proxy; `peer` when the header says nothing usable."""
    address = peer
    for hop in reversed(forwarded_for.split(",")):
        if not is_inside(address, trusted):
            return address
        try:
            address = str(ipaddress.ip_address(hop.strip()))
        except ValueError:
            return address
    return address


class TrustedProxies:
    """Middleware, first of all: what a stranger says about the way of the request is forgotten."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Cleans the request's META in place."""
        meta = request.META
        peer = meta.get("REMOTE_ADDR", "")
        if is_inside(peer, settings.TRUSTED_PROXIES):
            meta["REMOTE_ADDR"] = client_address(peer, meta.get("HTTP_X_FORWARDED_FOR", ""), settings.TRUSTED_PROXIES)
        else:
            dropped = [meta.pop(name) for name in FORWARDED if name in meta]
            meta[FORWARDED_BY_STRANGER] = bool(dropped)
        return self.get_response(request)
