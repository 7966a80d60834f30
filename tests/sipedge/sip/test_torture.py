"""RFC 4475 and RFC 5118, as far as parser and validate answer for them (rfc4475-expected.csv is the guide)."""

from __future__ import annotations

import pytest

from sipedge.sip.framing import FramingError, StreamFramer
from sipedge.sip.message import ParseError, Request, Response, parse, serialise
from sipedge.sip.validate import validate_request, validate_response

from .corpora import corpus, message

# 0: in order. Otherwise the status owed to a request, or "drop" for a response that is discarded.
IN_ORDER = (
    "wsinv intmeth esc01 escnull esc02 lwsdisp longreq dblreq semiuri transports mpart01 unreason noreason baddate "
    "badbranch bcast bext01 invut unksm2 regaut01 zeromf cparam01 cparam02 regescrt sdp01 inv2543"
)
REFUSED = (
    "badinv01 clerr ncl scalar02 quotbal ltgtruri lwsruri lwsstart trws escruri regbadct badaspec baddn mismatch01 "
    "insuf multi01 mcl01"
)
EXPECTED_4475: dict[str, int | str] = {
    **dict.fromkeys(IN_ORDER.split(), 0),
    **dict.fromkeys(REFUSED.split(), 400),
    **dict.fromkeys(["unkscm", "novelsc"], 416),
    "badvers": 505,
    "mismatch02": 501,
    **dict.fromkeys(["scalarlg", "bigcode"], "drop"),
}
EXPECTED_5118: dict[str, int | str] = {"ipv6-bad": 400}


def outcome(data: bytes) -> int | str:
    """What parser and validate say together: 0, a status, or 'drop'."""
    try:
        parsed = parse(data)
    except ParseError as error:
        return error.status if error.request is not None else "drop"
    if isinstance(parsed, Response):
        return "drop" if validate_response(parsed) else 0
    rejection = validate_request(parsed)
    return rejection.status_code if rejection else 0


def refused_request(data: bytes) -> Request | None:
    """What can be answered of a message that the parser refuses."""
    try:
        parse(data)
    except ParseError as error:
        return error.request
    return None


def test_every_message_of_rfc_4475_gets_what_it_is_owed() -> None:
    files = corpus("rfc4475", ".dat")
    assert {path.stem: outcome(path.read_bytes()) for path in files} == EXPECTED_4475


def test_every_message_of_rfc_5118_gets_what_it_is_owed() -> None:
    files = corpus("rfc5118", ".sip")
    assert {path.stem: outcome(path.read_bytes()) for path in files} == {
        path.stem: EXPECTED_5118.get(path.stem, 0) for path in files
    }


def test_what_is_in_order_survives_being_written_and_read_again() -> None:
    files = corpus("rfc4475", ".dat") + corpus("rfc5118", ".sip")
    for path in files:
        if outcome(path.read_bytes()) == 0:
            first = parse(path.read_bytes())
            assert parse(serialise(first)) == first, path.stem


def test_every_refused_request_can_still_be_answered() -> None:
    for path in corpus("rfc4475", ".dat"):
        request = refused_request(path.read_bytes())
        assert request is None or request.top_via.branch or path.stem == "ltgtruri"


def test_a_stream_cuts_each_message_where_a_datagram_ends() -> None:
    for path in corpus("rfc4475", ".dat"):
        data = path.read_bytes()
        if path.stem in ("dblreq", "mcl01", "ncl", "inv2543", "clerr"):
            continue
        (framed,) = StreamFramer().feed(data)[:1]
        assert isinstance(framed, bytes)
        assert data.startswith(framed), path.stem


@pytest.mark.parametrize("name", ["mcl01", "ncl", "inv2543"])
def test_a_stream_is_closed_where_its_messages_have_no_certain_end(name: str) -> None:
    with pytest.raises(FramingError):
        StreamFramer().feed(message(name))


def test_a_stream_waits_for_the_rest_of_a_body() -> None:
    framer = StreamFramer()
    assert framer.feed(message("clerr")) == []
    assert framer.has_partial


def test_tortuous_white_space_and_folding_are_read_as_meant() -> None:
    invite = parse(message("wsinv"))
    assert isinstance(invite, Request)
    assert [(via.transport, via.sent_by, via.branch) for via in invite.vias] == [
        ("UDP", "192.0.2.2", "390skdjuw"),
        ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
        ("UDP", "192.168.255.111", "z9hG4bK30239"),
    ]
    assert invite.from_.display == 'J Rosenberg \\"'
    assert invite.to.tag == "1918181833n"
    assert (invite.max_forwards, str(invite.cseq)) == (68, "9 INVITE")
    assert invite.contacts[0].param("q") == "0.33"
    assert invite.get("Subject") == ""
    assert invite.get("NewFangledHeader") == "newfangled value continued newfangled value"
    assert len(invite.body) == 150


def test_escapes_are_no_line_ends_and_no_other_names() -> None:
    register = parse(message("esc02"))
    assert isinstance(register, Request)
    assert register.method == "RE%47IST%45R"
    assert [str(contact.uri) for contact in register.contacts] == [
        "sip:alias1@host1.example.com",
        "sip:alias3@host3.example.com",
    ]
    invite = parse(message("esc01"))
    assert isinstance(invite, Request)
    assert invite.uri.user_unescaped == "sips:user@example.com"
    assert invite.contacts[0].uri.has_param("lr")
    assert invite.contacts[0].uri.param("name") == "v%61lue%25%34%31"
    nulls = parse(message("escnull"))
    assert [contact.uri.user_unescaped for contact in nulls.contacts] == ["\x00", "\x00\x00"]


def test_control_characters_may_be_quoted_pairs_and_are_written_so_again() -> None:
    odd = parse(message("intmeth"))
    assert isinstance(odd, Request)
    assert odd.to.display == "BEL:\x07 NUL:\x00 DEL:\x7f"
    assert '"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f"' in str(odd.to)
    assert odd.uri.host == "example.com"
    assert odd.uri.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"


def test_the_second_request_of_a_datagram_is_ignored() -> None:
    register = parse(message("dblreq"))
    assert isinstance(register, Request)
    assert (register.method, register.body) == ("REGISTER", b"")


def test_contact_parameters_stand_outside_and_uri_parameters_inside() -> None:
    outside = parse(message("cparam01")).contacts[0]
    inside = parse(message("cparam02")).contacts[0]
    assert (outside.uri.params, outside.params) == ((), (("unknownparam", None),))
    assert (inside.uri.params, inside.params) == ((("unknownparam", None),), ())


def test_a_binary_body_is_not_touched() -> None:
    data = message("mpart01")
    assert parse(data).body == data.partition(b"\r\n\r\n")[2]
    assert len(parse(data).body) == 553
