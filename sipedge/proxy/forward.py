"""Making the request that goes on: RFC 3261 §16.6, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response

MAX_FORWARDS: Final = 70
MAGIC_COOKIE: Final = "z9hG4bK"


@dataclass(frozen=True, slots=True)
class Hop:
    """What one forwarded copy needs: where it goes, what its first line says, and what stands on its top.

    `sent_by` is our host:port as the next hop must write to it, `branch` is unique with the magic cookie in front.
    """

    request_uri: str
    flow: Flow
    sent_by: str
    branch: str
    record_routes: Sequence[str] = ()


def forward(request: Request, hop: Hop) -> Request:
    """A copy of `request` for `hop`. The body and all headers that are not a proxy's business stay as they are."""
    # Step 1: a copy; step 2: its request URI
    copy = request.copy()
    copy.request_uri = hop.request_uri
    # Step 3: Max-Forwards
    hops_left = copy.max_forwards
    copy.set("Max-Forwards", str(MAX_FORWARDS if hops_left is None else hops_left - 1))
    # Step 4: Record-Route, the one that faces the next hop on top
    for uri in hop.record_routes:
        copy.prepend("Record-Route", f"<{uri}>")
    # Step 8: Via. rport so that a next hop behind NAT answers to where we listen (RFC 3581 §3)
    transport = hop.flow.transport.upper()
    copy.prepend("Via", f"SIP/2.0/{transport} {hop.sent_by};branch={hop.branch};rport")
    return copy


def withdraw_credentials(request: Request) -> None:
    """Remove credentials, in place: they were for us (RFC 3261 §22.3), and whoever else saw them could try passwords
    on them for as long as he likes. Phones send those for our realm in Authorization too, unasked.
    """
    request.remove("Proxy-Authorization")
    request.remove("Authorization")


def backward(response: Response) -> Response:
    """The response as it goes upstream: a copy without our Via (RFC 3261 §16.7 step 3)."""
    copy = response.copy()
    copy.remove_first_value("Via")
    return copy
