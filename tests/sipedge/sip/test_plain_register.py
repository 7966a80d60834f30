"""What the fast path's reader takes, `parse` and `validate_request` take, and read in the same way."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.sip.flow import Flow
from sipedge.sip.message import ParseError, Request, parse
from sipedge.sip.plain_register import plain_answer, read_plain_register
from sipedge.sip.validate import validate_request
from tests.sipedge.sip.corpora import corpus

USUAL = (
    b"REGISTER sip:example.org SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK-1;rport\r\n"
    b"Max-Forwards: 70\r\n"
    b'From: "Alice" <sip:alice@example.org>;tag=a1\r\n'
    b"To: <sip:alice@example.org:5060>\r\n"
    b"Call-ID: c@192.0.2.7\r\n"
    b"CSeq: 17 REGISTER\r\n"
    b"Contact: <sip:alice@192.0.2.7:5060;ob>;expires=300\r\n"
    b"Allow: INVITE, ACK\r\n"
    b"Allow: BYE\r\n"
    b'Authorization: Digest username="alice"\r\n'
    b"Expires: 600\r\n"
    b"User-Agent: Phone 1\r\n"
    b"Content-Length: 0\r\n\r\n"
)
SOURCE = Flow("udp", "203.0.113.9", 40_000)


def check(data: bytes) -> bool:
    """Whether the reader takes it; then it has to be the same as what the long way reads."""
    plain = read_plain_register(data)
    if plain is None:
        return False
    request = parse(data)
    assert isinstance(request, Request)
    assert validate_request(request) is None
    assert (request.method, request.request_uri, request.body) == ("REGISTER", f"sip:{plain.domain}", b"")
    assert request.get_all("Via") == [plain.via]
    via = request.top_via
    assert (via.host, via.branch) == (plain.via_host, plain.branch)
    assert plain.via_port == ("" if via.port is None else f":{via.port}")
    assert via.wants_rport == bool(plain.rport_before or plain.rport_behind)
    assert (request.get("From"), request.get("To")) == (plain.from_, plain.to)
    assert (request.to.uri.user_unescaped, request.to.uri.host_port) == (plain.user, plain.to_domain.lower())
    assert request.to_tag is None
    assert (request.call_id, str(request.cseq.number)) == (plain.call_id, str(int(plain.cseq)))
    (contact,) = request.contacts
    assert (str(contact.uri), contact.uri.host) == (plain.contact, plain.contact_host)
    assert contact.param("expires") == plain.contact_expires
    assert request.get_all("Authorization") == (
        [f"Digest {plain.authorization}".rstrip()] if plain.authorization else []
    )
    assert request.get("Expires") == plain.expires
    assert request.get("User-Agent") == (None if plain.user_agent is None else plain.user_agent.rstrip(" "))
    request.note_source(SOURCE.host, SOURCE.port)
    answer = parse(plain_answer(plain, SOURCE, "200 OK", "t", "Date: now\r\n"))
    assert answer.get("Via") == request.get("Via")
    assert (answer.to_tag, answer.get("Date"), answer.get("CSeq")) == ("t", "now", f"{plain.cseq} REGISTER")
    return True


def test_the_usual_register_is_read() -> None:
    assert check(USUAL)
    assert check(USUAL.replace(b";branch=z9hG4bK-1;rport", b";rport;branch=z9hG4bK-1"))
    assert check(USUAL.replace(b";rport", b""))
    assert check(USUAL.replace(b"192.0.2.7:5060;branch", b"192.0.2.7;branch"))


@pytest.mark.parametrize("name", [b"Via", b"From", b"To", b"Call-ID", b"CSeq", b"Contact", b"Expires", b"User-Agent"])
def test_no_line_stands_there_twice(name: bytes) -> None:
    line = re.search(rb"\r\n(" + name + rb": [^\r]*)", USUAL)
    assert line is not None
    assert read_plain_register(USUAL.replace(line[1], line[1] + b"\r\n" + line[1])) is None


@pytest.mark.parametrize("name", [b"Via", b"From", b"To", b"Call-ID", b"CSeq", b"Contact"])
def test_no_line_is_missing(name: bytes) -> None:
    assert read_plain_register(re.sub(rb"\r\n" + name + rb": [^\r]*", b"", USUAL)) is None


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        (b"SIP/2.0\r\nVia", b"SIP/3.0\r\nVia"),
        (b"Content-Length: 0\r\n\r\n", b"Content-Length: 0\r\n\r\nbody"),
        (b"17 REGISTER", b"17 INVITE"),
        (b"Via: ", b"v: "),
        (b"Phone 1", b"Phone\t1"),
        (b"Phone 1", b"Phon\xc3\xa9 1"),
        (b"Phone 1", b"Phone\n1"),
        (b"192.0.2.7:5060;ob", b"192.0.2.7:70000;ob"),
        (b"alice@example.org:5060", b"al%69ce@example.org"),
        (b"Allow: BYE", b"Require: path"),
        (b"Allow: BYE", b" folded"),
        (b"Phone 1", b"x" * 3000),
    ],
)
def test_what_is_written_otherwise_is_left_to_others(what: bytes, instead: bytes) -> None:
    assert what in USUAL
    assert read_plain_register(USUAL.replace(what, instead)) is None


def test_of_the_torture_messages_none_is_misread() -> None:
    for file in (*corpus("rfc4475", ".dat"), *corpus("rfc5118", ".sip")):
        try:
            check(file.read_bytes())
        except ParseError as error:
            pytest.fail(f"taken, but {error}")


@given(st.lists(st.tuples(st.integers(0, len(USUAL) - 1), st.integers(0, 255), st.booleans()), min_size=1, max_size=3))
def test_spoilt_bytes_are_not_misread(changes: list[tuple[int, int, bool]]) -> None:
    data = bytearray(USUAL)
    for position, value, inserts in changes:
        data[position : position + (not inserts)] = bytes((value,))
    check(bytes(data))
