"""The OPTIONS by which a gateway is asked whether it is there (RFC 3261 §11.1)."""

from __future__ import annotations

from sipedge.facts import GatewayFacts
from sipedge.sip.build import INITIAL_MAX_FORWARDS
from sipedge.sip.message import Request
from sipedge.trunks.ways import gateway_uri, routes_to


def options(gateway: GatewayFacts, here: str, token: str) -> Request:
    """The request, still without Via. here: our host:port towards it. token: never used before.

    Raises UriError where the outbound proxy cannot be read.
    """
    uri = str(gateway_uri(gateway))
    transport = "" if gateway.transport == "udp" else f";transport={gateway.transport}"
    return Request(
        "OPTIONS",
        uri,
        [
            *[("Route", route) for route in routes_to(gateway)],
            ("Max-Forwards", INITIAL_MAX_FORWARDS),
            ("From", f"<sip:{here}>;tag={token}"),
            ("To", f"<{uri}>"),
            ("Call-ID", token),
            ("CSeq", "1 OPTIONS"),
            ("Contact", f"<sip:{here}{transport}>"),
            ("Accept", "application/sdp"),
        ],
    )
