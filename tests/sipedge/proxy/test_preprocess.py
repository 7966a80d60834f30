import pytest

from sipedge.proxy.preprocess import preprocess
from sipedge.proxy.record_route import DialogToken, make_token, tag_mark
from sipedge.sip.message import HeaderError, Request

KEY = b"k" * 32
TOKEN = DialogToken(None, tag_mark("a"), None, None)
OURS = f"<sip:{make_token(TOKEN, 'c1', KEY)}@192.0.2.1:5060;lr>"


def is_own(uri):
    return uri.host == "192.0.2.1"


def request(*routes, uri="sip:bob@198.51.100.7", call_id="c1"):
    return Request("BYE", uri, [("Call-ID", call_id), *(("Route", route) for route in routes)])


def test_our_route_is_taken_off_and_its_token_read():
    done = preprocess(request(OURS), is_own, KEY)
    assert done.token == TOKEN
    assert done.request.get("Route") is None


def test_both_of_ours_are_taken_off_in_one_line_too():
    second = OURS.replace(";lr", ";lr;transport=tcp")
    for routes in ([OURS, second], [f"{OURS}, {second}"]):
        done = preprocess(request(*routes), is_own, KEY)
        assert done.token == TOKEN
        assert done.request.get("Route") is None


def test_others_routes_stay():
    done = preprocess(request(OURS, "<sip:other.example;lr>"), is_own, KEY)
    assert done.request.values("Route") == ["<sip:other.example;lr>"]


def test_a_route_of_ours_without_a_token_is_no_dialog():
    done = preprocess(request("<sip:192.0.2.1;lr>"), is_own, KEY)
    assert done.token is None
    assert done.request.get("Route") is None


def test_a_token_of_another_call_is_none():
    assert preprocess(request(OURS, call_id="c2"), is_own, KEY).token is None


def test_strict_router_is_repaired():
    uri = OURS.strip("<>")
    done = preprocess(request("<sip:b@198.51.100.7>", uri=uri), is_own, KEY)
    assert done.token == TOKEN
    assert done.request.request_uri == "sip:b@198.51.100.7"
    assert done.request.get("Route") is None


def test_strict_router_with_more_routes():
    done = preprocess(request("<sip:p.example>", "<sip:b@198.51.100.7>", uri=OURS.strip("<>")), is_own, KEY)
    assert done.request.values("Route") == ["<sip:p.example>"]


def test_the_original_is_left_alone():
    original = request(OURS)
    preprocess(original, is_own, KEY)
    assert original.values("Route") == [OURS]


def test_a_broken_route_is_the_senders_fault():
    with pytest.raises(HeaderError):
        preprocess(request("<sip:bro ken"), is_own, KEY)
