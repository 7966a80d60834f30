"""A request as one of its targets gets it: who calls, and by which way, as routing has decided.

What goes to a phone loses what a phone may not know (identity.py); what goes to a gateway says of the caller what
routing says, and nothing else. From is another one where the caller is hidden from the callee, or a gateway wants the
number there: its tag stays, and responses get the sender's own back (`as_the_sender_wrote`), for RFC 2543 compares it.
The rest of the dialog keeps to what its first request was sent with (`rename`): RFC 4916 lets From change, and a phone
could name itself by any number that way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sipedge.proxy import identity
from sipedge.sip.fields import NameAddr
from sipedge.sip.message import Message, Request, Response
from sipedge.sip.params import str_params

HIDDEN: Final = '"Anonymous" <sip:anonymous@anonymous.invalid>'
_LONG_NAME: Final = 96
_LONG_URI: Final = 200
"""Bytes, beyond which a name is its URI alone, and that without parameters: each request of the dialog carries it
(proxy/record_route.py)."""

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
        identity.towards_gateway(copy)
    else:
        identity.towards_untrusted(copy)
    if from_:
        copy.set("From", tagged(from_, request.from_))
    for name, value in headers:
        copy.set(name, value)
    for name, value in reversed(on_top):
        copy.prepend(name, value)
    for name, value in below:
        copy.append(name, value)
    return copy


def name_of(address: NameAddr) -> str:
    """How From or To names somebody, without tag and other parameters; without what is too long to be kept."""
    name = str(address._replace(params=()))
    if _size(name) <= _LONG_NAME:
        return name
    uri = str(address.uri)
    return f"<{uri if _size(uri) <= _LONG_URI else address.uri._replace(params=(), headers='')}>"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def tagged(name: str, address: NameAddr) -> str:
    """From or To with another name; the tag stays, as it was written."""
    return name + str_params(tuple([param for param in address.params if param[0] == "tag"]))


def rename(request: Request, *, from_: str = "", to: str = "") -> bool:
    """Give a request of a dialog, in place, the names that the other side knows; '' leaves what is there.

    Whether anything is another one now: then its responses are to be `as_the_sender_wrote`. Raises HeaderError.
    """
    is_other_from = bool(from_) and _put(request, "From", tagged(from_, request.from_))
    is_other_to = bool(to) and _put(request, "To", tagged(to, request.to))
    return is_other_from or is_other_to


def _put(message: Message, name: str, value: str) -> bool:
    is_other = message.get(name) != value
    if is_other:
        message.set(name, value)
    return is_other


def as_the_sender_wrote(response: Response, request: Request) -> None:
    """Give a response, in place, the From of the request that it answers, and in a dialog its To."""
    for name in ("From",) if request.to_tag is None else ("From", "To"):
        value = request.get(name)
        if value is not None:
            _put(response, name, value)
