"""What is read as a plain request: the same as by the long way, or nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipedge.sip.message import Request, parse
from sipedge.sip.plain_request import PlainRequest, read_plain_request
from sipedge.sip.validate import validate_request

LINES = [
    "Via: SIP/2.0/UDP 198.51.100.2:5060;branch=z9hG4bK-1-2;rport",
    "Max-Forwards: 70",
    "From: Alice <sip:alice@north.example>;tag=a",
    "To: <sip:+4311001@north.example>",
    "Call-ID: c@198.51.100.2",
    "CSeq: 1 INVITE",
    "Contact: <sip:alice@192.0.2.9>",
]
BODY = b"v=0\r\n\r\n"


def written(lines=LINES, body=BODY, first="INVITE sip:+4311001@192.0.2.1 SIP/2.0", length=None):
    head = "\r\n".join([first, *lines, f"Content-Length: {len(body) if length is None else length}"])
    return head.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def agrees(data):
    """Whether it is read; then as parse and validate_request do."""
    found = read_plain_request(data)
    if found is None:
        return False
    again = parse(data)
    assert isinstance(again, Request)
    assert validate_request(again) is None
    assert (found.method, found.request_uri, found.version, found.size) == (
        again.method, again.request_uri, again.version, again.size,
    )  # fmt: skip
    assert (found.headers, found.body) == (again.headers, again.body)
    for name in ("From", "To", "Via", "Route", "Record-Route", "Contact", "Subject", "Content-Length"):
        assert found.get(name) == again.get(name)
        assert found.get_all(name) == again.get_all(name)
    assert (found.uri, found.to_tag, found.from_tag, found.top_via, found.cseq, found.max_forwards, found.call_id) == (
        again.uri, again.to_tag, again.from_tag, again.top_via, again.cseq, again.max_forwards, again.call_id,
    )  # fmt: skip
    assert found.repeats_a_name() == again.repeats_a_name()
    found.note_source("203.0.113.9", 1024)
    again.note_source("203.0.113.9", 1024)
    assert found.headers == again.headers
    return True


def test_the_usual_requests_are_read():
    assert agrees(written())
    assert isinstance(read_plain_request(written()), PlainRequest)
    assert agrees(written([line.replace("INVITE", "BYE") for line in LINES], b"", "BYE sip:bob@192.0.2.9 SIP/2.0"))
    assert agrees(written([*LINES, "Route: <sip:a;lr>", "Route: <sip:b;lr>, <sip:c;lr>", "Record-Route: <sip:d;lr>"]))
    assert agrees(written([*LINES, "Via: SIP/2.0/TCP other;branch=z9hG4bK0", "Subject: a: b"]))
    assert agrees(written(first="INVITE tel:+4311001 SIP/2.0"))
    assert agrees(written().replace(b"Content-Length: ", b"Content-Length:    "))


@pytest.mark.parametrize(
    "data",
    [
        written(first="REGISTER sip:north.example SIP/2.0"),
        written(first="NEWMETHOD sip:north.example SIP/2.0"),
        written(first="INVITE sip:bob@north.example SIP/3.0"),
        written(first="INVITE  sip:bob@north.example SIP/2.0"),
        written(first="INVITE http://north.example SIP/2.0"),
        written(first="INVITE sip:bob@north.example?a=b SIP/2.0"),
        written(first="BYE sip:bob@north.example SIP/2.0"),
        written().replace(b"To:", b"t:"),
        written().replace(b"To: ", b"To:"),
        written(LINES[1:]),
        written([*LINES[:5], *LINES[6:]]),
        written([*LINES, "CSeq: 1 INVITE"]),
        written([*LINES, "CSeq: 2 INVITE"]),
        written([*LINES, "X-Own: 1"]),
        written([*LINES, "Subject: two ", "Server: x"]),
        written([*LINES, "Subject: folded\r\n further"]),
        written([*LINES, "Subject: a\x00b"]),
        written([LINES[0] + ", SIP/2.0/UDP a;branch=z9hG4bK1", *LINES[1:]]),
        written([*LINES, *[f"Via: SIP/2.0/UDP h{n};branch=z9hG4bK{n}" for n in range(30)]]),
        written([line.replace("70", "256") for line in LINES]),
        written([line.replace("c@", "c @") for line in LINES]),
        written([line.replace("SIP/2.0/UDP", "SIP/7.0/UDP") for line in LINES]),
        written(length=3),
        written(length=99),
        b"INVITE sip:a SIP/2.0\r\n",
        b"INVITE ",
        b"",
        b"\r\n" + written(),
    ],
)
def test_what_is_written_otherwise_is_left_to_the_long_way(data):
    assert read_plain_request(data) is None


ODD = st.sampled_from(
    [
        "",
        " ",
        "\t",
        ",",
        ";",
        ":",
        '"',
        "<",
        ">",
        "%",
        "\r\n",
        "\r\n ",
        "\n",
        "\x00",
        "\x7f",
        "\udcff",
        "ü",
        ": ",
        ":  ",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_nothing_is_read_otherwise_than_by_the_long_way(data):
    lines = [*LINES, "Subject: x", "Supported: timer, 100rel", "Route: <sip:a;lr>", "Max-Breadth: 5"]
    lines = data.draw(st.permutations(lines))[: data.draw(st.integers(6, 12))]
    first = data.draw(st.sampled_from(["INVITE sip:bob@north.example SIP/2.0", "INVITE tel:+43;x=y SIP/2.0"]))
    for _ in range(data.draw(st.integers(0, 2))):
        number = data.draw(st.integers(0, len(lines)))
        text = first if number == len(lines) else lines[number]
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + data.draw(ODD) + text[place:]
        if number == len(lines):
            first = text
        else:
            lines[number] = text
    if data.draw(st.booleans()):
        lines.append(data.draw(st.sampled_from(lines)))
    agrees(written(lines, data.draw(st.sampled_from([b"", BODY])), first))
