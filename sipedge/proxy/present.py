"""A request as one of its targets gets it: who calls, and by which way, as routing has decided.

What goes to a phone loses what a phone may not know (identity.py); what goes to a gateway says of the caller what
routing says, and nothing else. From is another one where the caller is hidden from the callee, or a gateway wants the
number there: its tag stays, and responses get the caller's own From back (`as_the_caller_wrote`), for RFC 2543 compares
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sipedge.proxy import identity
from sipedge.sip.message import Request, Response

_OF_THE_CALLER: Final = ("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "P-Called-Party-ID")

HIDDEN: Final = '"Anonymous" <sip:anonymous@anonymous.invalid>'

Fields = Sequence[tuple[str, str]]


def present(
    request: Request,
    *,
    to_gateway: bool,
    from_: str = "",
    headers: Fields = (),
    on_top: Fields = (),
    below: Fields = (),
) -> Request:
    """A copy of `request` for one target.

    from_: From's address, '' for the caller's. headers take the place of any of their name, on_top and below go above
    or below those that are there.
    """
    copy = request.copy()
    if to_gateway:
        for name in _OF_THE_CALLER:
            copy.remove(name)
    else:
        identity.towards_untrusted(copy)
    if from_:
        tag = request.from_tag
        copy.set("From", f"{from_};tag={tag}" if tag else from_)
    for name, value in headers:
        copy.set(name, value)
    for name, value in reversed(on_top):
        copy.prepend(name, value)
    for name, value in below:
        copy.append(name, value)
    return copy


def hide_caller(request: Request) -> Request:
    """A copy with an anonymous From (RFC 3323 §4.1.1.3): what a caller sends in a dialog in which it is hidden."""
    copy = request.copy()
    copy.set("From", f"{HIDDEN};tag={request.from_tag}" if request.from_tag else HIDDEN)
    return copy


def as_the_caller_wrote(response: Response, request: Request) -> None:
    """Give a response, in place, the From of the request that it answers."""
    from_ = request.get("From")
    if from_ is not None and response.get("From") != from_:
        response.set("From", from_)
