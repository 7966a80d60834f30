"""Properties of the whole way: what can be made can be written, and what was written is read the same."""

from hypothesis import given
from hypothesis import strategies as st

from sipedge.sip.message import Message, ParseError, Request, Response, parse, serialise
from sipedge.sip.params import quote

TOKEN = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=12)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(str.strip)
QUOTED = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12).map(quote)
VALUE = st.one_of(TEXT, QUOTED, st.lists(QUOTED, max_size=3).map(", ".join))
HEADERS = st.lists(st.tuples(st.sampled_from(["Via", "Subject", "X-Odd", "Contact", "Route"]), VALUE), max_size=8)
URI = st.text("sip:alice@example.org;=?&%41[]", min_size=1, max_size=30)
REQUESTS = st.builds(Request, TOKEN, URI, HEADERS, st.binary(max_size=60))
RESPONSES = st.builds(Response, st.integers(100, 699), TEXT, HEADERS, st.binary(max_size=60))


@given(st.one_of(REQUESTS, RESPONSES))
def test_what_is_written_is_read_the_same(message: Request | Response) -> None:
    assert parse(serialise(message)) == message


@given(st.binary(max_size=200))
def test_what_is_read_is_written_so_that_it_is_read_the_same(noise: bytes) -> None:
    try:
        message = parse(b"OPTIONS sip:a SIP/2.0\r\nSubject: " + noise + b"\r\n\r\n")
    except ParseError:
        return
    assert parse(serialise(message)) == message
    assert isinstance(message, Message)
