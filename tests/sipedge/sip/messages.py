"""Messages for the tests of this room."""

from __future__ import annotations

from sipedge.sip.message import Request, parse

REGISTER = (
    "REGISTER sip:example.org SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\n"
    "Max-Forwards: 70\r\n"
    'From: "Alice" <sip:alice@example.org>;tag=1\r\n'
    "To: <sip:alice@example.org>\r\n"
    "Call-ID: abc@192.0.2.1\r\n"
    "CSeq: 1 REGISTER\r\n"
    "Contact: <sip:alice@192.0.2.1:5060>;expires=3600\r\n"
    "Content-Length: 0\r\n"
    "\r\n"
)


def register(*replacements: tuple[str, str]) -> Request:
    """A REGISTER in order, with pieces of its text replaced."""
    text = REGISTER
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    request = parse(text.encode("utf-8", "surrogateescape"))
    assert isinstance(request, Request)
    return request


def invite(*headers: tuple[str, str], body: bytes = b"") -> Request:
    """An INVITE in order, with further headers."""
    return Request(
        "INVITE",
        "sip:bob@example.org",
        [
            ("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2"),
            ("From", "<sip:alice@example.org>;tag=1"),
            ("To", "<sip:bob@example.org>"),
            ("Call-ID", "abc"),
            ("CSeq", "5 INVITE"),
            *headers,
        ],
        body,
    )
