"""Rows about how much: hops, lengths, and anything that is too long."""

from __future__ import annotations

import time
from typing import Any

from sipedge.sip import framing, model, parse, validate
from tests.security.edges import ALICE_URI, BOB_URI, NORTH, Scene, one, register, statuses, wire
from tests.security.matrix import Row, proof, swap

# Max-Forwards


def hops_are_counted_and_end() -> None:
    scene = Scene().with_bob()
    for value, expected in (
        ("0", {483}),
        ("00", {483}),
        ("-1", {400}),
        ("1e9", {400}),
        ("", {400, 407}),
        (None, {407}),
    ):
        message = scene.mallory.request("MESSAGE", BOB_URI, sender=ALICE_URI)
        message.remove("Max-Forwards")
        if value is not None:
            message.append("Max-Forwards", value)
        answers = statuses(scene.mallory.ask(message))
        assert len(answers) == 1, value
        assert answers[0] in expected, (value, answers)
    scene.assert_nothing_left()


def a_huge_number_of_hops_is_clamped() -> None:
    for value in ("256", "99999999999", "9" * 5000):
        scene = Scene().with_bob()
        message = scene.gateway.request("INVITE", BOB_URI, sender="sip:+431999@pstn.example")
        message.set("Max-Forwards", value)
        answers = statuses(scene.gateway.ask(message))
        onward = scene.bob.received()
        assert answers == [400] or (answers == [100] and one(onward).max_forwards <= 255), (value[:9], answers)
        scene.assert_well()


HOPS = Row(
    "max-forwards",
    "Max-Forwards missing, 0, huge, negative",
    "483, clamped, never 5xx",
    [
        proof(
            hops_are_counted_and_end,
            "proxy/request_validation.py",
            swap(model.Message, "max_forwards", property(lambda _: 70)),
        ),
        proof(
            a_huge_number_of_hops_is_clamped,
            "sip/model.py Message.max_forwards",
            swap(model.Message, "max_forwards", property(lambda message: int(message.get("Max-Forwards") or 70))),
        ),
    ],
)

# Content-Length

WRONG_LENGTHS = ("-1", "99999999999", "12345", "1e3", "0x1", "4 4", "٣")


def a_datagram_that_is_not_as_long_as_it_says_is_400() -> None:
    scene = Scene()
    for value in WRONG_LENGTHS:
        assert statuses(scene.alice.ask(wire(f"Content-Length: {value}", body="abcd"))) == [400], value
    two = ("Content-Length: 4", "Content-Length: 3"), ("l: 4", "CONTENT-LENGTH : 4"), ("Content-Length: 4", "L\t:4")
    for lines in two:
        assert statuses(scene.alice.ask(wire(*lines, body="abcd"))) == [400], lines
    scene.assert_well()


def what_follows_a_datagrams_body_is_nobodys() -> None:
    scene = Scene().with_bob()
    body = "abcd" + wire(method="MESSAGE", uri=BOB_URI).decode()
    scene.gateway.send(wire("Content-Length: 4", body=body, method="INVITE", uri=BOB_URI))
    assert one(scene.bob.received()).body == b"abcd"


def a_stream_that_lies_about_lengths_ends_at_once() -> None:
    for lines in (
        *((f"Content-Length: {value}",) for value in (*WRONG_LENGTHS, "65536") if value != "12345"),
        ("Content-Length: 4", "l: 4"),
        ("Content-Length: 0", "content-length : 44"),
        ("Subject: x\r\nContent-Length: 4", "l:\r\n 4"),
        (),
    ):
        framer = framing.StreamFramer()
        with ends_the_stream(lines):
            framer.feed(wire(*lines, body="abcd"))
        assert not framer.has_partial, lines  # nothing is kept


def nothing_is_smuggled_past_the_length() -> None:
    framer = framing.StreamFramer()
    inner = wire(method="REGISTER", uri=NORTH, body="")
    outer = wire(f"Content-Length: {len(inner)}", method="MESSAGE", uri=BOB_URI) + inner
    only = one(framer.feed(outer))
    assert only == outer
    message = parse.parse(only)
    assert (message.method, message.body) == ("MESSAGE", inner)


def ends_the_stream(lines: object) -> Any:
    """The framer has to give up."""
    return _Ends(lines)


class _Ends:
    def __init__(self, lines: object) -> None:
        self.lines = lines

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        assert kind is framing.FramingError, (self.lines, error)
        return True


def _first_number(head: bytes) -> int:
    found = framing._CONTENT_LENGTH.findall(head)
    return abs(int(found[0])) if found and found[0].strip().isdigit() else 0


LENGTHS = Row(
    "content-length",
    "Content-Length negative, huge, twice, too long, too short",
    "UDP 400; stream closed at once; nothing buffered",
    [
        proof(
            a_datagram_that_is_not_as_long_as_it_says_is_400,
            "sip/parse.py content_length",
            swap(parse, "content_length", lambda _: None),
        ),
        proof(
            what_follows_a_datagrams_body_is_nobodys,
            "sip/parse.py content_length",
            swap(parse, "_cut_body", lambda body, _: body),
        ),
        proof(
            a_stream_that_lies_about_lengths_ends_at_once,
            "sip/framing.py StreamFramer",
            swap(framing, "_content_length", _first_number),
        ),
        proof(
            nothing_is_smuggled_past_the_length,
            "sip/framing.py StreamFramer",
            swap(framing, "_content_length", lambda _: 0),
        ),
    ],
)

# overlong anything

MOST_SECONDS = 1.0  # for one message; far more than any needs, far less than what hurts
OVERLONG = {
    "headers": wire(*(f"X-{number}: x" for number in range(2000))),
    "vias": wire(*["Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx"] * 300),
    "vias in one line": wire("Via: " + ", ".join(["SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx"] * 300)),
    "call-id": wire(f"Call-ID: {'c' * 60000}"),
    "uri": wire(uri=f"sip:{'u' * 60000}@192.0.2.1"),
    "method": wire(method="M" * 60000),
    "cseq": wire(f"CSeq: {'9' * 60000} OPTIONS"),
    "uri parameters": wire(uri="sip:192.0.2.1" + ";a" * 20000),
    "quotes": wire('Contact: "' + '\\"' * 20000, method="REGISTER", uri=NORTH),
    "brackets": wire("Contact: " + "<" * 40000, method="REGISTER", uri=NORTH),
    "commas": wire("Route: " + "," * 40000),
    "params": wire("To: <sip:x@y>" + ";a=b" * 10000),
}


def overlong_messages_are_refused_in_bounded_time() -> None:
    scene = Scene()
    for name, data in OVERLONG.items():
        started = time.process_time()
        scene.alice.send(data)
        assert time.process_time() - started < MOST_SECONDS, name
        answers = [int(sent.split(b" ")[1]) for sent, _ in scene.world.wire]
        scene.world.wire.clear()
        assert answers in ([], [400], [413], [414], [501], [513]) or name == "commas", (name, answers)
    folded = wire("Subject: x" + "\r\n y" * 15000)
    started = time.process_time()
    assert statuses(scene.alice.ask(folded)) in ([], [200], [400])
    assert time.process_time() - started < MOST_SECONDS
    scene.assert_well()


def huge_numbers_are_refused_or_clamped() -> None:
    scene = Scene()
    digits = "9" * 5000
    for line in (f"Expires: {digits}", f"Min-SE: {digits}", f"Session-Expires: {digits}", f"Max-Breadth: {digits}"):
        message = register(scene.alice)
        message.append(*line.split(": "))
        assert statuses(scene.alice.ask_as("alice", message)) in ([200], [400], [423]), line[:20]
    for contact in (f"<{scene.alice.uri}>;expires={digits}", f"<sip:x@192.0.2.50:{digits}>", f"<{BOB_URI}>;q={digits}"):
        message = register(scene.alice, Contact=contact)
        answers = scene.alice.ask_as("alice", message) if ":9" not in contact else scene.alice.ask(message)
        assert statuses(answers) in ([200], [400], [403]), contact[:40]
    assert scene.world.telemetry.exceptions == 0


TOO_MUCH = Row(
    "overlong",
    "overlong anything, 2,000 headers, 300 Vias, deep folding, huge numbers",
    "400, 413, 513 or silence in bounded time",
    [
        proof(
            overlong_messages_are_refused_in_bounded_time,
            "sip/parse.py MAX_HEADER_LINES, sip/validate.py MAX_VIAS, sip/uri.py MAX_URI_LENGTH",
            swap(parse, "MAX_HEADER_LINES", 10**9),
            swap(validate, "MAX_VIAS", 10**9),
        ),
        proof(
            huge_numbers_are_refused_or_clamped,
            "sip/fields.py parse_delta_seconds",
            swap(model.Message, "expires", property(lambda message: int(message.get("Expires") or 3600))),
        ),
    ],
)

ROWS = [HOPS, LENGTHS, TOO_MUCH]
