"""Route information preprocessing: RFC 3261 §16.4, and which dialog a request says it belongs to."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from sipedge.proxy.record_route import DialogToken, read_token
from sipedge.sip.fields import NameAddr, parse_name_addr
from sipedge.sip.message import Request
from sipedge.sip.uri import Uri

_USUAL: Final = re.compile(
    r"<(sips?):([A-Za-z0-9_-]{1,256})@([a-z0-9][a-z0-9.-]{0,254})(?::([1-9][0-9]{0,3}|[1-5][0-9]{4}))?;lr>"
)


class Preprocessed(NamedTuple):
    """A request after §16.4: our own Route values are gone. The very same one where it had none.

    `token` is what our signed Record-Route brought back, None when there was none of ours: then the request
    is in no dialog that we know of, whatever its tags say.
    """

    request: Request
    token: DialogToken | None


def preprocess(request: Request, is_own: Callable[[Uri], bool], key: bytes) -> Preprocessed:
    """Undo strict routing, take our Route values off the top, and read the dialog token they carry.

    `is_own` says whether a URI's host and port are ours. Two of ours stand on top of each other where the two
    sides of a call use different transports (RFC 5658 §4.2). Raises HeaderError for a malformed Route.
    """
    if request.get("Route") is None:
        return Preprocessed(request, None)
    token = None
    if is_own(request.uri):
        token = read_token(request.uri.user, request.call_id, key)
        if token is not None:
            request = request.copy()
            _repair_strict_route(request)
    while (top := _top_route(request)) is not None and is_own(top):
        token = token or read_token(top.user, request.call_id, key)
        request = _without_first_route(request)
    return Preprocessed(request, token)


def _top_route(request: Request) -> Uri | None:
    """The URI of the topmost Route value. One that may be ours is seen at once: no other request will ever have it."""
    line = request.get("Route")
    if line is None:
        return None
    usual = _USUAL.fullmatch(line)
    if usual is not None:
        scheme, user, host, port = usual.groups()
        return Uri(scheme, user, None, host, int(port) if port else None, (("lr", None),))
    top = first_route(request)
    return None if top is None else top.uri


def _without_first_route(request: Request) -> Request:
    lines = request.get_all("Route")
    if len(lines) == 1 and "," not in lines[0]:
        return request.without("Route")
    request = request.copy()
    request.remove_first_value("Route")
    return request


def first_route(request: Request) -> NameAddr | None:
    """The topmost Route value, None when the request has none."""
    if request.get("Route") is None:
        return None
    routes = request.values("Route")
    return parse_name_addr(routes[0]) if routes else None


def _repair_strict_route(request: Request) -> None:
    """§16.4, second paragraph: a strict router put our Record-Route into the request URI, and the real one last."""
    routes = request.values("Route")
    request.request_uri = str(parse_name_addr(routes[-1]).uri)
    request.set("Route", ", ".join(routes[:-1])) if routes[:-1] else request.remove("Route")
