"""A REGISTER over UDP as nearly all phones write it, read in one go: what the fast path works with.

One expression recognises the whole message. What it does not recognise is no error: `parse` reads that. What it does
recognise, `parse` and `validate_request` accept and read in the same way, but for the order in which the answer has
its header fields.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sipedge.sip.flow import Flow
from sipedge.sip.params import TCHAR

METHOD: Final = b"REGISTER "

_HOST: Final = r"[A-Za-z0-9][A-Za-z0-9.-]{0,254}"
_ADDRESS: Final = r"[0-9.]{7,15}"
_PORT: Final = r"(?::[1-9][0-9]{0,3}|:[1-5][0-9]{4}|:6[0-4][0-9]{3})?"
_USER: Final = r"[A-Za-z0-9._+-]{1,64}"
_NAME: Final = r'(?:"[ !#-\[\]-~]*" ?)?'
_URI_PARAMS: Final = r"(?:;[A-Za-z0-9.-]+(?:=[A-Za-z0-9.-]*)?)*"
_LINES: Final = (
    rf"Via: (SIP/2\.0/UDP ({_ADDRESS})({_PORT})(?:(;rport)?);branch=(z9hG4bK{TCHAR}{{1,128}})(?:(;rport)?))",
    rf"From: ({_NAME}<sip:{_USER}@{_HOST}{_PORT}>;tag={TCHAR}{{1,128}})",
    rf"To: ({_NAME}<sip:({_USER})@({_HOST}{_PORT})>)",
    r"Call-ID: ([!-~]{1,512})",
    r"CSeq: ([0-9]{1,9}) REGISTER",
    rf"Contact: <(sip:(?:{_USER}@)?({_ADDRESS}){_PORT}({_URI_PARAMS}))>(?:;expires=([0-9]{{1,9}}))?",
    r"Authorization: Digest ([ -~]+)",
    r"Expires: ([0-9]{1,9})",
    r"User-Agent: ([!-~][ -~]{0,255})",
    r"Max-Forwards: ([0-9]{1,3})",
    r"Content-Length: (0)",
)
_OTHER_LINE: Final = r"(?:Accept|Accept-Encoding|Accept-Language|Allow|Allow-Events|Organization|Supported): [ -~]*"
_REGISTER: Final = re.compile(
    rf"REGISTER sip:({_HOST}{_PORT}) SIP/2\.0\r\n(?:(?:{'|'.join(_LINES)}|{_OTHER_LINE})\r\n)+\r\n"
)
_OTHERS: Final = re.compile(rf"\r\n{_OTHER_LINE}(?=\r\n)")
_LONGEST: Final = 2_000  # bytes; what is longer is no phone's usual REGISTER
_FRAME: Final = 2  # line ends of the request line and of the empty one


class PlainRegister(NamedTuple):
    """What such a message says, as text; None where it says nothing.

    domain: of the request URI, host[:port]. via: the whole value, via_host, via_port (':5060' or '') and branch of it;
    rport_before, rport_behind: ';rport' where it asks for the source port, before the branch or behind it.
    from_, to: the whole values. user, to_domain: of To. contact: the URI, contact_host and contact_params (';a=b' or
    '') of it. authorization: without 'Digest '.
    """

    domain: str
    via: str
    via_host: str
    via_port: str
    rport_before: str | None
    branch: str
    rport_behind: str | None
    from_: str
    to: str
    user: str
    to_domain: str
    call_id: str
    cseq: str
    contact: str
    contact_host: str
    contact_params: str
    contact_expires: str | None
    authorization: str | None
    expires: str | None
    user_agent: str | None
    max_forwards: str | None
    content_length: str | None


_FIRST_OPTIONAL: Final = PlainRegister._fields.index("authorization")
"""From here on each field is a line of its own that may be missing."""


def read_plain_register(data: bytes) -> PlainRegister | None:
    """Read a datagram; None where it is written otherwise, or is something else."""
    if len(data) > _LONGEST:
        return None
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        return None
    found = _REGISTER.fullmatch(text)
    if found is None:
        return None
    plain: PlainRegister = tuple.__new__(PlainRegister, found.groups())
    return plain if _is_whole(plain, text) else None


def plain_answer(plain: PlainRegister, source: Flow, status: str, tag: str, lines: str) -> bytes:
    """The response to it, as it goes out.

    status: code and reason. tag: for To. lines: further header lines, each with its CRLF, printable ASCII else.
    """
    return (
        f"SIP/2.0 {status}\r\nVia: {_noted(plain, source)}\r\nFrom: {plain.from_}\r\nTo: {plain.to};tag={tag}\r\n"
        f"Call-ID: {plain.call_id}\r\nCSeq: {plain.cseq} REGISTER\r\n{lines}Content-Length: 0\r\n\r\n"
    ).encode()


def _noted(plain: PlainRegister, source: Flow) -> str:
    """Via with where the packet came from, as `Request.note_source` writes it."""
    if plain.rport_behind:
        return f"{plain.via}={source.port};received={source.host}"
    if plain.rport_before:
        sent_by = f"{plain.via_host}{plain.via_port}"
        return f"SIP/2.0/UDP {sent_by};rport={source.port};branch={plain.branch};received={source.host}"
    if plain.via_host == source.host:
        return plain.via
    return f"{plain.via};rport={source.port};received={source.host}"


def _is_whole(plain: PlainRegister, text: str) -> bool:
    """Whether what must be there is there, and nothing twice but what may be."""
    if not (plain.via and plain.from_ and plain.to and plain.call_id and plain.cseq and plain.contact):
        return False
    if plain.rport_before is not None and plain.rport_behind is not None:
        return False
    others = text.count("\r\n") - _FRAME - len(_LINES) + plain[_FIRST_OPTIONAL:].count(None)
    return others == 0 or others == len(_OTHERS.findall(text))
