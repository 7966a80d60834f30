"""A request as nearly everybody writes it, read and judged in one go.

What is recognised here `parse` reads and `validate_request` accepts in the same way, only in more steps. What is not
recognised is no error: then those two read and judge it. REGISTER has a path of its own (plain_register.py).
"""

from __future__ import annotations

from typing import Any, Final

from sipedge.sip.controls import only_line_ends
from sipedge.sip.fields import CSeq, parse_name_addr, parse_via
from sipedge.sip.model import Request
from sipedge.sip.names import KNOWN_NAMES
from sipedge.sip.padding import unpadded
from sipedge.sip.params import HeaderError
from sipedge.sip.parse import KNOWN_METHODS
from sipedge.sip.uri import UriError, parse_uri
from sipedge.sip.validate import URI_SCHEMES

_METHODS: Final = frozenset(method.encode() for method in KNOWN_METHODS - {"REGISTER"})
_LONGEST: Final = 8_000  # bytes
_MOST_LINES: Final = 60
_MOST_VIAS: Final = 20
_MOST_COMMAS: Final = 40  # so there are fewer Via values than validate takes
_MANDATORY: Final = frozenset({"Via", "From", "To", "Call-ID", "CSeq", "Content-Length", "Max-Forwards"})
_LISTS: Final = ("Via", "Route", "Record-Route")
_MAX_FORWARDS: Final = frozenset(map(str, range(256)))


class PlainRequest(Request):
    """A request that `validate_request` has nothing against."""

    __slots__ = ()


def read_plain_request(data: bytes) -> PlainRequest | None:
    """Read a whole datagram, or a message cut out of a stream; None where it is written otherwise."""
    if data.partition(b" ")[0] not in _METHODS or len(data) > _LONGEST:
        return None
    head, blank_line, body = unpadded(data).partition(b"\r\n\r\n")
    text = head.decode("utf-8", "surrogateescape")
    if not blank_line or "\t" in text or " \r\n" in text or ":  " in text or text.count(",") > _MOST_COMMAS:
        return None  # something to strip, or to unfold
    lines = text.split("\r\n")
    first = lines.pop(0).split(" ")
    if len(first) != 3 or first[2] != "SIP/2.0" or len(lines) > _MOST_LINES or not only_line_ends(head, len(lines)):
        return None
    headers: list[Any] = [tuple(line.split(": ", 1)) for line in lines]
    try:
        index = dict(headers)
    except ValueError:
        return None  # a line without ": "
    keys = index.keys()
    if not (keys <= KNOWN_NAMES and keys >= _MANDATORY) or index["Content-Length"] != str(len(body)):
        return None
    if text[-1] == " " or (len(index) != len(headers) and not _repeats_lists_alone(headers, index)):
        return None
    request = PlainRequest(first[0], first[1], headers, body)
    request.size = len(data)
    request._index = index
    return request if _is_read(request, index) else None


def _repeats_lists_alone(headers: list[tuple[str, str]], index: dict[str, str]) -> bool:
    """Whether no header field stands twice but those that may. index: gets the first values of these."""
    names = [name for name, _ in headers]
    further = 0
    for name in _LISTS:
        number = names.count(name)
        if number > 1:
            further += number - 1
            index[name] = headers[names.index(name)][1]
    return further == len(headers) - len(index) and names.count("Via") <= _MOST_VIAS


def _is_read(request: PlainRequest, index: dict[str, str]) -> bool:
    """Read what every request must have; whether all of it is as it should be."""
    number, _, method = index["CSeq"].partition(" ")
    if method != request.method or not (number.isascii() and number.isdigit() and len(number) < 10):
        return False
    if index["Max-Forwards"] not in _MAX_FORWARDS or " " in index["Call-ID"] or "," in index["Via"]:
        return False
    try:
        uri, via = parse_uri(request.request_uri), parse_via(index["Via"])
        from_, to = parse_name_addr(index["From"]), parse_name_addr(index["To"])
    except (UriError, HeaderError):
        return False
    request._parsed = {"Via.top": via, "From": from_, "To": to, "CSeq": CSeq(int(number), method)}
    return uri.scheme in URI_SCHEMES and not uri.headers and via.protocol == "SIP/2.0"
