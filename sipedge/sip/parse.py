"""Bytes to message (RFC 3261 §7, §18.3). Rejects only what it cannot represent; `validate` judges the rest.

The header section is decoded and cut into lines once; nothing in a value is looked at but control
characters and Content-Length. A request that cannot be accepted is still read as far as it goes, so that
it can be answered (ParseError.request).
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, Final

from sipedge.sip.controls import has_bare_control, has_stray_line_end, only_line_ends
from sipedge.sip.headers import HeaderList
from sipedge.sip.model import Request, Response
from sipedge.sip.names import CANONICAL_NAMES, KNOWN_NAMES
from sipedge.sip.params import HeaderError, is_token

MAX_MESSAGE: Final = 65_535  # bytes: what one UDP datagram can announce
MAX_HEADER_LINES: Final = 256  # of a request 200 (validate): forwarding must not make it, nor its answer, unreadable
MAX_LINES_FOR_ANSWER: Final = 200  # so many of a broken request's lines are read: its Vias and ours fit into an answer
MAX_METHOD_LENGTH: Final = 64

KNOWN_METHODS: Final = frozenset(
    {"ACK", "BYE", "CANCEL", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS"}
    | {"PRACK", "PUBLISH", "REFER", "REGISTER", "SUBSCRIBE", "UPDATE"}
)
_VERSION = re.compile(r"SIP/[0-9]{1,3}\.[0-9]{1,3}", re.IGNORECASE)
_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: (.*+))?", re.IGNORECASE | re.DOTALL)


class ParseError(Exception):
    """The bytes are not a SIP message that can be represented.

    status: what the sender of a request is owed. reason: its reason phrase.
    request: what could be read of the request, None when it cannot be answered (or was a response).
    """

    def __init__(self, reason: str, status: int = 400, request: Request | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.request = request


def parse(data: bytes) -> Request | Response:
    """Parse one whole datagram, or one message that a StreamFramer cut out.

    Line ends before the start line are skipped (§7.5). With a Content-Length, what follows that many bytes
    of body is ignored, as §18.3 says for datagrams; without one the body is all that follows.
    Raises ParseError.
    """
    if data[:1] in (b"\r", b"\n"):
        data = data.lstrip(b"\r\n")
    if len(data) > MAX_MESSAGE:
        raise ParseError("Message Too Large", 513)
    head, blank_line, body = data.partition(b"\r\n\r\n")
    text = head.decode("utf-8", "surrogateescape")
    lines = text.split("\r\n")
    start_line = lines.pop(0)
    message = _read_start_line(start_line)
    if isinstance(message, Request):
        message.size = len(data)
    try:
        if len(lines) > MAX_HEADER_LINES:
            raise HeaderError("Too Many Header Fields")
        if not only_line_ends(head, len(lines)):
            _judge_controls(head, start_line, lines)
        if not blank_line:
            raise HeaderError("Message Without End Of Headers")
        if not _read_usual_headers(message, text, lines):
            _read_headers(message, lines)
        length = content_length(message)
        message.body = body if length is None or length == len(body) else _cut_body(body, length)
        if isinstance(message, Request):
            _check_request_line(message)
    except HeaderError as error:
        raise _failure(error, message, lines) from error
    return message


def content_length(message: Request | Response) -> int | None:
    """Content-Length (§20.14), None when there is none. Raises HeaderError: malformed, or there are two."""
    text = message.get("Content-Length")
    if text is None:
        return None
    if message.repeats_a_name() and len(message.get_all("Content-Length")) > 1:
        raise HeaderError("Several Content-Length")
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        raise HeaderError("Malformed Content-Length")
    return int(text)


def _read_start_line(line: str) -> Request | Response:
    if line[:4].upper() != "SIP/":
        method, _, rest = line.partition(" ")
        uri, _, version = rest.rpartition(" ")
        return Request(method, uri, (), b"", version)
    status = _STATUS_LINE.fullmatch(line)
    if status is None:
        raise ParseError("Malformed Status-Line")
    return Response(int(status[1]), status[2] or "")


def _check_request_line(request: Request) -> None:
    method, uri, version = request.method, request.request_uri, request.version
    if method not in KNOWN_METHODS and (len(method) > MAX_METHOD_LENGTH or not is_token(method)):
        raise HeaderError("Malformed Request-Line")
    if not uri or " " in uri or "\t" in uri:
        raise HeaderError("Malformed Request-Line")
    if version != "SIP/2.0":
        if _VERSION.fullmatch(version) is None:
            raise HeaderError("Malformed Request-Line")
        request.version = version.upper()


def _judge_controls(head: bytes, start_line: str, lines: list[str]) -> None:
    # A lone CR or LF would let two readers of the same bytes see different lines.
    if has_stray_line_end(head, len(lines)):
        raise HeaderError("Stray CR Or LF")
    if any(map(has_bare_control, [start_line, *_unfolded(lines)])):
        raise HeaderError("Control Character In Header")


def _read_usual_headers(message: Request | Response, text: str, lines: list[str]) -> bool:
    """Read what nearly everybody writes: canonical names, one space behind the colon, nothing to strip or unfold."""
    if "\t" in text or " \r\n" in text or ":  " in text or text[-1:] == " ":
        return False
    headers: list[Any] = [tuple(line.split(": ", 1)) for line in lines]
    try:
        index = dict(headers)
    except ValueError:
        return False  # a line without ": "
    if not index.keys() <= KNOWN_NAMES:
        return False
    message.take(headers, index)
    return True


def _read_headers(message: Request | Response, lines: list[str]) -> None:
    try:
        message.headers = _header_list(lines)
    except HeaderError:
        # A continuation line (§7.3.1) has no name of its own, so where there is one this is reached.
        unfolded = _unfolded(lines)
        if len(unfolded) == len(lines):
            raise
        message.headers = _header_list(unfolded)


def _header_list(lines: list[str]) -> HeaderList:
    names = CANONICAL_NAMES
    try:
        return [(names[name], value.strip(" \t")) for line in lines for name, value in (line.split(":", 1),)]
    except HeaderError:
        raise
    except ValueError as error:
        raise HeaderError("Header Line Without Colon") from error


def _unfolded(lines: list[str]) -> list[str]:
    unfolded: list[str] = []
    for line in lines:
        if unfolded and line[:1] in (" ", "\t"):
            unfolded[-1] += " " + line.lstrip(" \t")
        else:
            unfolded.append(line)
    return unfolded


def _cut_body(body: bytes, length: int) -> bytes:
    if length > len(body):
        raise HeaderError("Content-Length Larger Than Message")
    return body[:length]


def _failure(error: HeaderError, message: Request | Response, lines: list[str]) -> ParseError:
    if isinstance(message, Response):
        return ParseError(error.reason, error.status)
    if not message.headers:
        message.headers = _readable_headers(_unfolded(lines[:MAX_LINES_FOR_ANSWER]))
    return ParseError(error.reason, error.status, message)


def _readable_headers(lines: list[str]) -> HeaderList:
    """What can be read of a broken header section: the error is known, the rest serves the answer."""
    headers: HeaderList = []
    for line in lines:
        if not has_bare_control(line):
            with suppress(HeaderError):
                headers += _header_list([line])
    return headers
