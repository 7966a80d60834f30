"""sips: what must not leave TLS (RFC 3261 §26.2.2, RFC 5630 §5).

A request whose first line names a sips URI goes on by TLS or secure WebSocket alone, and to phones that registered a
sips Contact: one with a sip Contact, even on TLS, would answer with that, and callers that keep to RFC 5630 (PJSIP is
one) end such a call at once. Where nobody is left the answer is 480 with a Warning, and the caller may dial sip.
"""

from __future__ import annotations

from typing import Final

from sipedge.proxy.locate import transport_of
from sipedge.sip.flow import Flow
from sipedge.sip.uri import Uri

SECURE_TRANSPORTS: Final = frozenset({"tls", "wss"})
NOT_ALLOWED: Final = "SIPS Not Allowed"  # RFC 5630 §6.2, warn-code 380


def is_secure(way: Flow | Uri) -> bool:
    """Whether what is sent on this flow, or to this URI, leaves by TLS."""
    if isinstance(way, Flow):
        return way.transport in SECURE_TRANSPORTS
    return way.scheme == "sips" or transport_of(way) in SECURE_TRANSPORTS


def warning(host_port: str) -> tuple[str, str]:
    """The Warning that a 480 carries where no target may be reached by sips."""
    return "Warning", f'380 {host_port} "{NOT_ALLOWED}"'
