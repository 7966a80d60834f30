"""Path: the proxies between a phone and us, through which requests have to go back to it (RFC 3327)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sipedge.registrar import contacts
from sipedge.registrar.limits import RegistrarLimits
from sipedge.sip.fields import NameAddr, parse_name_addr
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request
from sipedge.sip.uri import Uri
from sipedge.sip.validate import Rejection

UNSUPPORTED: Final = Rejection(420, "Bad Extension", (("Unsupported", "path"),))


def checked_path(
    request: Request, source: Flow, limits: RegistrarLimits, is_self: Callable[[Uri], bool]
) -> str | Rejection:
    """The Path values of a REGISTER in one line, '' for none; or why it is refused.

    A phone that does not say that it knows Path has not asked for one: somebody put it in without its knowledge, and
    §5.3 recommends 420. Raises HeaderError 400 for a value that is no address.
    """
    if request.get("Path") is None:
        return ""
    if not supports(request, "path"):
        return UNSUPPORTED
    values = path_values(request)
    for value in values:
        rejection = contacts.refusal(value.uri, str(value.uri), source, limits, is_self)
        if rejection is not None:
            return Rejection(rejection.status_code, rejection.reason.replace("Contact", "Path"))
    path = ", ".join(map(str, values))
    if not path.isascii() or len(path) > limits.max_path_bytes:
        return Rejection(400, "Malformed Path")
    return path


def path_values(request: Request) -> list[NameAddr]:
    """The Path values, the one nearest to us first. Raises HeaderError."""
    return [parse_name_addr(value) for value in request.values("Path")]


def supports(request: Request, option: str) -> bool:
    """Whether the sender names an option tag (lower case) in Supported or Require (RFC 3261 §19.2)."""
    named = [*request.values("Supported"), *request.values("Require")]
    return any(value.lower() == option for value in named)
