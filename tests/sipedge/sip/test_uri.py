import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.sip.uri import MAX_URI_LENGTH, Uri, UriError, escape_user, parse_uri, unescape, uris_equal


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("sip:example.org", Uri("sip", None, None, "example.org", None)),
        ("SIPS:Alice@Example.ORG:5061", Uri("sips", "Alice", None, "example.org", 5061)),
        ("sip:alice:secret@192.0.2.1", Uri("sip", "alice", "secret", "192.0.2.1", None)),
        ("sip:a:@h", Uri("sip", "a", "", "h", None)),
        ("sip:[2001:DB8::1]:5060", Uri("sip", None, None, "2001:db8::1", 5060)),
        ("sip:h;lr;transport=TCP", Uri("sip", None, None, "h", None, (("lr", None), ("transport", "TCP")))),
        ("sip:h;x=", Uri("sip", None, None, "h", None, (("x", ""),))),
        ("sip:a@h?Route=%3Cx%3E&b=c", Uri("sip", "a", None, "h", None, (), "Route=%3Cx%3E&b=c")),
        ("sip:+4311001;ext=5@h", Uri("sip", "+4311001;ext=5", None, "h", None)),
        ("sip:#31#0664?/@h", Uri("sip", "#31#0664?/", None, "h", None)),
        ("tel:+43-1-1001", Uri("tel", "+43-1-1001", None, "", None)),
        ("tel:1001;phone-context=+43", Uri("tel", "1001", None, "", None, (("phone-context", "+43"),))),
        ("urn:service:sos", Uri("urn", "service:sos", None, "", None)),
        ("http://www.example.com", Uri("http", "//www.example.com", None, "", None)),
    ],
)
def test_a_uri_is_taken_apart_and_written_again(text: str, uri: Uri) -> None:
    assert parse_uri(text) == uri
    assert parse_uri(str(uri)) == uri


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip:",
        "sip:@h",
        "sip:a@",
        "alice@example.org",
        "sip:a@b@c",
        "sip:a b@c",
        " sip:a@c",
        "sip:a@c ",
        "<sip:a@c>",
        "sip:a@c:0",
        "sip:a@c:65536",
        "sip:a@c:x",
        "sip:a@c:",
        "sip:a@2001:db8::1",
        "sip:a@[2001:db8::1",
        "sip:a@[2001:db8:::::1]",
        "sip:a@[1.2.3.4]",
        "sip:a@c;;lr",
        "sip:a@c;",
        "sip:a@c;=x",
        "sip:a%4@c",
        "sip:a%GG@c",
        "sip:a\x00@c",
        "sip:a\r\n@c",
        "sip:ü@c",
        "sip:a@ex\u00e4mple.org",
        "sip:a@\u212aelvin.org",
        "sip:a@c:\u0665",
        'sip:"a"@c',
        "sip:a\\@c",
        "tel:",
        "tel:;a=b",
        "sip:" + "a" * MAX_URI_LENGTH + "@c",
    ],
)
def test_what_is_no_uri_is_refused(text: str) -> None:
    with pytest.raises(UriError):
        parse_uri(text)


def test_a_long_uri_is_read_like_a_short_one() -> None:
    long = f"sip:{'a' * 1000}@example.org"
    assert parse_uri(long).user == "a" * 1000


def test_parameters_are_found_whatever_their_spelling() -> None:
    uri = parse_uri("sip:h;Transport=tcp;%6Cr;x=")
    assert (uri.param("transport"), uri.param("lr"), uri.param("x"), uri.param("y")) == ("tcp", "", "", None)
    assert uri.has_param("lr")
    assert not uri.has_param("maddr")


def test_parameters_are_replaced_and_removed() -> None:
    uri = parse_uri("sip:a@h;transport=udp;lr")
    assert str(uri.with_params(("transport", "tcp"), ("ob", None))) == "sip:a@h;lr;transport=tcp;ob"
    assert str(uri.without_params("transport", "none")) == "sip:a@h;lr"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        # RFC 3261 §19.1.4
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
        ("sip:biloxi.com;transport=tcp;method=REGISTER", "sip:biloxi.com;method=REGISTER;transport=tcp"),
        (
            "sip:a@atlanta.com?subject=project%20x&priority=urgent",
            "sip:a@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:a@[2001:db8::1]", "sip:a@[2001:0DB8:0::1]"),
        ("sip:a@example.com", "sip:a@example.com."),
        ("tel:+43-1-1001", "tel:+4311001"),
        # RFC 3966 §4
        ("tel:+1-201-555-0123;ext=1-23", "TEL:+1(201)555.0123;EXT=123"),
        ("tel:863-1234;phone-context=+1-914-555", "tel:8631234;phone-context=+1914555"),
        ("tel:7042;phone-context=Example.com;isub=1", "tel:70-42;isub=1;phone-context=example.COM"),
        ("tel:*21%23;phone-context=a-b.example", "tel:*21#;phone-context=A-B.example"),
    ],
)
def test_equal_uris(a: str, b: str) -> None:
    assert uris_equal(parse_uri(a), parse_uri(b))
    assert uris_equal(parse_uri(b), parse_uri(a))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:a@h", "sips:a@h"),
        ("sip:a@h", "sip:h"),
        ("sip:a:x@h", "sip:a:y@h"),
        ("sip:a@[2001:db8::1]", "sip:a@[2001:db8::2]"),
        ("tel:+4311001", "tel:4311001"),
        ("tel:+4311001", "tel:+4311001;ext=1"),
        ("tel:7042;phone-context=a-b.example", "tel:7042;phone-context=ab.example"),
        ("tel:7042;phone-context=+43", "tel:7042;phone-context=+44"),
        ("sip:+4311001@h", "tel:+4311001"),
        ("sip:a:@h", "sip:a@h"),
    ],
)
def test_different_uris(a: str, b: str) -> None:
    assert not uris_equal(parse_uri(a), parse_uri(b))
    assert not uris_equal(parse_uri(b), parse_uri(a))


def test_escapes_are_decoded_once_and_as_bytes() -> None:
    assert unescape("%2541%C3%BC") == "%41ü"
    assert unescape("%FF").encode("utf-8", "surrogateescape") == b"\xff"


@given(st.text(max_size=40))
def test_any_user_can_be_escaped_and_read_back(user: str) -> None:
    user = user.encode("utf-8", "ignore").decode()
    if user:
        uri = parse_uri(f"sip:{escape_user(user)}@example.org")
        assert uri.user_unescaped == user
        assert parse_uri(str(uri)) == uri


@given(st.text(alphabet='sip:@;?=[]%.a1&,/"<> \x00é', max_size=60))
def test_whatever_is_read_is_written_so_that_it_is_read_the_same(text: str) -> None:
    try:
        uri = parse_uri("sip:" + text)
    except UriError:
        return
    assert parse_uri(str(uri)) == uri
