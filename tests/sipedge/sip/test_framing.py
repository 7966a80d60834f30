from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.sip.framing import KEEPALIVE, Framed, FramingError, StreamFramer
from sipedge.sip.message import ParseError, parse
from sipedge.sip.parse import MAX_MESSAGE

from .messages import REGISTER

ONE = REGISTER.encode()
TWO = b"OPTIONS sip:a SIP/2.0\r\nl : 4\r\n\r\n\r\nab"


def fed(*chunks: bytes) -> list[Framed]:
    framer = StreamFramer()
    return [item for chunk in chunks for item in framer.feed(chunk)]


def refused(*chunks: bytes) -> FramingError:
    with pytest.raises(FramingError) as caught:
        fed(*chunks)
    return caught.value


def test_whole_messages() -> None:
    assert fed(ONE) == [ONE]
    assert fed(ONE + TWO + ONE) == [ONE, TWO, ONE]


def test_byte_by_byte() -> None:
    stream = ONE + b"\r\n\r\n" + TWO + b"\r\n" + ONE
    assert fed(*(stream[i : i + 1] for i in range(len(stream)))) == [ONE, KEEPALIVE, TWO, ONE]


@given(st.lists(st.sampled_from([ONE, TWO, b"\r\n\r\n"]), max_size=6), st.lists(st.integers(0, 2000), max_size=8))
def test_cut_anywhere(items: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(items)
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    chunks = [stream[a:b] for a, b in pairwise(places)]
    assert fed(*chunks) == [KEEPALIVE if item == b"\r\n\r\n" else item for item in items]


def test_a_message_that_has_not_ended_is_waited_for() -> None:
    framer = StreamFramer()
    assert not framer.has_partial
    assert framer.feed(ONE[:-1]) == []
    assert framer.has_partial
    assert framer.feed(ONE[-1:] + b"\r\n") == [ONE]
    assert not framer.has_partial


def test_single_line_ends_are_nothing() -> None:
    assert fed(b"\r\n", b"\r\n" + ONE) == [KEEPALIVE, ONE]
    assert fed(b"\r\n" + ONE) == [ONE]


@pytest.mark.parametrize("value", [b"-1", b"x", b"", b"1 2", b"99999999999", b"+1", b"1_0"])
def test_a_content_length_that_cannot_be_trusted_ends_the_stream(value: bytes) -> None:
    error = refused(b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP h\r\nContent-Length: " + value + b"\r\n\r\n")
    assert error.status == 400
    assert error.head.startswith(b"OPTIONS")


@pytest.mark.parametrize(
    "headers", [b"", b"l: 1\r\nl: 1\r\n", b"Content-Length: 1\r\nl: 2\r\n", b"X: y\r\n l: 0\r\n", b"XL: 0\r\n"]
)
def test_none_or_two_content_lengths_end_the_stream(headers: bytes) -> None:
    refused(b"OPTIONS sip:a SIP/2.0\r\n" + headers + b"\r\n")


def test_a_folded_content_length_counts() -> None:
    assert fed(b"OPTIONS sip:a SIP/2.0\r\nCONTENT-length\t:\r\n 2\r\n\r\nab\r\n\r\n") == [
        b"OPTIONS sip:a SIP/2.0\r\nCONTENT-length\t:\r\n 2\r\n\r\nab",
        KEEPALIVE,
    ]


@pytest.mark.parametrize("data", [b"\x16\x03\x01", b"\x00", b"\n", b"\rX", b"\r\n\rX", b" OPTIONS", b"{"])
def test_what_cannot_begin_a_message_ends_the_stream_at_once(data: bytes) -> None:
    refused(data)


def test_too_large_messages_end_the_stream_before_they_are_collected() -> None:
    head = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 65535\r\n\r\n"
    assert refused(head).status == 513
    chunks = [b"OPTIONS sip:a SIP/2.0\r\nX: "] + [b"x" * 1000] * (MAX_MESSAGE // 1000 + 1)
    assert refused(*chunks).status == 513


def test_the_largest_message_passes() -> None:
    head = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: %d\r\n\r\n"
    size = MAX_MESSAGE - len(head % 65000)
    message = head % size + b"x" * size
    assert fed(message[:30000], message[30000:]) == [message]


def test_what_was_complete_before_an_error_is_not_lost() -> None:
    assert refused(ONE + b"\x00").complete == (ONE,)


@given(st.lists(st.sampled_from([b"\r\n", b"\r", b"l:", b" ", b"3", b"OPTIONS sip:a SIP/2.0", b"x:y"]), max_size=30))
def test_framer_and_parser_agree_on_where_a_message_ends(pieces: list[bytes]) -> None:
    try:
        items = fed(b"OPTIONS sip:a SIP/2.0\r\n" + b"".join(pieces) + b"\r\n\r\nabcdef")
        messages = [(item, parse(item)) for item in items if isinstance(item, bytes)]
    except (FramingError, ParseError):
        return
    for data, message in messages:
        assert data.partition(b"\r\n\r\n")[2] == message.body
