import pytest

from sipedge.sip.message import parse, serialise
from sipedge.sip.model import Request, Response
from sipedge.sip.validate import MAX_HEADERS, MAX_VIAS, Rejection, validate_request, validate_response

from .messages import invite, register


def test_a_request_in_order_is_not_refused() -> None:
    assert validate_request(register()) is None
    assert validate_request(invite(("Max-Forwards", "0"), ("Date", "yesterday"))) is None
    assert validate_request(invite()) is None


@pytest.mark.parametrize("name", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_mandatory_headers(name: str) -> None:
    request = register()
    request.remove(name)
    assert validate_request(request) == Rejection(400, f"Missing {name}")


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (" SIP/2.0\r\n", " SIP/3.0\r\n", 505),
        ("Via: SIP/2.0", "Via: SIP/3.0", 400),
        ("Via: SIP/2.0", "Via: SIP/2.0/UDP", 400),
        ("branch=", ";branch=", 400),
        ("1 REGISTER", "1 INVITE", 400),
        ("1 REGISTER", "2147483648 REGISTER", 400),
        ("1 REGISTER", "REGISTER", 400),
        ("Max-Forwards: 70", "Max-Forwards: 2 56", 400),
        ("Max-Forwards: 70", "Max-Forwards: -1", 400),
        ("Max-Forwards: 70", "Max-Forwards: ", 400),
        ('"Alice"', '"Alice', 400),
        ("To: <sip:alice@example.org>", "To: <sip:alice@example.org", 400),
        ("abc@192.0.2.1", "abc @192.0.2.1", 400),
        ("REGISTER sip:example.org", "REGISTER sip:example.org?a=b", 400),
        ("REGISTER sip:example.org", "REGISTER <sip:example.org>", 400),
        ("REGISTER sip:example.org", "REGISTER example.org", 400),
        ("REGISTER sip:example.org", "REGISTER sip:" + "a" * 5000, 414),
        ("REGISTER sip:example.org", "REGISTER http://example.org", 416),
        ("REGISTER sip:example.org", "REGISTER urn:service:sos", 416),
        ("REGISTER sip:example.org", "NEWMETHOD sip:example.org", 501),
        ("1 REGISTER", "1 NEWMETHOD", 400),
        ("<sip:alice@192.0.2.1:5060>;expires=3600", "sip:a@b?c=d", 400),
        ("<sip:alice@192.0.2.1:5060>;expires=3600", "<sip:a@b>;;", 400),
    ],
)
def test_what_is_refused(old: str, new: str, status: int) -> None:
    rejection = validate_request(register((old, new)))
    assert rejection is not None
    assert rejection.status_code == status


@pytest.mark.parametrize(
    ("uri", "is_taken"), [("urn:service:sos", True), ("URN:service:sos.fire", True), ("urn:isbn:0", False)]
)
def test_a_call_may_be_for_a_service(uri: str, is_taken: bool) -> None:
    request = Request("INVITE", uri, invite().headers)
    assert (validate_request(request) is None) is is_taken


@pytest.mark.parametrize("scheme", ["sip:example.org", "sips:example.org", "tel:+4311001"])
def test_schemes_that_are_taken(scheme: str) -> None:
    assert validate_request(register(("REGISTER sip:example.org", f"REGISTER {scheme}"))) is None


@pytest.mark.parametrize("name", ["From", "To", "Call-ID", "CSeq", "Max-Forwards"])
def test_a_single_header_may_be_doubled_only_with_the_same_content(name: str) -> None:
    request = register()
    value = request.get(name)
    assert value is not None
    request.append(name, value)
    assert validate_request(request) is None
    request.append(name, value + "0")
    assert validate_request(request) == Rejection(400, f"Several {name}")


def test_too_many_vias() -> None:
    request = invite()
    via = "SIP/2.0/UDP h;branch=z9hG4bK1"
    for _ in range(MAX_VIAS - 1):
        request.append("Via", via)
    assert validate_request(request) is None
    request.append("Via", via)
    assert validate_request(request) == Rejection(400, "Too Many Via")


def test_too_many_vias_in_one_line() -> None:
    request = invite()
    request.set("Via", ", ".join(["SIP/2.0/UDP h"] * (MAX_VIAS + 1)))
    assert validate_request(request) == Rejection(400, "Too Many Via")


def test_contacts_are_judged_where_they_are_bound() -> None:
    assert validate_request(invite(("Contact", "<sip:a@b>;;"))) is None


def test_responses_in_and_out_of_order() -> None:
    assert validate_response(Response(200, "OK", invite().headers)) is None
    assert validate_response(Response(200, "OK")) == "Missing Via"
    broken = Response(200, "OK", invite().headers)
    broken.set("CSeq", "99999999999 INVITE")
    assert validate_response(broken) == "CSeq Number Too Large"


def test_an_ack_is_judged_like_any_request() -> None:
    ack = Request("ACK", "sip:a@b", invite().headers)
    assert validate_request(ack) == Rejection(400, "CSeq Method Mismatch")


def test_a_request_leaves_room_for_the_headers_that_forwarding_adds() -> None:
    request = invite(*[("X-Many", "y")] * (MAX_HEADERS - 5))
    assert validate_request(request) is None
    request.append("X-Many", "y")
    assert validate_request(request) == Rejection(400, "Too Many Header Fields")
    assert parse(serialise(request)) == request
