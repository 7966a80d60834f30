"""What is read as a plain response: the same as by the long way, or nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sipedge.proxy import identity
from sipedge.proxy.forward import backward
from sipedge.sip.message import ParseError, Response, parse, serialise
from sipedge.sip.plain_response import PlainResponse, read_plain_response
from sipedge.sip.validate import validate_response
from sipedge.transaction.keys import client_key, response_key

OURS = "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK0123456789abcdef.0123456789abcdef;rport"
LINES = [
    OURS,
    "Via: SIP/2.0/UDP 198.51.100.2:5060;branch=z9hG4bK-1-2",
    "From: Alice <sip:alice@north.example>;tag=a",
    "To: <sip:bob@north.example>;tag=b",
    "Call-ID: c@198.51.100.2",
    "CSeq: 1 INVITE",
    "Contact: <sip:bob@192.0.2.9>",
    "Record-Route: <sip:token@192.0.2.1:5060;lr>",
]
BODY = b"v=0\r\n\r\n"


def written(lines=LINES, body=BODY, status="180 Ringing", length=None):
    head = "\r\n".join([f"SIP/2.0 {status}", *lines, f"Content-Length: {len(body) if length is None else length}"])
    return head.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def plain(data):
    return read_plain_response(data, identity.PASSING)


def long_way(data):
    """What goes upstream by parse, validate, identity and backward; None where nothing may."""
    try:
        response = parse(data)
    except ParseError:
        return None
    if not isinstance(response, Response) or validate_response(response) is not None:
        return None
    identity.from_untrusted(response)
    identity.towards_untrusted(response)
    return serialise(backward(response))


def agrees(data):
    found = plain(data)
    if found is None:
        return False
    again = parse(data)
    assert found.onward == long_way(data)
    assert client_key(found.branch, found.method) == response_key(again)
    assert (found.status_code, found.reason, found.headers, found.body) == (
        again.status_code, again.reason, again.headers, again.body,
    )  # fmt: skip
    for name in ("From", "To", "Via", "Record-Route", "Contact", "Subject"):
        assert found.get(name) == again.get(name)
        assert found.get_all(name) == again.get_all(name)
    assert (found.to_tag, found.from_tag, found.top_via, found.cseq) == (
        again.to_tag, again.from_tag, again.top_via, again.cseq,
    )  # fmt: skip
    assert found.repeats_a_name() == again.repeats_a_name()
    return True


def test_the_usual_answers_are_read():
    for status in ("180 Ringing", "183 Session Progress", "199 Early Dialog Terminated", "200 OK", "202 Accepted"):
        assert agrees(written(status=status))
    assert agrees(written(LINES[7:] + LINES[:7], b""))
    assert agrees(written([OURS + "=5060;received=192.0.2.1", *LINES[1:]]))
    assert isinstance(plain(written()), PlainResponse)


def test_both_vias_in_one_line_are_read_too():
    joined = f"{OURS}, SIP/2.0/UDP 198.51.100.2:5060;branch=z9hG4bK-1-2"
    for lines in ([joined, *LINES[2:]], [joined, *LINES[1:]], [*LINES[2:], joined]):
        assert agrees(written(lines))


def test_a_padded_length_is_read_and_goes_on_as_it_is_written_here():
    padded = written().replace(b"Content-Length: ", b"Content-Length:    ")
    assert agrees(padded)
    assert b"Content-Length: 7\r\n" in plain(padded).onward


def test_what_is_written_otherwise_is_left_to_the_long_way():
    assert plain(written(status="100 Trying")) is None
    assert plain(written(status="486 Busy Here")) is None
    assert plain(written(status="180")) is None
    assert plain(written().replace(b"To:", b"t:")) is None
    assert plain(written([LINES[0], *LINES[2:]])) is None  # ours alone
    assert plain(written([LINES[0] + ",SIP/2.0/UDP a;branch=z9hG4bK1", *LINES[1:]])) is None
    assert plain(written([LINES[0] + ", SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b;branch=2", *LINES[1:]])) is None
    assert plain(written([LINES[0] + ", ", *LINES[2:], "Subject: x"])) is None
    assert plain(written([*LINES, "CSeq: 1 INVITE"])) is None
    assert plain(written([*LINES, "P-Asserted-Identity: <sip:x@y>"])) is None
    assert plain(written([*LINES, "X-Freiton-Anything: 1"])) is None
    assert plain(written([*LINES, "Subject: two ", "Server: x"])) is None
    assert plain(written([*LINES, "Subject: folded\r\n further"])) is None
    assert plain(written([*LINES, "Subject: a\x00b"])) is None
    assert plain(written(length=3)) is None
    assert plain(written(length=99)) is None
    assert plain(written(["Content-Length: 7", *LINES])) is None
    assert plain(written([*LINES, *[f"Via: SIP/2.0/UDP h{n};branch=z9hG4bK{n}" for n in range(30)]])) is None
    assert plain(b"SIP/2.0 180 Ringing\r\n") is None
    assert plain(b"SIP/2.0 ") is None


def test_our_via_is_cut_out_where_it_stands_and_not_where_it_is_quoted():
    quoted = f'Warning: 399 x "{OURS}"'
    assert agrees(written([quoted, *LINES]))
    assert not agrees(written([f"X-{OURS}", *LINES]))


ODD = st.sampled_from(
    [
        "",
        " ",
        "\t",
        ",",
        ";",
        '"',
        "<",
        ">",
        "\r\n",
        "\r\n ",
        "\n",
        "\x00",
        "\x7f",
        "\udcff",
        "ü",
        ":  x",
        ": ",
        "Via: ",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_nothing_is_read_otherwise_than_by_the_long_way(data):
    joined = data.draw(st.booleans())
    vias = [f"{OURS}, {LINES[1][5:]}"] if joined else LINES[:2]
    lines = [
        *vias,
        *LINES[2:],
        "Subject: x",
        "Supported: timer, 100rel",
        "Require: timer",
        "Session-Expires: 1800;refresher=uac",
    ]
    lines = data.draw(st.permutations(lines))[: data.draw(st.integers(6, 12))]
    for _ in range(data.draw(st.integers(0, 2))):
        number = data.draw(st.integers(0, len(lines) - 1))
        place = data.draw(st.integers(0, len(lines[number])))
        lines[number] = lines[number][:place] + data.draw(ODD) + lines[number][place:]
    if data.draw(st.booleans()):
        lines.append(data.draw(st.sampled_from(lines)))
    status = data.draw(st.sampled_from(["180 Ringing", "200 OK", "200 ", "180  x ", "299 ü", "101 a\udcffb"]))
    agrees(written(lines, data.draw(st.sampled_from([b"", BODY])), status))
