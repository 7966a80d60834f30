import pytest

from sipedge.sip.fields import parse_via
from sipedge.sip.model import Request, Response
from sipedge.sip.params import HeaderError

from .messages import invite, register


def test_fields_are_parsed_when_asked_for() -> None:
    request = register()
    assert (request.method, str(request.uri)) == ("REGISTER", "sip:example.org")
    assert request.top_via == parse_via("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport")
    assert (request.from_.display, request.from_tag, request.to_tag) == ("Alice", "1", None)
    assert (request.call_id, str(request.cseq), request.max_forwards) == ("abc@192.0.2.1", "1 REGISTER", 70)
    assert (request.contacts[0].param("expires"), request.expires) == ("3600", None)
    assert (request.routes, request.record_routes, request.is_wildcard_contact) == ([], [], False)
    assert request.cseq is request.cseq


@pytest.mark.parametrize("name", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_a_missing_or_empty_mandatory_field_is_a_400(name: str) -> None:
    request = register()
    read = {"Via": "top_via", "From": "from_", "To": "to", "Call-ID": "call_id", "CSeq": "cseq"}[name]
    request.set(name, "")
    with pytest.raises(HeaderError, match="Missing"):
        getattr(request, read)
    request.remove(name)
    with pytest.raises(HeaderError) as caught:
        getattr(request, read)
    assert (caught.value.status, caught.value.reason) == (400, f"Missing {name}")


def test_the_wildcard_contact_is_no_address() -> None:
    request = register(("<sip:alice@192.0.2.1:5060>;expires=3600", "*"))
    assert request.is_wildcard_contact
    assert request.contacts == []
    request.append("Contact", "<sip:a@b>")
    assert request.is_wildcard_contact
    assert len(request.contacts) == 1


def test_top_via_of_a_combined_line() -> None:
    request = invite()
    request.set("Via", 'SIP/2.0/UDP a;x="1,2", SIP/2.0/TCP b')
    assert [via.host for via in request.vias] == ["a", "b"]
    assert request.top_via.host == "a"


@pytest.mark.parametrize("value", ["", "x", "-1", "1.0", "²"])
def test_a_broken_max_forwards_is_a_400(value: str) -> None:
    request = invite(("Max-Forwards", value))
    with pytest.raises(HeaderError):
        _ = request.max_forwards


@pytest.mark.parametrize("value", ["256", "9" * 5000])
def test_more_hops_than_there_may_be_count_as_unsaid(value: str) -> None:
    assert invite(("Max-Forwards", value)).max_forwards is None


def test_optional_numbers() -> None:
    request = invite(("Max-Forwards", "0068"), ("Expires", "99999999999"))
    assert (request.max_forwards, request.expires) == (68, 2**32 - 1)
    assert (invite().max_forwards, invite().expires) == (None, None)


def test_a_request_uri_that_is_none_is_a_400_or_a_414() -> None:
    request = invite()
    request.request_uri = "<sip:a@b>"
    with pytest.raises(HeaderError) as caught:
        _ = request.uri
    assert caught.value.status == 400
    request.request_uri = "sip:" + "a" * 10_000
    with pytest.raises(HeaderError) as caught:
        _ = request.uri
    assert caught.value.status == 414


def test_a_copy_is_a_message_of_its_own() -> None:
    for message in (invite(("Route", "<sip:p;lr>")), Response(200, "OK", invite().headers)):
        _ = message.top_via, message.cseq, message.get("To")
        copy = message.copy()
        assert copy == message
        copy.prepend("Via", "SIP/2.0/UDP me;branch=z9hG4bKme")
        copy.remove("Route")
        copy.body = b"x"
        assert copy.top_via.host == "me"
        assert message.top_via.host == "192.0.2.1"
        assert message.body == b""
        message.set("CSeq", "6 BYE")
        assert (copy.cseq.number, message.cseq.number) == (5, 6)


def test_a_change_to_the_original_before_anything_was_read_is_not_seen_by_the_copy() -> None:
    message = invite()
    copy = message.copy()
    message.set("CSeq", "6 INVITE")
    _ = message.cseq
    assert copy.cseq.number == 5


def test_content_length_makes_no_difference() -> None:
    assert invite() == invite(("Content-Length", "0"))
    assert invite() != invite(("Subject", "x"))
    assert invite(body=b"a") != invite(body=b"b")
    assert invite() != Response(200, "OK", invite().headers)
    assert "INVITE" in repr(invite())
    assert "200" in repr(Response(200, "OK"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SIP/2.0/UDP Phone.Example;branch=z", "SIP/2.0/UDP Phone.Example;branch=z;received=192.0.2.9"),
        ("SIP/2.0/UDP Phone;branch=z;rport", "SIP/2.0/UDP Phone;branch=z;rport=99;received=192.0.2.9"),
        ("SIP/2.0/UDP p;rport;branch=z", "SIP/2.0/UDP p;rport=99;branch=z;received=192.0.2.9"),
        ("SIP/2.0/UDP p;rport;rport", "SIP/2.0/UDP p;rport=99;rport;received=192.0.2.9"),
        ("SIP/2.0/UDP p;rport=1;received=1.1.1.1", "SIP/2.0/UDP p;rport=99;received=192.0.2.9"),
        ("SIP/2.0/UDP p, SIP/2.0/UDP q", "SIP/2.0/UDP p;received=192.0.2.9, SIP/2.0/UDP q"),
        ("SIP/2.0/UDP 192.0.2.9;branch=z", "SIP/2.0/UDP 192.0.2.9;branch=z"),
    ],
)
def test_the_source_is_noted_in_the_top_via(before: str, after: str) -> None:
    request = invite()
    request.set("Via", before)
    request.note_source("192.0.2.9", 99)
    assert request.get("Via") == after
    known = request.top_via
    fresh = Request("INVITE", "sip:x", request.headers).top_via
    assert (known, request.vias[0]) == (fresh, fresh)
