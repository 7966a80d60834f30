"""Where the edge's own requests to a gateway go, and what they call it."""

from __future__ import annotations

from sipedge.facts import GatewayFacts
from sipedge.sip.uri import Uri, parse_uri


def gateway_uri(gateway: GatewayFacts) -> Uri:
    """What a gateway is called in the first line of a request for itself: its host, port and transport."""
    host = gateway.host.strip("[]").lower()
    return _by_transport(Uri("sip", None, None, host, gateway.port), gateway)


def outbound_proxy(gateway: GatewayFacts) -> Uri | None:
    """The server that all requests to a gateway go through, None for none. Raises UriError where it is no host."""
    return _by_transport(server_uri(gateway.outbound_proxy), gateway) if gateway.outbound_proxy else None


def routes_to(gateway: GatewayFacts) -> tuple[str, ...]:
    """The Route that leads there by way of the outbound proxy (RFC 3261 §8.1.2: a preloaded route set), () for none."""
    proxy = outbound_proxy(gateway)
    return () if proxy is None else (f"<{proxy.with_params(('lr', None))}>",)


def located_by(gateway: GatewayFacts, target: Uri | None = None) -> Uri:
    """The URI whose destinations (RFC 3263) are tried: the outbound proxy's, else `target`'s or the gateway's own.

    It always says the transport: what the operator says counts, not what the carrier's NAPTR records prefer.
    """
    uri = outbound_proxy(gateway) or target or gateway_uri(gateway)
    return uri.with_params(("transport", gateway.transport))


def server_uri(host: str) -> Uri:
    """A server that is written as host or host:port, IPv6 in brackets. Raises UriError."""
    return parse_uri(f"sip:{host.strip()}")


def _by_transport(uri: Uri, gateway: GatewayFacts) -> Uri:
    return uri if gateway.transport == "udp" else uri.with_params(("transport", gateway.transport))
