"""Making the request that goes on: RFC 3261 §16.6, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sipedge.proxy.breadth import DEFAULT_BREADTH
from sipedge.proxy.loop import MAGIC_COOKIE
from sipedge.proxy.preprocess import first_route
from sipedge.sip.fields import NameAddr
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response

__all__ = ["MAGIC_COOKIE", "MAX_FORWARDS", "Hop", "backward", "forward", "withdraw_credentials"]

MAX_FORWARDS: Final = 70


@dataclass(frozen=True, slots=True)
class Hop:
    """What one forwarded copy needs: where it goes, what its first line says, and what stands on its top.

    `sent_by` is our host:port as the next hop must write to it, `branch` is unique with the magic cookie in front;
    `mark` is put behind it (see loop.py). `routes` are the Route values that lead to the target (RFC 3327), and
    `breadth` is its Max-Breadth.
    """

    request_uri: str
    flow: Flow
    sent_by: str
    branch: str
    record_routes: Sequence[str] = ()
    routes: Sequence[str] = ()
    breadth: int = DEFAULT_BREADTH
    mark: str = ""


def forward(request: Request, hop: Hop) -> Request:
    """A copy of `request` for `hop`. The body and all headers that are not a proxy's business stay as they are.

    Raises HeaderError for a Route that cannot be read.
    """
    # Step 1: a copy; step 2: its request URI
    copy = request.copy()
    copy.request_uri = hop.request_uri
    # Step 3: Max-Forwards, and Max-Breadth (RFC 5393 §5.3.3)
    hops_left = copy.max_forwards
    copy.set("Max-Forwards", str(MAX_FORWARDS if hops_left is None else hops_left - 1))
    if copy.method != "ACK":
        copy.set("Max-Breadth", str(hop.breadth))
    # Step 4: Record-Route, the one that faces the next hop on top
    for uri in hop.record_routes:
        copy.prepend("Record-Route", f"<{uri}>")
    # Step 6: the way to the target, and a strict router on it
    if hop.routes or request.get("Route") is not None:
        for route in reversed(hop.routes):
            copy.prepend("Route", route)
        _yield_to_strict_router(copy)
    # Step 8: Via. rport so that a next hop behind NAT answers to where we listen (RFC 3581 §3)
    transport = hop.flow.transport.upper()
    branch = f"{hop.branch}.{hop.mark}" if hop.mark else hop.branch
    copy.prepend("Via", f"SIP/2.0/{transport} {hop.sent_by};branch={branch};rport")
    return copy


def withdraw_credentials(request: Request) -> None:
    """Remove credentials, in place: they were for us (RFC 3261 §22.3), and whoever else saw them could try passwords
    on them for as long as he likes. Phones send those for our realm in Authorization too, unasked.
    """
    request.remove("Proxy-Authorization")
    request.remove("Authorization")


def backward(response: Response, request: Request | None = None) -> Response:
    """The response as it goes upstream: a copy without our Via (RFC 3261 §16.7 step 3).

    `request` is the one that it answers, as we received it: a next hop that lost the Vias below ours gets them put
    back, for its answer is known by our branch, and the sender would not know his own without them.
    """
    copy = response.copy()
    copy.remove_first_value("Via")
    if request is not None and not copy.has("Via"):
        for value in reversed(request.get_all("Via")):
            copy.prepend("Via", value)
    return copy


def _yield_to_strict_router(copy: Request) -> None:
    """Step 6, last paragraph: a next hop without ;lr takes its own URI in the first line, and the target's last."""
    top: NameAddr | None = first_route(copy)
    if top is None or top.uri.has_param("lr"):
        return
    copy.remove_first_value("Route")
    copy.append("Route", f"<{copy.request_uri}>")
    copy.request_uri = str(top.uri._replace(headers="").without_params("method"))
