"""Loop detection: RFC 3261 §16.3 step 4 and §16.6 step 8, as RFC 5393 §4.2 tightened it.

Each branch that we choose ends in a mark: a keyed hash of all that routing looks at. A request that comes back with
a mark of ours that it would get again has been routed here in the very same way: a loop. One that comes back changed
(a spiral) would get another mark and goes on. The method is not hashed (§16.6 step 8), nor is what changes from hop
to hop: Via, Max-Forwards, Max-Breadth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from sipedge.sip.fields import parse_via
from sipedge.sip.message import HeaderError, Request

MAGIC_COOKIE: Final = "z9hG4bK"
MARK_BYTES: Final = 8  # with a key that only we have: nobody meets a mark by chance or by trying


def loop_mark(request: Request, key: bytes) -> str:
    """16 hex digits that stand for how this request is routed. `request` is as §16.4 left it, our Routes gone.

    Raises HeaderError when one of its fields is malformed.
    """
    uri, call_id, number = request.request_uri, request.get("Call-ID") or "", str(request.cseq.number)
    from_tag, to_tag = request.from_tag or "", request.to_tag or ""
    route, required = _line(request, "Route"), _line(request, "Proxy-Require")
    # Each with its length before it, so that no two requests give the same text.
    text = (
        f"{len(uri)}:{uri}{len(route)}:{route}{len(from_tag)}:{from_tag}{len(to_tag)}:{to_tag}"
        f"{len(call_id)}:{call_id}{len(number)}:{number}{len(required)}:{required}"
    ).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, key=key, digest_size=MARK_BYTES).hexdigest()


def _line(request: Request, name: str) -> str:
    return "" if request.get(name) is None else ", ".join(request.get_all(name))


def marked_branch(token: str, mark: str) -> str:
    """The branch of a request that goes on: `token` makes it unique (§8.1.1.7), `mark` tells a loop."""
    return f"{MAGIC_COOKIE}{token}.{mark}"


def may_have_looped(request: Request) -> bool:
    """A cheap first look: whether anybody but its sender has written a Via."""
    first = request.get("Via") or ""
    return "," in first or (request.repeats_a_name() and len(request.get_all("Via")) > 1)


def has_looped(request: Request, mark: str, is_own_sent_by: Callable[[str], bool]) -> bool:
    """Whether this request was here before, with the same mark, in a Via whose host:port is ours."""
    ending = f".{mark}"
    lines = [line for line in request.get_all("Via") if ending in line]
    if not lines:
        return False
    try:
        vias = [parse_via(value) for value in request.values("Via") if ending in value]
    except HeaderError:
        return False
    return any((via.branch or "").endswith(ending) and is_own_sent_by(via.sent_by) for via in vias)
