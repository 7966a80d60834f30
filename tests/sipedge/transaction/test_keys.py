"""Matching messages to transactions (RFC 3261 §17.1.3, §17.2.3)."""

import pytest

from sipedge.sip.flow import Flow
from sipedge.sip.message import HeaderError, Request
from sipedge.transaction.keys import client_key, invite_key, response_key, server_key
from tests.sipedge.transaction.messages import TCP, UDP, answer, make_request


def with_via(request: Request, via: str) -> Request:
    changed = request.copy()
    changed.set("Via", via)
    return changed


def test_a_retransmission_has_the_same_key_and_another_branch_another() -> None:
    assert server_key(make_request(), UDP) == server_key(make_request(), UDP)
    assert server_key(make_request(), UDP) != server_key(make_request(branch="z9hG4bK-2"), UDP)


def test_the_parameters_that_we_note_in_via_do_not_change_the_key() -> None:
    request = make_request()
    noted = with_via(request, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-1;received=192.0.2.1;rport=5060")
    assert server_key(noted, UDP) == server_key(request, UDP)


@pytest.mark.parametrize("method", ["REGISTER", "CANCEL", "BYE"])
def test_methods_differ_but_for_an_ack(method: str) -> None:
    invite = make_request("INVITE")
    assert server_key(make_request(method), UDP) != server_key(invite, UDP)
    assert server_key(make_request("ACK"), UDP) == server_key(invite, UDP)


def test_sent_by_and_source_host_belong_to_the_key_but_not_port_and_connection() -> None:
    request = make_request()
    other_sender = with_via(request, "SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK-1")
    assert server_key(other_sender, UDP) != server_key(request, UDP)
    assert server_key(request, UDP._replace(host="192.0.2.9")) != server_key(request, UDP)
    assert server_key(request, Flow("tcp", UDP.host, 4711, 1, 99)) == server_key(request, TCP)


def test_a_cancel_finds_its_invite() -> None:
    assert invite_key(make_request("CANCEL"), UDP) == server_key(make_request("INVITE"), UDP)


@pytest.mark.parametrize("via", ["SIP/2.0/UDP 192.0.2.1", "SIP/2.0/UDP 192.0.2.1;branch=1"])
def test_rfc_2543_requests_are_told_apart_by_what_they_carry(via: str) -> None:
    invite = with_via(make_request("INVITE"), via)
    ack = with_via(make_request("ACK"), via)
    ack.set("To", "<sip:bob@example.org>;tag=b")
    assert server_key(ack, UDP) == server_key(invite, UDP)
    later = with_via(make_request("INVITE", cseq=2), via)
    assert server_key(later, UDP) != server_key(invite, UDP)
    for name, value in (("Call-ID", "call-2"), ("From", "<sip:alice@example.org>;tag=z")):
        other = invite.copy()
        other.set(name, value)
        assert server_key(other, UDP) != server_key(invite, UDP)


def test_a_request_without_via_cannot_be_matched() -> None:
    request = make_request()
    request.remove("Via")
    with pytest.raises(HeaderError):
        server_key(request, UDP)


def test_a_response_is_matched_by_branch_and_method() -> None:
    invite, cancel = make_request("INVITE"), make_request("CANCEL")
    assert response_key(answer(invite, 200)) == client_key("z9hG4bK-1", "INVITE")
    assert response_key(answer(cancel, 200)) == client_key("z9hG4bK-1", "CANCEL")


def test_a_response_without_a_branch_is_nobodys() -> None:
    response = answer(with_via(make_request(), "SIP/2.0/UDP 192.0.2.1"), 200)
    assert response_key(response) is None


def test_the_cookie_alone_is_no_branch() -> None:
    """RFC 4475 §3.2.1."""
    first = with_via(make_request(), "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK")
    second = first.copy()
    second.set("Call-ID", "another")
    assert server_key(first, UDP) == server_key(first.copy(), UDP)
    assert server_key(first, UDP) != server_key(second, UDP)
