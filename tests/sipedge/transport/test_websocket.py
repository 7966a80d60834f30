"""The WebSocket framing against the client half of the library, in memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Origin, Subprotocol
from websockets.uri import parse_uri

from sipedge.sip.parse import MAX_MESSAGE
from sipedge.transport.websocket import WebSocketFraming
from sipedge.transport.wire import Fed
from tests.sipedge.transport.loopback import OPTIONS

SITE = "https://portal.example.org"
NO_LENGTH = OPTIONS.replace(b"Content-Length: 0\r\n", b"")


class Browser:
    """A WebSocket client, and the framing that it talks to."""

    def __init__(self, origin: str | None = SITE, subprotocol: str | None = "sip", allowed: object = (SITE,)) -> None:
        self.protocol = ClientProtocol(
            parse_uri("ws://edge.example.org/"),
            origin=Origin(origin) if origin else None,
            subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
        )
        self.framing = WebSocketFraming(allowed)  # type: ignore[arg-type]
        self.protocol.send_request(self.protocol.connect())
        self.fed = self.talk()

    def talk(self) -> Fed:
        """Give the framing what the browser wants to say, and the browser the answer."""
        fed = self.framing.feed(b"".join(self.protocol.data_to_send()))
        self.hear(fed.owed)
        return fed

    def hear(self, data: bytes) -> None:
        """Bytes from the edge."""
        if data:
            self.protocol.receive_data(data)

    def response(self) -> Response:
        """The answer to the upgrade."""
        (response,) = self.protocol.events_received()
        assert isinstance(response, Response)
        return response

    def frames(self) -> list[Frame]:
        """What came since."""
        return [event for event in self.protocol.events_received() if isinstance(event, Frame)]


@pytest.fixture
def browser() -> Browser:
    opened = Browser()
    assert opened.response().status_code == 101
    return opened


def test_the_upgrade_names_the_subprotocol() -> None:
    browser = Browser()
    assert browser.response().headers["Sec-WebSocket-Protocol"] == "sip"
    assert (browser.protocol.state, browser.framing.has_partial) == (State.OPEN, False)
    assert (browser.fed.completed, browser.fed.ending) == (True, "")


@pytest.mark.parametrize(
    ("origin", "allowed", "status"),
    [
        (SITE, (SITE,), 101),
        (None, (SITE,), 101),
        ("https://evil.example", (SITE,), 403),
        ("null", (SITE,), 403),
        ("https://portal.example.org.evil.example", (SITE,), 403),
        ("http://portal.example.org", (SITE,), 403),
        ("https://anything.example", None, 101),
        ("https://anything.example", (), 403),
    ],
)
def test_only_pages_of_known_origins_may_connect(origin: str | None, allowed: object, status: int) -> None:
    browser = Browser(origin, allowed=allowed)
    response = browser.response()
    assert response.status_code == status
    assert bool(browser.fed.ending) is (status != 101)
    if status != 101:
        assert b"SIP_WS_ORIGINS" in (response.body or b"")
        assert browser.framing.wrap(OPTIONS) == browser.framing.ping() == browser.framing.goodbye() == b""


@pytest.mark.parametrize("subprotocol", [None, "xmpp"])
def test_a_client_that_does_not_speak_sip_is_told_so(subprotocol: str | None) -> None:
    browser = Browser(subprotocol=subprotocol)
    response = browser.response()
    assert response.status_code == 400
    assert b"Sec-WebSocket-Protocol: sip" in (response.body or b"")
    assert browser.fed.ending.startswith("no WebSocket: ")


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 426 "),
        (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 405 "),
        (OPTIONS, b"HTTP/1.1 400 "),
        (b"\x16\x03\x01\x02\0\x01\n", b"HTTP/1.1 400 "),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"HTTP/1.1 4"),
        (b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\n", b"HTTP/1.1 4"),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 17_000, b"HTTP/1.1 431 "),
    ],
)
def test_what_is_no_upgrade_gets_an_http_error(request_: bytes, answer: bytes) -> None:
    framing = WebSocketFraming(None)
    fed = framing.feed(request_)
    assert fed.owed.startswith(answer)
    assert fed.ending.startswith("no WebSocket")
    assert not fed.messages


def test_an_upgrade_byte_by_byte_has_a_limit_too() -> None:
    framing = WebSocketFraming(None)
    fed = framing.feed(b"GET / HTTP/1.1\r\n")
    assert (fed, framing.has_partial) == (Fed([], b"", completed=False), True)
    while not fed.ending:
        fed = framing.feed(b"A: " + b"b" * 300 + b"\r\n")
    assert fed.owed.startswith(b"HTTP/1.1 431 ")


def test_one_message_a_frame_text_or_binary_without_content_length_too(browser: Browser) -> None:
    browser.protocol.send_text(NO_LENGTH)
    browser.protocol.send_binary(OPTIONS)
    assert browser.talk() == Fed([NO_LENGTH, OPTIONS], b"", completed=True)


def test_fragments_make_one_message_and_are_waited_for(browser: Browser) -> None:
    browser.protocol.send_text(OPTIONS[:10], fin=False)
    assert not browser.talk().completed
    assert browser.framing.has_partial
    browser.protocol.send_ping(b"still here")
    assert not browser.talk().completed  # a ping does not buy more time for the rest
    browser.protocol.send_continuation(OPTIONS[10:], fin=True)
    assert browser.talk().messages == [OPTIONS]
    assert not browser.framing.has_partial


def test_half_a_frame_is_waited_for(browser: Browser) -> None:
    browser.protocol.send_text(OPTIONS)
    data = b"".join(browser.protocol.data_to_send())
    for byte in data[:-1]:
        assert browser.framing.feed(bytes([byte])) == Fed([], b"", completed=False)
        assert browser.framing.has_partial
    assert browser.framing.feed(data[-1:]).messages == [OPTIONS]


def test_answers_are_text_unless_they_cannot_be(browser: Browser) -> None:
    browser.hear(browser.framing.wrap(OPTIONS) + browser.framing.wrap(OPTIONS + b"\xff"))
    text, binary = browser.frames()
    assert (text.opcode, text.data) == (Opcode.TEXT, OPTIONS)
    assert (binary.opcode, binary.data) == (Opcode.BINARY, OPTIONS + b"\xff")


def test_pings_are_answered_both_ways(browser: Browser) -> None:
    browser.protocol.send_ping(b"there?")
    assert browser.talk().completed
    (pong,) = browser.frames()
    assert (pong.opcode, pong.data) == (Opcode.PONG, b"there?")
    browser.hear(browser.framing.ping())
    assert browser.talk() == Fed([], b"", completed=True)


def test_a_double_line_end_is_a_ping_and_single_ones_are_nothing(browser: Browser) -> None:
    browser.protocol.send_text(b"\r\n\r\n")
    browser.protocol.send_text(b"\r\n")
    browser.protocol.send_text(b"")
    assert browser.talk().messages == []
    (pong,) = browser.frames()
    assert pong.data == b"\r\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (Frame(Opcode.TEXT, b"\xff\xfe").serialize(mask=True), 1007),
        (Frame(Opcode.TEXT, OPTIONS).serialize(mask=False), 1002),
        (Frame(Opcode.CONT, OPTIONS).serialize(mask=True), 1002),
        (b"\xc1\x80\0\0\0\0", 1002),
        (Frame(Opcode.BINARY, b"x" * (MAX_MESSAGE + 1)).serialize(mask=True), 1009),
        (b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 1009),
    ],
    # masks are random, and names of tests must be the same in every process
    ids=["not UTF-8", "not masked", "continues nothing", "reserved bit", "too long", "claims to be endless"],
)
def test_what_breaks_the_rules_ends_with_the_right_code(browser: Browser, data: bytes, code: int) -> None:
    fed = browser.framing.feed(data)
    assert fed.messages == []
    assert fed.ending.startswith("WebSocket: ")
    browser.hear(fed.owed)
    (close,) = browser.frames()
    assert int.from_bytes(close.data[:2], "big") == code
    assert browser.framing.wrap(OPTIONS) == b""


def test_fragments_together_have_the_size_of_one_message_at_most(browser: Browser) -> None:
    browser.protocol.send_binary(b"x" * 40_000, fin=False)
    browser.protocol.send_continuation(b"x" * 40_000, fin=True)
    fed = browser.talk()
    assert fed.ending.startswith("WebSocket: ")
    assert browser.protocol.close_rcvd is not None
    assert browser.protocol.close_rcvd.code == 1009


def test_a_farewell_is_answered(browser: Browser) -> None:
    browser.protocol.send_close(1000)
    fed = browser.talk()
    assert fed.ending == "closed by the peer"
    assert browser.protocol.close_rcvd is not None
    assert browser.protocol.close_rcvd.code == 1000


def test_when_we_go_we_say_so(browser: Browser) -> None:
    browser.hear(browser.framing.goodbye())
    assert browser.protocol.close_rcvd is not None
    assert browser.protocol.close_rcvd.code == 1001


@given(st.lists(st.binary(max_size=200), max_size=8), st.booleans())
def test_nothing_that_comes_is_an_exception(pieces: list[bytes], is_open: bool) -> None:
    framing = Browser().framing if is_open else WebSocketFraming(None)
    for piece in pieces:
        fed = framing.feed(piece)
        if fed.ending:
            break
    assert isinstance(framing.has_partial, bool)


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=130), st.booleans()), max_size=6))
def test_frames_of_every_kind_end_in_messages_or_in_the_end(frames: list[tuple[int, bytes, bool]]) -> None:
    browser = Browser()
    for first, payload, is_masked in frames:
        length = bytes([len(payload) | 0x80 * is_masked]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2)
        fed = browser.framing.feed(bytes([first]) + length + b"\0\0\0\0" * is_masked + payload)
        assert all(fed.messages)
        if fed.ending:
            return
