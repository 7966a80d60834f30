"""A response as nearly everybody writes it, which only has to go on: its next hop gets the same bytes without our Via.

What is recognised here `parse` reads and `validate_response` accepts in the same way, and what goes on is byte by byte
what `serialise` would write. What is not recognised is no error: then `parse` reads it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from sipedge.sip.controls import only_line_ends
from sipedge.sip.fields import parse_name_addr
from sipedge.sip.model import Response
from sipedge.sip.padding import unpadded
from sipedge.sip.params import HeaderError
from sipedge.sip.parse import KNOWN_METHODS

START: Final = b"SIP/2.0 "

_LONGEST: Final = 8_000  # bytes
_MOST_LINES: Final = 60
_MOST_VIAS: Final = 20
_MOST_COMMAS: Final = 40  # so there are fewer Via values than validate takes
_STATUS: Final = re.compile(r"SIP/2\.0 (1(?:0[1-9]|[1-9][0-9])|2[0-9]{2}) ([^\r\n]*)")
_MANDATORY: Final = frozenset({"Via", "From", "To", "Call-ID", "CSeq", "Content-Length"})
_VIA: Final = re.compile(
    r"SIP/2\.0/(?:UDP|TCP|TLS|WSS?) (?:[a-z0-9][a-z0-9.-]{0,254}|\[[0-9a-f]{1,4}:[0-9a-f:]{1,40}\])"
    r"(?::[1-9][0-9]{0,3}|:[1-5][0-9]{4}|:6[0-4][0-9]{3})?;branch=(z9hG4bK[0-9a-f.]{1,64});rport"
    r"(?:=[0-9]{1,5})?(?:;received=[0-9a-f.:]{2,45})?"
)
"""The kind that we write, with what its receiver added."""
_OTHER_VIA: Final = re.compile(r"[!#-+\--;=-~](?:[ !#-+\--;=-~]*[!#-+\--;=-~])?")
"""Another one in the same line: no comma, quote or bracket, and nothing to strip."""


class PlainResponse(Response):
    """101 … 299, valid, with another Via below ours.

    branch: of our Via. method: of CSeq. onward: the bytes that go upstream.
    """

    __slots__ = ("branch", "method", "onward")

    branch: str
    method: str
    onward: bytes


def read_plain_response(data: bytes, passing: frozenset[str]) -> PlainResponse | None:
    """Read a response whose header fields all have a name of `passing`; None where it is written otherwise."""
    data = unpadded(data)
    head, blank_line, body = data.partition(b"\r\n\r\n")
    text = head.decode("utf-8", "surrogateescape")
    if not blank_line or len(data) > _LONGEST or text.count(",") > _MOST_COMMAS:
        return None
    if "\t" in text or " \r\n" in text or ":  " in text:
        return None  # something to strip, or to unfold
    lines = text.split("\r\n")
    status = _STATUS.fullmatch(lines.pop(0))
    if status is None or len(lines) > _MOST_LINES or not only_line_ends(head, len(lines)):
        return None
    headers: list[Any] = [tuple(line.split(": ", 1)) for line in lines]
    try:
        index = dict(headers)
    except ValueError:
        return None  # a line without ": "
    keys = index.keys()
    if not (keys <= passing and keys >= _MANDATORY) or headers[-1] != ("Content-Length", str(len(body))):
        return None
    response = PlainResponse(int(status[1]), status[2], headers, body)
    response._index = index
    return response if _is_read(response, index, data) else None


def _is_read(response: PlainResponse, index: dict[str, str], data: bytes) -> bool:
    """Read what a response must have; whether all of it is as it should be, and nothing twice but what may be."""
    names = [name for name, _ in response.headers]
    vias, routes = names.count("Via"), names.count("Record-Route")
    if vias > _MOST_VIAS or len(names) - len(index) != vias - 1 + max(routes - 1, 0):
        return False
    line = index["Via"] = response.headers[names.index("Via")][1]
    via, comma, below = line.partition(", ")
    if _OTHER_VIA.fullmatch(below) is None if comma else vias < 2:
        return False  # none below ours, or what would have to be written anew
    if routes:
        index["Record-Route"] = response.headers[names.index("Record-Route")][1]
    number, _, method = index["CSeq"].partition(" ")
    ours = _VIA.fullmatch(via)
    if ours is None or method not in KNOWN_METHODS or not (number.isascii() and number.isdigit() and len(number) < 10):
        return False
    try:
        response._parsed = {"From": parse_name_addr(index["From"]), "To": parse_name_addr(index["To"])}
    except HeaderError:
        return False
    response.branch, response.method = ours[1], method
    ending, left = (", ", b"\r\nVia: ") if comma else ("\r\n", b"\r\n")
    response.onward = data.replace(f"\r\nVia: {via}{ending}".encode(), left, 1)
    return " " not in index["Call-ID"]
