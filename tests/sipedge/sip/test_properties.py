"""What holds for every message and not only for examples: hypothesis looks for one that it does not hold for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sipedge.sip.fields import NameAddr, Via, parse_name_addr, parse_via
from sipedge.sip.framing import StreamFramer
from sipedge.sip.message import HeaderError, Message, ParseError, Request, Response, make_response, parse, serialise
from sipedge.sip.names import COMPACT_FORMS, KNOWN_NAMES
from sipedge.sip.params import find_param, parse_params, quote, split_list, str_params
from sipedge.sip.uri import Uri, escape_user, parse_uri, uris_equal
from sipedge.sip.validate import validate_request, validate_response

TOKENS = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=12)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
USERS = st.one_of(st.none(), WORDS.filter(bool).map(escape_user))
IPV6 = st.ip_addresses(v=6).map(str)
HOSTS = st.one_of(st.sampled_from(["example.com", "a", "x-1.example.org."]), st.ip_addresses(v=4).map(str), IPV6)
PORTS = st.one_of(st.none(), st.integers(1, 65_535))
URI_TEXT = st.text("abcXYZ019-_.!~*'()[]/:&+$%41", max_size=8).filter(lambda text: text.count("%") == text.count("%41"))
URI_PARAMS = st.lists(
    st.tuples(
        st.sampled_from(["lr", "ob", "transport", "Maddr", "ttl", "user", "method", "x"]),
        st.one_of(st.none(), URI_TEXT),
    ),
    max_size=3,
    unique_by=lambda pair: pair[0],
).map(tuple)
URI_HEADERS = st.sampled_from(["", "subject=x", "a=b&Route=%3Csip:c%3E", "b=c&a=d"])
URIS = st.builds(Uri, st.sampled_from(["sip", "sips"]), USERS, st.none(), HOSTS, PORTS, URI_PARAMS, URI_HEADERS)
TELS = st.builds(
    lambda number, params: Uri("tel", number, None, "", None, params),
    st.from_regex(r"\+?[0-9]([0-9.()-]){0,10}[0-9]", fullmatch=True),
    URI_PARAMS,
)
VALUES = st.one_of(st.none(), TOKENS, WORDS.map(quote))
PARAMS = st.lists(st.tuples(TOKENS.map(str.lower), VALUES), max_size=4).map(tuple)
ADDRESSES = st.builds(NameAddr, WORDS.map(lambda text: text.strip()), st.one_of(URIS, TELS), PARAMS)
VIAS = st.builds(Via, st.sampled_from(["UDP", "TCP", "TLS", "WS", "SCTP"]), HOSTS, PORTS, PARAMS, st.just("SIP/2.0"))
NAMES = st.one_of(st.sampled_from(sorted(KNOWN_NAMES - {"Content-Length"})), TOKENS.map(lambda text: f"X-{text}"))
HEADERS = st.lists(
    st.one_of(
        st.tuples(st.just("Via"), VIAS.map(str)),
        st.tuples(st.sampled_from(["From", "To", "Contact", "Route", "Path"]), ADDRESSES.map(str)),
        st.tuples(NAMES, WORDS.map(lambda text: text.strip(" \t"))),
    ),
    max_size=12,
)
METHODS = st.one_of(st.sampled_from(["INVITE", "REGISTER", "ACK"]), TOKENS)
REQUESTS = st.builds(Request, METHODS, st.one_of(URIS, TELS).map(str), HEADERS, st.binary(max_size=60))
RESPONSES = st.builds(Response, st.integers(100, 699), WORDS, HEADERS, st.binary(max_size=60))
MESSAGES = st.one_of(REQUESTS, RESPONSES)
_COLONS = (":", " :", ": ", ":\r\n ", " \t:\r\n\t ")
_SHORT = {name: short for short, name in COMPACT_FORMS.items()}


@given(MESSAGES)
def test_what_is_written_is_read_the_same(message: Message) -> None:
    assert isinstance(message, Request | Response)
    again = parse(serialise(message))
    assert again == message
    assert serialise(again) == serialise(message)


@given(MESSAGES, st.randoms(use_true_random=False))
def test_compact_forms_folds_and_white_space_change_nothing(message: Message, rng) -> None:  # type: ignore[no-untyped-def]
    assert isinstance(message, Request | Response)
    start, *lines = serialise(message).split(b"\r\n\r\n", 1)[0].decode("utf-8", "surrogateescape").split("\r\n")
    written = [start]
    for line in lines:
        name, _, value = line.partition(": ")
        name = rng.choice([name, _SHORT.get(name, name), name.upper() if name in KNOWN_NAMES else name])
        written.append(name + rng.choice(_COLONS) + value + rng.choice(["", " ", "\t "]))
    data = "\r\n".join([*written, "", ""]).encode("utf-8", "surrogateescape") + message.body
    assert parse(data) == message


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_parse_error(data: bytes) -> None:
    try:
        parsed = parse(data)
    except ParseError:
        return
    assert parse(serialise(parsed)) == parsed


@given(MESSAGES, st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), max_size=8))
def test_no_spoilt_message_raises_anything_but_a_parse_error(message: Message, changes: list[tuple[int, int]]) -> None:
    assert isinstance(message, Request | Response)
    data = bytearray(serialise(message))
    for position, byte in changes:
        data[position % len(data)] = byte
    try:
        parsed = parse(bytes(data))
    except ParseError:
        return
    if isinstance(parsed, Request):
        rejection = validate_request(parsed)
        serialise(make_response(parsed, rejection.status_code if rejection else 200, to_tag="t"))
    else:
        validate_response(parsed)


@given(MESSAGES, st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_a_stream_gives_back_each_message_however_it_is_cut(message: Message, sizes: list[int]) -> None:
    assert isinstance(message, Request | Response)
    data = serialise(message)
    stream = data + b"\r\n\r\n" + data
    framer, position, found, turn = StreamFramer(), 0, [], 0
    while position < len(stream):
        size = sizes[turn % len(sizes)]
        found += framer.feed(stream[position : position + size])
        position, turn = position + size, turn + 1
    assert [item for item in found if isinstance(item, bytes)] == [data, data]
    assert not framer.has_partial


@given(st.one_of(URIS, TELS))
def test_a_uri_is_read_as_it_was_written_and_equals_itself(uri: Uri) -> None:
    assert parse_uri(str(uri)) == uri
    assert uris_equal(uri, uri)
    louder = uri._replace(host=uri.host.upper(), params=tuple((name.upper(), value) for name, value in uri.params))
    assert uris_equal(uri, parse_uri(str(louder)))


@given(st.one_of(URIS, TELS), st.one_of(URIS, TELS))
def test_comparing_uris_is_symmetric(a: Uri, b: Uri) -> None:
    assert uris_equal(a, b) == uris_equal(b, a)
    assert uris_equal(a, b._replace(host=a.host, user=a.user)) == uris_equal(b._replace(host=a.host, user=a.user), a)


@given(ADDRESSES)
def test_an_address_is_read_as_it_was_written(address: NameAddr) -> None:
    assert parse_name_addr(str(address)) == address


@given(VIAS)
def test_a_via_is_read_as_it_was_written(via: Via) -> None:
    assert parse_via(str(via)) == via


@given(PARAMS)
def test_parameters_are_read_as_they_were_written(params: tuple[tuple[str, str | None], ...]) -> None:
    assert parse_params(str_params(params)) == params
    for name, _ in params:
        assert find_param(params, name) is not None


@given(st.lists(st.one_of(ADDRESSES.map(str), WORDS.map(quote)), min_size=1, max_size=6))
def test_a_list_is_divided_where_its_values_end(values: list[str]) -> None:
    assert split_list(", ".join(values)) == values
    assert split_list(" , ,".join(values)) == values


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_a_header_error(text: str) -> None:
    for read in (parse_name_addr, parse_via, parse_params, split_list):
        try:
            read(text)
        except HeaderError:
            continue
