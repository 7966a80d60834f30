"""Request validation of a proxy: RFC 3261 §16.3, with RFC 5393's loop detection and Max-Breadth.

Steps 1 and 2 (syntax, URI scheme) are sip/validate.py's, step 6 (credentials) is the handlers'.
"""

from __future__ import annotations

from collections.abc import Callable

from sipedge.proxy import identity
from sipedge.proxy.breadth import breadth_of
from sipedge.proxy.loop import has_looped, loop_mark, may_have_looped
from sipedge.sip.message import Request, reason_phrase
from sipedge.sip.validate import Rejection


def refusal(request: Request, key: bytes, is_own_sent_by: Callable[[str], bool]) -> Rejection | None:
    """What a request that would go on is refused with, None when it may.

    `key`: of our marks (loop.py). `is_own_sent_by` says whether a Via's host:port is ours. Raises HeaderError (400).
    """
    # Step 3: Max-Forwards
    if request.max_forwards == 0:
        return _rejection(483)
    # Step 4: loop detection
    if may_have_looped(request) and has_looped(request, loop_mark(request, key), is_own_sent_by):
        return _rejection(482)
    # Step 5: Proxy-Require
    if request.get("Proxy-Require") is not None:
        unsupported = [tag for tag in request.values("Proxy-Require") if not _supports(tag, request)]
        if unsupported:
            return Rejection(420, reason_phrase(420), (("Unsupported", ", ".join(unsupported)),))
    # RFC 5393 §5.3.3: it may not become a single copy more
    if breadth_of(request) == 0:
        return _rejection(440)
    return None


def _supports(option_tag: str, request: Request) -> bool:
    return option_tag.lower() == "privacy" and identity.is_done(request)


def _rejection(status_code: int) -> Rejection:
    return Rejection(status_code, reason_phrase(status_code))
