from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.sip.build import make_response
from sipedge.sip.model import Request, Response
from sipedge.sip.params import HeaderError
from sipedge.sip.parse import MAX_HEADER_LINES, MAX_MESSAGE, ParseError, content_length, parse
from sipedge.sip.serialise import serialise

from .messages import REGISTER, invite

HEAD = b"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"


def refused(data: bytes) -> ParseError:
    with pytest.raises(ParseError) as caught:
        parse(data)
    return caught.value


def test_names_are_canonical_values_raw_and_order_kept() -> None:
    message = parse(b"OPTIONS sip:A@B SIP/2.0\r\nv: SIP/2.0/UDP h\r\nX-oDD :  a  b \r\nt:<sip:a@b>\r\n\r\n")
    assert isinstance(message, Request)
    assert (message.method, message.request_uri, message.version) == ("OPTIONS", "sip:A@B", "SIP/2.0")
    assert message.headers == [("Via", "SIP/2.0/UDP h"), ("X-oDD", "a  b"), ("To", "<sip:a@b>")]


def test_folded_lines_are_one_line() -> None:
    message = parse(HEAD + b"Subject: a\r\n  b\r\n\tc: d\r\nX:\r\n y\r\n\r\n")
    assert (message.get("Subject"), message.get("X")) == ("a b c: d", "y")


def test_a_response_is_read() -> None:
    message = parse(b"SIP/2.0 200 Alles in \xc3\x96rdnung\r\nVia: SIP/2.0/UDP h\r\n\r\n")
    assert isinstance(message, Response)
    assert (message.status_code, message.reason) == (200, "Alles in Ördnung")
    assert parse(b"SIP/2.0 100 \r\n\r\n") == parse(b"sip/2.0 100\r\n\r\n")


@pytest.mark.parametrize("line", [b"SIP/2.0 99 X", b"SIP/2.0 700 X", b"SIP/2.0 2000 X", b"SIP/3.0 200 X", b"SIP/2.0"])
def test_a_broken_response_is_never_answered(line: bytes) -> None:
    assert refused(line + b"\r\nVia: SIP/2.0/UDP h\r\n\r\n").request is None


def test_a_response_with_broken_headers_is_never_answered() -> None:
    assert refused(b"SIP/2.0 200 OK\r\nVia\r\n\r\n").request is None


def test_line_ends_before_the_start_line_are_skipped() -> None:
    assert parse(b"\r\n\r\n" + REGISTER.encode()) == parse(REGISTER.encode())


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\x00", b"hello", b"\xff" * 50, b"GET / HTTP/1.1\r\n\r\n"])
def test_what_is_no_sip_is_refused(data: bytes) -> None:
    refused(data)


@pytest.mark.parametrize(
    "line",
    [
        b"OPTIONS  sip:a@b SIP/2.0",
        b"OPTIONS sip:a@b SIP/2.0 ",
        b"OPTIONS sip:a@b",
        b"OPTIONS sip:a@b SIP/x",
        b"OPTIONS sip:a@b\t SIP/2.0",
        b"OPT(IONS sip:a@b SIP/2.0",
        b" OPTIONS sip:a@b SIP/2.0",
        b"A" * 65 + b" sip:a@b SIP/2.0",
        b"OPTIONS sip:a@b SIP/2.0\r\n folded",
    ],
)
def test_a_broken_request_line_is_a_400_that_can_be_answered(line: bytes) -> None:
    error = refused(line + b"\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\r\n")
    assert error.status == 400
    assert error.request is not None
    assert error.request.top_via.host == "h"


def test_another_version_is_left_to_validate() -> None:
    message = parse(b"OPTIONS sip:a@b sip/7.0\r\n\r\n")
    assert isinstance(message, Request)
    assert message.version == "SIP/7.0"


@pytest.mark.parametrize(
    "line",
    [
        b"NoColon",
        b": no name",
        b"Sp ace: x",
        b"Nul\x00: x",
        b"Subject: a\x00b",
        b"Subject: a\x7fb",
        b"Subject: a\rb",
        b"Subject: a\nVia: b",
        b'Subject: "a\x01"',
        b"N\xc3\xa4me: x",
    ],
)
def test_a_broken_header_line_is_a_400_and_the_others_serve_the_answer(line: bytes) -> None:
    error = refused(HEAD + line + b"\r\nCall-ID: abc\r\n\r\n")
    assert error.status == 400
    assert error.request is not None
    assert error.request.top_via.host == "h"
    assert error.request.call_id == "abc"


def test_a_quoted_pair_may_be_any_character_but_a_line_end() -> None:
    message = parse(HEAD + b'To: "a\\\x00b" <sip:a@b>\r\n\r\n')
    assert message.to.display == "a\x00b"


def test_bytes_that_are_no_utf_8_survive() -> None:
    message = parse(HEAD + b"Subject: \xff\xfe\r\n\r\n")
    subject = message.get("Subject")
    assert subject is not None
    assert subject.encode("utf-8", "surrogateescape") == b"\xff\xfe"


def test_no_other_character_ends_a_line() -> None:
    text = "a\u2028b\u0085c\u00a0"
    message = parse(HEAD + f"Subject: {text}\r\n\r\n".encode())
    assert message.get("Subject") == text


def test_the_body_is_cut_at_content_length() -> None:
    assert parse(HEAD + b"l: 3\r\n\r\nabcdef").body == b"abc"
    assert parse(HEAD + b"\r\nabc\r\n\r\ndef").body == b"abc\r\n\r\ndef"
    assert content_length(invite()) is None


@pytest.mark.parametrize("value", [b"7", b"-1", b"", b"3x", b"1 2", b"0x1", "²".encode(), b"9" * 5000, b"3, 3"])
def test_a_broken_content_length_is_a_400_that_can_be_answered(value: bytes) -> None:
    error = refused(HEAD + b"Content-Length: " + value + b"\r\n\r\nabc")
    assert error.status == 400
    assert error.request is not None


def test_two_content_lengths_are_a_400() -> None:
    assert refused(HEAD + b"l: 3\r\nContent-Length: 3\r\n\r\nabc").status == 400


def test_headers_without_an_end_are_a_400() -> None:
    assert refused(HEAD).status == 400


def test_limits() -> None:
    many = b"X: y\r\n" * (MAX_HEADER_LINES - 1)
    assert len(parse(HEAD + many + b"\r\n").headers) == MAX_HEADER_LINES
    error = refused(HEAD + many + b"X: y\r\n\r\n")
    assert error.status == 400
    assert error.request is not None
    assert refused(HEAD + b"\r\n" + b"x" * MAX_MESSAGE).status == 513


@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_parse_error(data: bytes) -> None:
    with suppress(ParseError):
        parse(data)


MARKS = [b"\r\n", b"\r", b"\n", b" ", b"\t", b":", b";", b",", b"<", b">", b'"', b"\\", b"\x00", b"\xff", b"=", b"@"]
WORDS = [b"SIP/2.0 200 OK", b"Via", b"v", b"SIP/2.0/UDP h", b"To", b"l", b"CSeq", b"1 OPTIONS", b"sip:a@b", b"Contact"]
ATOMS = st.sampled_from(MARKS + WORDS)
FIELDS = ("top_via", "vias", "from_", "to", "call_id", "cseq", "contacts", "routes", "record_routes")


@given(st.lists(ATOMS, max_size=40))
def test_pieces_of_messages_raise_nothing_but_parse_and_header_errors(pieces: list[bytes]) -> None:
    try:
        message = parse(HEAD + b"".join(pieces) + b"\r\n\r\n")
    except ParseError:
        return
    for field in (*FIELDS, "max_forwards", "expires", "is_wildcard_contact", "from_tag", "to_tag"):
        with suppress(HeaderError):
            getattr(message, field)


def test_the_answer_to_too_many_lines_can_itself_be_read():
    vias = b"".join(
        b"Via: SIP/2.0/UDP 192.0.2.%d;branch=z9hG4bK%d\r\n" % (n % 250, n) for n in range(MAX_HEADER_LINES + 44)
    )
    with pytest.raises(ParseError) as caught:
        parse(b"OPTIONS sip:a@example.org SIP/2.0\r\n" + vias + b"\r\n")
    answer = parse(serialise(make_response(caught.value.request, caught.value.status)))
    assert answer.status_code == 400
