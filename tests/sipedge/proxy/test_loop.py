import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.proxy.loop import has_looped, loop_mark, marked_branch, may_have_looped
from sipedge.sip.message import Request

KEY = b"k" * 32
US = "192.0.2.1:5060"
HEADERS = {
    "Via": "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKup",
    "Max-Forwards": "12",
    "From": "<sip:a@example.org>;tag=1",
    "To": "<sip:b@example.org>",
    "Call-ID": "c1",
    "CSeq": "1 INVITE",
}


def request(uri="sip:b@example.org", method="INVITE", **changes):
    fields = HEADERS | {name.replace("_", "-"): value for name, value in changes.items()}
    return Request(method, uri, [item for item in fields.items() if item[1] is not None])


def is_us(sent_by):
    return sent_by == US


def been_through(before, us=US):
    """What comes back of a request that we sent on and that others brought here again."""
    it = before.copy()
    it.prepend("Via", f"SIP/2.0/UDP {us};branch={marked_branch('0123', loop_mark(before, KEY))};rport")
    it.prepend("Via", "SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKtheirs")
    it.set("Max-Forwards", "10")
    return it


def test_the_same_request_again_is_a_loop():
    again = been_through(request())
    assert has_looped(again, loop_mark(again, KEY), is_us)


def test_what_came_by_nobody_else_cannot_have_looped():
    assert not may_have_looped(request())
    assert may_have_looped(been_through(request()))
    assert may_have_looped(request(Via=", ".join(been_through(request()).values("Via"))))


def test_what_was_never_here_is_none():
    assert not has_looped(request(), loop_mark(request(), KEY), is_us)
    other = request(Via="SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKother, SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKup")
    assert not has_looped(other, loop_mark(other, KEY), is_us)


@pytest.mark.parametrize(
    "changes",
    [
        {"uri": "sip:c@example.org"},
        {"Route": "<sip:192.0.2.7;lr>"},
        {"To": "<sip:b@example.org>;tag=9"},
        {"From": "<sip:a@example.org>;tag=2"},
        {"Call_ID": "c2"},
        {"CSeq": "2 INVITE"},
        {"Proxy_Require": "foo"},
    ],
)
def test_whatever_routing_looks_at_makes_a_spiral_of_it(changes):
    once = been_through(request())
    again = request(**{"Via": ", ".join(once.values("Via")), **changes})
    assert not has_looped(again, loop_mark(again, KEY), is_us)


@pytest.mark.parametrize(
    "changes", [{"Max_Forwards": "3"}, {"Via": "SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKx"}, {"Max_Breadth": "7"}]
)
def test_what_changes_on_the_way_does_not_hide_a_loop(changes):
    assert loop_mark(request(**changes), KEY) == loop_mark(request(), KEY)


def test_the_method_does_not_count():
    assert loop_mark(request(method="MESSAGE", CSeq="1 MESSAGE"), KEY) == loop_mark(request(), KEY)


def test_another_edge_with_the_same_key_is_on_the_way_and_no_loop():
    again = been_through(request(), us="192.0.2.2:5060")
    assert not has_looped(again, loop_mark(again, KEY), is_us)


def test_nobody_without_the_key_can_make_a_mark():
    again = been_through(request())
    assert not has_looped(again, loop_mark(again, b"x" * 32), is_us)


def test_a_broken_via_below_is_no_loop_and_no_error():
    again = request(Via="SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKup, brok en")
    assert not has_looped(again, loop_mark(again, KEY), is_us)


@given(st.text(), st.text())
def test_the_parts_cannot_run_into_each_other(a, b):
    one = Request("INVITE", "sip:x@y", [("Route", a), ("Call-ID", b), ("From", "<sip:a@b>"), ("To", "<sip:a@b>")])
    one.append("CSeq", "1 INVITE")
    two = one.copy()
    two.set("Route", a + b)
    two.set("Call-ID", "")
    assert loop_mark(one, KEY) != loop_mark(two, KEY) or not b
