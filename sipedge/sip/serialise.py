"""Message to bytes (RFC 3261 §7). The last gate: no value can start a line of its own here."""

from __future__ import annotations

from sipedge.sip.controls import has_bare_control, has_stray_line_end, only_line_ends
from sipedge.sip.model import Request, Response


class SerialiseError(ValueError):
    """A value holds CR, LF or another control character: a fault of whoever put it there."""


def serialise(message: Request | Response) -> bytes:
    """Write a message. Content-Length is always there, last, and right, whatever the headers say.

    Raises SerialiseError when a start line, name or value holds a control character (but HTAB, and
    quoted-pairs as §25.1 allows them) or a character that UTF-8 cannot write.
    """
    if isinstance(message, Request):
        lines = [f"{message.method} {message.request_uri} {message.version}"]
    else:
        lines = [f"SIP/2.0 {message.status_code} {message.reason}"]
    lines += [f"{name}: {value}" for name, value in message.headers if name != "Content-Length"]
    line_ends = len(lines) + 2
    lines.append(f"Content-Length: {len(message.body)}\r\n\r\n")
    try:
        head = "\r\n".join(lines).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise SerialiseError("lone surrogate in a header value") from error
    if not only_line_ends(head, line_ends):
        if has_stray_line_end(head, line_ends):
            raise SerialiseError("CR or LF inside a header value")
        if any(map(has_bare_control, lines[:-1])):
            raise SerialiseError("control character inside a header value")
    return head + message.body
