import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.sip.fields import (
    MAX_CSEQ,
    MAX_DELTA_SECONDS,
    CSeq,
    NameAddr,
    Via,
    parse_cseq,
    parse_delta_seconds,
    parse_name_addr,
    parse_via,
)
from sipedge.sip.params import HeaderError
from sipedge.sip.uri import parse_uri


@pytest.mark.parametrize(
    ("text", "display", "uri", "params"),
    [
        ("<sip:a@b>", "", "sip:a@b", ()),
        ("sip:a@b", "", "sip:a@b", ()),
        ("sip:a@b;tag=x", "", "sip:a@b", (("tag", "x"),)),
        ("<sip:a@b;lr>;tag=x", "", "sip:a@b;lr", (("tag", "x"),)),
        ("Alice <sip:a@b>", "Alice", "sip:a@b", ()),
        ("Alice B. Cooper<sip:a@b>", "Alice B. Cooper", "sip:a@b", ()),
        ('"Alice \\"A\\", B" <sip:a@b>;tag=x', 'Alice "A", B', "sip:a@b", (("tag", "x"),)),
        ("Jörg Müller <sip:a@b>", "Jörg Müller", "sip:a@b", ()),
        ('"" <sip:a@b> ; tag = x', "", "sip:a@b", (("tag", "x"),)),
        ("<tel:+431;phone-context=x>", "", "tel:+431;phone-context=x", ()),
        ("<sip:a,b@c?d=e>", "", "sip:a,b@c?d=e", ()),
    ],
)
def test_addresses_are_read(text: str, display: str, uri: str, params: tuple[tuple[str, str], ...]) -> None:
    address = parse_name_addr(text)
    assert address == NameAddr(display, parse_uri(uri), params)
    assert parse_name_addr(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<>",
        "<sip:a@b",
        "sip:a@b>",
        '"Alice <sip:a@b>',
        "Alice, B <sip:a@b>",
        "< sip:a@b >",
        "<sip:a@b> x",
        "<sip:a@b>;;",
        "sip:a@b?c=d",
        "sip:a,c@b",
        "<sip:a@b>, <sip:c@d>",
        "*",
        "<sip:a@b><sip:c@d>",
        "<" + "sip:" + "a" * 5000 + "@b>",
        '"a"b <sip:a@b>',
        "<sip:a@b;=0>",
        "<sip:a@b;=0>;tag=1",
    ],
)
def test_broken_addresses_are_refused(text: str) -> None:
    with pytest.raises(HeaderError) as caught:
        parse_name_addr(text)
    assert caught.value.status == 400


def test_address_parameters_are_unquoted_and_set() -> None:
    address = parse_name_addr('<sip:a@b>;+sip.instance="<urn:uuid:1>";ob;expires=5')
    assert address.param("+sip.instance") == "<urn:uuid:1>"
    assert (address.param("ob"), address.param("q"), address.tag) == ("", None, None)
    assert str(address.with_params(("expires", "60"))) == '<sip:a@b>;+sip.instance="<urn:uuid:1>";ob;expires=60'


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=300))
def test_any_display_name_survives(display: str) -> None:
    address = NameAddr(display, parse_uri("sip:a@b"), (("tag", "x"),))
    assert parse_name_addr(str(address)) == address


@pytest.mark.parametrize(
    ("text", "via"),
    [
        ("SIP/2.0/UDP h", Via("UDP", "h", None)),
        ("sip/2.0/tcp H.example:5070;branch=z9", Via("TCP", "h.example", 5070, (("branch", "z9"),))),
        ("SIP/2.0/UDP [2001:db8::1]:5060", Via("UDP", "2001:db8::1", 5060)),
        ("SIP / 2.0 / UDP h : 5060 ; ttl=1", Via("UDP", "h", 5060, (("ttl", "1"),))),
        ("SIP/7.0/UDP h", Via("UDP", "h", None, (), "SIP/7.0")),
    ],
)
def test_vias_are_read(text: str, via: Via) -> None:
    assert parse_via(text) == via
    assert parse_via(str(via)) == via


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0/UDP",
        "SIP/2.0 h",
        "SIP/2.0/UDP h:0",
        "SIP/2.0/UDP h:65536",
        "SIP/2.0/UDP h;;",
        "SIP/2.0/UDP h x",
        "SIP/2.0/UDP h:",
        "SIP/2.0/UDP h, SIP/2.0/UDP i",
        "SIP/2.0/UDP ::1",
        "SIP/2.0/UDP [.001]",
        "SIP/2.0/UDP [1::2::3]",
    ],
)
def test_broken_vias_are_refused(text: str) -> None:
    with pytest.raises(HeaderError):
        parse_via(text)


def test_what_a_via_says() -> None:
    via = parse_via("SIP/2.0/UDP h:5060;received=[::1];rport=4000;branch=z9")
    assert (via.received, via.rport, via.branch, via.sent_by, via.wants_rport) == ("::1", 4000, "z9", "h:5060", False)
    bare = parse_via("SIP/2.0/UDP [::1];rport")
    assert (bare.received, bare.rport, bare.branch, bare.sent_by, bare.wants_rport) == (None, None, None, "[::1]", True)


@pytest.mark.parametrize("value", ["0", "65536", "x", "-1", "٣", "999999999999"])
def test_an_impossible_rport_is_none(value: str) -> None:
    assert Via("UDP", "h", None, (("rport", value),)).rport is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SIP/2.0/UDP 192.0.2.1:5060;branch=z", "SIP/2.0/UDP 192.0.2.1:5060;branch=z"),
        ("SIP/2.0/UDP 10.0.0.1;branch=z", "SIP/2.0/UDP 10.0.0.1;branch=z;rport=99;received=192.0.2.1"),
        ("SIP/2.0/UDP [fd00::1];branch=z", "SIP/2.0/UDP [fd00::1];branch=z;rport=99;received=192.0.2.1"),
        ("SIP/2.0/TCP 10.0.0.1;branch=z", "SIP/2.0/TCP 10.0.0.1;branch=z;received=192.0.2.1"),
        ("SIP/2.0/UDP phone.local;branch=z", "SIP/2.0/UDP phone.local;branch=z;received=192.0.2.1"),
        ("SIP/2.0/UDP 192.0.2.1:98;branch=z", "SIP/2.0/UDP 192.0.2.1:98;branch=z"),
        ("SIP/2.0/UDP 10.0.0.1;rport;branch=z", "SIP/2.0/UDP 10.0.0.1;rport=99;branch=z;received=192.0.2.1"),
        ("SIP/2.0/UDP 192.0.2.1;rport", "SIP/2.0/UDP 192.0.2.1;rport=99;received=192.0.2.1"),
        ("SIP/2.0/UDP 192.0.2.1;received=198.51.100.1", "SIP/2.0/UDP 192.0.2.1;received=192.0.2.1"),
        ("SIP/2.0/UDP h;rport=1;received=198.51.100.1", "SIP/2.0/UDP h;rport=99;received=192.0.2.1"),
    ],
)
def test_a_via_notes_the_packets_source(before: str, after: str) -> None:
    assert str(parse_via(before).with_source("192.0.2.1", 99)) == after


def test_via_parameters_are_set() -> None:
    assert str(parse_via("SIP/2.0/UDP h;branch=a").with_params(("branch", "b"))) == "SIP/2.0/UDP h;branch=b"
    assert parse_via("SIP/2.0/UDP h;x=y").param("x") == "y"


def test_cseq() -> None:
    assert parse_cseq("0009  INVITE") == CSeq(9, "INVITE")
    assert str(CSeq(9, "INVITE")) == "9 INVITE"
    assert parse_cseq(f"{MAX_CSEQ} ACK").number == MAX_CSEQ


@pytest.mark.parametrize(
    "text", ["", "1", "INVITE", "1INVITE", "-1 ACK", "1 A B", f"{2**31} ACK", "9" * 5000 + " ACK", "٣ ACK"]
)
def test_broken_cseqs_are_refused(text: str) -> None:
    with pytest.raises(HeaderError):
        parse_cseq(text)


def test_delta_seconds_are_clamped() -> None:
    assert [parse_delta_seconds(text) for text in ("0", "3600", "9" * 15, "9" * 6000)] == [
        0,
        3600,
        MAX_DELTA_SECONDS,
        MAX_DELTA_SECONDS,
    ]


@pytest.mark.parametrize("text", ["", "-1", "1.5", "1 ", "²", "٣", "1_0"])
def test_broken_delta_seconds_are_refused(text: str) -> None:
    with pytest.raises(HeaderError):
        parse_delta_seconds(text)


NAMES = st.sampled_from(["", '"Alice" ', '"A\\"B" ', "Alice "])
URIS = st.sampled_from(
    ["sip:a@b", "sips:A.b+1@B.org:5060", "sip:b", "sip:a@b:70000", "sip:a@b:0", "sip:a@b;x;y=z", "sip:a@b;;"]
)
PARAMS = st.sampled_from(["", ";tag=x", ";tag=x;y", ";q=0.5", ";tag=", ";", ';+i="<u>"', " ;tag=x"])


@given(NAMES, URIS, PARAMS)
def test_the_quick_way_to_an_address_leads_where_the_long_way_leads(name: str, uri: str, params: str) -> None:
    def read(text: str) -> NameAddr | None:
        try:
            return parse_name_addr(text)
        except HeaderError:
            return None

    assert read(f"{name}<{uri}>{params}") == read(f" {name}<{uri}>{params}")


@given(
    st.sampled_from(["UDP", "TCP"]),
    st.sampled_from(["h", "192.0.2.1", "h:1", "h:59999", "h:60000", "h:0", "h:99999", "-"]),
)
@pytest.mark.parametrize(
    "params", ["", ";branch=z", ";rport;branch=z;rport", ";branch=z;rport", ";branch=", ";branch=z;x"]
)
def test_the_quick_way_to_a_via_leads_where_the_long_way_leads(params: str, transport: str, host: str) -> None:
    def read(text: str) -> Via | None:
        try:
            return parse_via(text)
        except HeaderError:
            return None

    assert read(f"SIP/2.0/{transport} {host}{params}") == read(f"SIP/2.0/{transport}  {host}{params}")
