"""Making the request that goes on: RFC 3261 §16.6, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from sipedge.proxy.breadth import DEFAULT_BREADTH
from sipedge.proxy.loop import MAGIC_COOKIE
from sipedge.proxy.preprocess import first_route
from sipedge.sip.fields import NameAddr
from sipedge.sip.flow import Flow
from sipedge.sip.headers import HeaderList
from sipedge.sip.message import Request, Response

__all__ = ["MAGIC_COOKIE", "MAX_FORWARDS", "Hop", "backward", "forward", "withdraw_credentials"]

MAX_FORWARDS: Final = 70


class Hop(NamedTuple):
    """What one forwarded copy needs: where it goes, what its first line says, and what stands on its top.

    `sent_by` is our host:port as the next hop must write to it, `branch` is unique (see loop.py). `routes` are the
    Route values that lead to the target (RFC 3327), and `breadth` is its Max-Breadth.
    """

    request_uri: str
    flow: Flow
    sent_by: str
    branch: str
    record_routes: Sequence[str] = ()
    routes: Sequence[str] = ()
    breadth: int = DEFAULT_BREADTH


def forward(request: Request, hop: Hop) -> Request:
    """A copy of `request` for `hop`. The body and all headers that are not a proxy's business stay as they are.

    All steps in one pass over the header fields. Raises HeaderError for a Route that cannot be read.
    """
    # Step 3: Max-Forwards, and Max-Breadth (RFC 5393 §5.3.3)
    hops_left = request.max_forwards
    instead = {"Max-Forwards": str(MAX_FORWARDS if hops_left is None else hops_left - 1)}
    if request.method != "ACK":
        instead["Max-Breadth"] = str(hop.breadth)
    above: dict[str, HeaderList] = {}
    # Step 4: Record-Route, the one that faces the next hop on top
    if hop.record_routes:
        above["Record-Route"] = [("Record-Route", f"<{uri}>") for uri in reversed(hop.record_routes)]
    # Step 6: the way to the target
    if hop.routes:
        above["Route"] = [("Route", route) for route in hop.routes]
    # Step 8: Via. rport so that a next hop behind NAT answers to where we listen (RFC 3581 §3)
    above["Via"] = [("Via", f"SIP/2.0/{hop.flow.transport.upper()} {hop.sent_by};branch={hop.branch};rport")]
    # Steps 1 and 2: a copy, and its request URI
    copy = request.rewritten(hop.request_uri, _edited(request.headers, above, instead))
    if hop.routes or request.get("Route") is not None:
        _yield_to_strict_router(copy)
    return copy


def _edited(headers: HeaderList, above: dict[str, HeaderList], instead: dict[str, str]) -> HeaderList:
    """The header fields with new ones `above` the first of their name, else on top (the last name highest), and with
    others' only values `instead` of what they had, else at the end."""
    edited: HeaderList = []
    done: set[str] = set()
    for item in headers:
        name = item[0]
        if name in instead:
            if name not in done:
                edited.append((name, instead[name]))
                done.add(name)
            continue
        if name in above and name not in done:
            edited += above[name]
            done.add(name)
        edited.append(item)
    for name, lines in above.items():
        if name not in done:
            edited[:0] = lines
    edited += [item for item in instead.items() if item[0] not in done]
    return edited


def withdraw_credentials(request: Request) -> None:
    """Remove credentials, in place: they were for us (RFC 3261 §22.3), and whoever else saw them could try passwords
    on them for as long as he likes. Phones send those for our realm in Authorization too, unasked.
    """
    if request.get("Proxy-Authorization") is not None:
        request.remove("Proxy-Authorization")
    if request.get("Authorization") is not None:
        request.remove("Authorization")


def backward(response: Response, request: Request | None = None) -> Response:
    """The response as it goes upstream: a copy without our Via (RFC 3261 §16.7 step 3).

    `request` is the one that it answers, as we received it: a next hop that lost the Vias below ours gets them put
    back, for its answer is known by our branch, and the sender would not know his own without them.
    """
    copy = response.below()
    if request is not None and not any(name == "Via" for name, _ in copy.headers):
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
