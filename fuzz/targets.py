"""What is fuzzed: each target takes bytes from anywhere, and holds what is promised about them.

A target returns when all is well, whatever the bytes are; an AssertionError, or any exception that its functions do
not promise, is a find.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from fuzz.edge import ALICE, FuzzedEdge
from sipedge.auth.authenticate import digest_user
from sipedge.auth.digest import MD5, Authorization, DigestError, parse_authorization, response, verify
from sipedge.auth.ha1 import Ha1Set
from sipedge.dialog.cause import cause_in_reason
from sipedge.proxy.forward import Hop, forward
from sipedge.proxy.record_route import read_token
from sipedge.registrar.limits import RegistrarLimits
from sipedge.registrar.register import RegisterDecision, apply_register
from sipedge.sip.fields import parse_cseq, parse_delta_seconds, parse_name_addr, parse_via
from sipedge.sip.flow import Flow
from sipedge.sip.framing import Framed, FramingError, StreamFramer
from sipedge.sip.message import (
    HeaderError,
    Message,
    ParseError,
    Request,
    Response,
    SerialiseError,
    make_ack,
    make_cancel,
    make_response,
    parse,
    serialise,
)
from sipedge.sip.params import parse_params, split_list, str_params
from sipedge.sip.parse import MAX_MESSAGE
from sipedge.sip.uri import Uri, UriError, escape_user, parse_uri, unescape, uris_equal
from sipedge.sip.validate import Rejection, validate_request, validate_response

Target = Callable[[bytes], None]

_SOURCE: Final = Flow("udp", "192.0.2.7", 5060, 0)
_REALM: Final = "north.example"
_CREDENTIALS: Final = (Ha1Set.from_password("alice", _REALM, "correct horse"),)
_LAZY: Final = (
    *("top_via", "vias", "from_", "to", "from_tag", "to_tag", "call_id", "cseq", "is_wildcard_contact"),
    *("contacts", "routes", "record_routes", "max_forwards", "expires", "uri"),
)


def message(data: bytes) -> None:
    """parse, every header that is parsed on demand, validate, copy, serialise, responses, what a proxy makes of it."""
    try:
        parsed = parse(data)
    except ParseError as error:
        _refuse(error)
        return
    _touch(parsed)
    assert parse(serialise(parsed)) == parsed
    assert parsed.copy() == parsed
    if isinstance(parsed, Response):
        validate_response(parsed)
        return
    rejection = validate_request(parsed)
    if rejection is None:
        _handle(parsed)
    else:
        assert 400 <= rejection.status_code < 600
        serialise(make_response(parsed, rejection.status_code, rejection.reason, to_tag="t"))


def _refuse(error: ParseError) -> None:
    assert 400 <= error.status < 600
    if error.request is not None:
        _touch(error.request)
        serialise(make_response(error.request, error.status, error.reason, to_tag="t"))


def _touch(parsed: Message) -> None:
    for name in _LAZY:
        with suppress(HeaderError, AttributeError if isinstance(parsed, Response) else HeaderError):
            getattr(parsed, name)


def _handle(request: Request) -> None:
    """What the edge does with a request that it accepted."""
    noted = request.copy()
    noted.note_source(_SOURCE.host, _SOURCE.port)
    assert noted.top_via == parse_via(split_list(noted.get("Via") or "")[0])
    for status_code in (100, 200, 486):
        answer = parse(serialise(make_response(noted, status_code, to_tag="t")))
        assert isinstance(answer, Response)
        assert validate_response(answer) is None
    hop = Hop("sip:phone@192.0.2.9", _SOURCE, "192.0.2.1:5060", "z9hG4bKnew", ("sip:192.0.2.1:5060;lr",))
    with suppress(HeaderError):  # a Record-Route or Via below the top that nobody can read
        onward = parse(serialise(forward(noted, hop)))
        assert isinstance(onward, Request)
        assert onward.body == request.body
        assert onward.top_via.branch == "z9hG4bKnew"
    parse(serialise(make_cancel(noted)))
    parse(serialise(make_ack(noted, make_response(noted, 486, to_tag="t"))))
    if request.method == "REGISTER":
        decision = apply_register((), noted, _SOURCE, 1e9, RegistrarLimits(), "edge", lambda _: False)
        assert isinstance(decision, RegisterDecision | Rejection)


def engine(data: bytes) -> None:
    """A whole edge in memory gets a few messages: no exception, and nothing goes out that is not in order."""
    FuzzedEdge().take(data)


def uri(data: bytes) -> None:
    """URIs: what is read is written the same, comparison is reflexive and symmetric. A line end parts two of them."""
    found = [parsed for text in _text(data).split("\n", 1) if (parsed := _parsed_uri(text)) is not None]
    for parsed in found:
        assert parse_uri(str(parsed)) == parsed
        assert uris_equal(parsed, parsed)
        assert parsed.with_params(("ob", None)).has_param("ob")
        assert not parsed.without_params("lr").has_param("lr")
        user = parsed.user_unescaped
        if user is not None:
            assert unescape(escape_user(user)) == user
    if len(found) == 2:
        assert uris_equal(*found) == uris_equal(*reversed(found))


def _parsed_uri(text: str) -> Uri | None:
    try:
        return parse_uri(text)
    except UriError:
        return None


def digest(data: bytes) -> None:
    """Credentials: DigestError alone, no exception in the registrar; who does not know the password is not let in."""
    text = _text(data)
    with suppress(DigestError):
        authorization = parse_authorization(text)
        digest_user(authorization)
        right = response(authorization, "REGISTER", _CREDENTIALS[0].md5 or b"")
        known = verify(authorization._replace(response=right), "REGISTER", _CREDENTIALS, "alice", _REALM)
        assert known == (_is_of_alice(authorization) and authorization.algorithm == MD5)
    with suppress(SerialiseError):
        statuses = FuzzedEdge().answers(serialise(_register(text)), ALICE)
        assert statuses in ([400], [401], [403], []), statuses


def _register(authorization: str) -> Request:
    """A REGISTER of Alice, with these credentials."""
    alice = "<sip:alice@north.example>"
    headers = [
        ("Via", "SIP/2.0/UDP 192.0.2.50;branch=z9hG4bK1"),
        ("From", f"{alice};tag=1"),
        ("To", alice),
        ("Call-ID", "a"),
        ("CSeq", "1 REGISTER"),
        ("Contact", "<sip:alice@192.0.2.50>"),
        ("Authorization", authorization),
    ]
    return Request("REGISTER", "sip:north.example", headers)


def _is_of_alice(authorization: Authorization) -> bool:
    return authorization.realm == _REALM and authorization.username == "alice"


def stream(data: bytes) -> None:
    """A stream in one piece and in many gives the same messages; parser and framer agree where each of them ends."""
    sizes, _, content = data.partition(b"\n")
    whole, failed = _fed([content])
    assert (whole, failed) == _fed(_pieces(content, sizes or b"\x01"))
    for item in whole:
        if isinstance(item, bytes):
            with suppress(ParseError):
                assert item.index(b"\r\n\r\n") + 4 + len(parse(item).body) == len(item)


def _pieces(content: bytes, sizes: bytes) -> list[bytes]:
    pieces: list[bytes] = []
    position = 0
    while position < len(content):
        size = sizes[len(pieces) % len(sizes)] + 1
        pieces.append(content[position : position + size])
        position += size
    return pieces


def _fed(pieces: list[bytes]) -> tuple[list[Framed], str | None]:
    """What was framed, and why the stream cannot go on (None: it can)."""
    framer = StreamFramer()
    complete: list[Framed] = []
    for piece in pieces:
        try:
            complete += framer.feed(piece)
        except FramingError as error:
            return complete + list(error.complete), error.reason
        assert len(framer._buffer) <= MAX_MESSAGE + len(piece)
    return complete, None


def fields(data: bytes) -> None:
    """Header values: only HeaderError, and what is read is written so that it is read the same."""
    text = _text(data)
    _survives(parse_name_addr, text, HeaderError)
    _survives(parse_via, text, HeaderError)
    _survives(parse_cseq, text, HeaderError)
    with suppress(HeaderError):
        assert 0 <= parse_delta_seconds(text) < 2**32
    with suppress(HeaderError):
        params = parse_params(text)
        assert parse_params(str_params(params)) == params
    with suppress(HeaderError):
        values = split_list(text)
        assert split_list(", ".join(values)) == values
    cause_in_reason(text)
    assert read_token(text, "call", b"k" * 32) is None


def _survives(read: Callable[[str], Any], text: str, expected: type[Exception]) -> None:
    try:
        value = read(text)
    except expected:
        return
    assert read(str(value)) == value


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


TARGETS: Final[dict[str, Target]] = {
    "message": message,
    "engine": engine,
    "uri": uri,
    "digest": digest,
    "stream": stream,
    "fields": fields,
}
