import pytest

from sipedge.sip.build import make_ack, make_cancel, make_response
from sipedge.sip.model import Request, Response
from sipedge.sip.params import HeaderError

from .messages import invite

ROUTES = (("Record-Route", "<sip:p;lr>"), ("Route", "<sip:q;lr>"), ("Timestamp", "54"), ("Via", "SIP/2.0/UDP z"))


def test_a_response_copies_what_rfc_3261_names() -> None:
    response = make_response(invite(*ROUTES), 404, to_tag="t1")
    assert (response.status_code, response.reason) == (404, "Not Found")
    assert response.headers == [
        ("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2"),
        ("From", "<sip:alice@example.org>;tag=1"),
        ("To", "<sip:bob@example.org>;tag=t1"),
        ("Call-ID", "abc"),
        ("CSeq", "5 INVITE"),
        ("Via", "SIP/2.0/UDP z"),
    ]


@pytest.mark.parametrize(("status", "copied"), [(100, False), (180, True), (183, True), (200, True), (300, False)])
def test_record_route_goes_into_what_makes_a_dialog(status: int, copied: bool) -> None:
    assert make_response(invite(*ROUTES), status).has("Record-Route") is copied


def test_a_100_has_the_timestamp_and_no_tag() -> None:
    response = make_response(invite(*ROUTES), 100, to_tag="t1")
    assert response.get("Timestamp") == "54"
    assert response.to_tag is None


def test_a_tag_that_stands_is_kept() -> None:
    request = invite()
    request.set("To", "<sip:bob@example.org>;tag=known")
    assert make_response(request, 200, to_tag="new").to_tag == "known"


def test_further_headers_a_body_and_a_reason() -> None:
    response = make_response(invite(), 200, "Fine", headers=[("Expires", "60")], body=b"x")
    assert (response.reason, response.get("Expires"), response.body) == ("Fine", "60", b"x")


def test_a_broken_request_is_answered_with_what_it_has() -> None:
    request = Request("OPTIONS", "sip:a", [("Via", "SIP/2.0/UDP h"), ("To", '"broken')])
    assert make_response(request, 400, to_tag="t").headers == request.headers


def test_an_ack_for_a_failure_stays_on_the_transaction() -> None:
    ack = make_ack(invite(*ROUTES), make_response(invite(*ROUTES), 486, to_tag="t1"))
    assert (ack.method, ack.request_uri, ack.body) == ("ACK", "sip:bob@example.org", b"")
    assert ack.headers == [
        ("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2"),
        ("Max-Forwards", "70"),
        ("From", "<sip:alice@example.org>;tag=1"),
        ("To", "<sip:bob@example.org>;tag=t1"),
        ("Call-ID", "abc"),
        ("CSeq", "5 ACK"),
        ("Route", "<sip:q;lr>"),
    ]


def test_an_ack_for_a_response_without_to_takes_the_requests() -> None:
    assert make_ack(invite(), Response(486, "Busy")).get("To") == "<sip:bob@example.org>"


def test_a_cancel_is_the_request_over_again() -> None:
    cancel = make_cancel(invite(*ROUTES, ("Require", "100rel")))
    assert (cancel.method, str(cancel.cseq), cancel.to_tag) == ("CANCEL", "5 CANCEL", None)
    assert len(cancel.vias) == 1
    assert cancel.get_all("Route") == ["<sip:q;lr>"]
    assert not cancel.has("Require")


def test_nothing_is_made_from_a_request_without_call_id() -> None:
    request = invite()
    request.remove("Call-ID")
    with pytest.raises(HeaderError):
        make_cancel(request)


def test_of_single_headers_that_are_doubled_the_first_is_answered() -> None:
    doubled = invite(("To", "<sip:other@example.org>"), ("Call-ID", "def"), ("Via", "SIP/2.0/UDP z"))
    response = make_response(doubled, 400)
    assert [name for name, _ in response.headers] == ["Via", "From", "To", "Call-ID", "CSeq", "Via"]
    assert response.call_id == "abc"
