import pytest

from sipedge.proxy.loop import loop_mark, marked_branch
from sipedge.proxy.request_validation import refusal
from sipedge.sip.message import HeaderError, Request

KEY = b"k" * 32
US = "192.0.2.1:5060"


def ask(*headers, looped=False):
    request = Request(
        "INVITE",
        "sip:b@example.org",
        [
            ("Via", "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKup"),
            ("From", "<sip:a@example.org>;tag=1"),
            ("To", "<sip:b@example.org>"),
            ("Call-ID", "c1"),
            ("CSeq", "1 INVITE"),
            *headers,
        ],
    )
    mark = loop_mark(request, KEY)
    if looped:
        request.prepend("Via", f"SIP/2.0/UDP {US};branch={marked_branch('1', mark)}")
    refused = refusal(request, KEY, US.__eq__)
    return refused and (refused.status_code, dict(refused.headers))


def test_what_is_in_order_goes_on():
    assert ask() is None
    assert ask(("Max-Forwards", "1"), ("Max-Breadth", "1")) is None


@pytest.mark.parametrize(
    ("headers", "looped", "answer"),
    [
        ([("Max-Forwards", "0")], False, (483, {})),
        ([], True, (482, {})),
        ([("Proxy-Require", "gin, foo")], False, (420, {"Unsupported": "gin, foo"})),
        ([("Max-Breadth", "0")], False, (440, {})),
    ],
)
def test_what_is_refused(headers, looped, answer):
    assert ask(*headers, looped=looped) == answer


def test_the_rfcs_order_decides_between_several_reasons():
    required = ("Proxy-Require", "foo")
    assert ask(("Max-Forwards", "0"), required, looped=True)[0] == 483
    assert ask(required, ("Max-Breadth", "0"), looped=True)[0] == 482
    assert ask(required, ("Max-Breadth", "0"))[0] == 420


@pytest.mark.parametrize("header", [("Max-Forwards", "-1"), ("Max-Breadth", "-1")])
def test_nonsense_is_400(header):
    with pytest.raises(HeaderError):
        ask(header)


def test_privacy_is_understood_as_far_as_it_is_done():
    required = ("Proxy-Require", "Privacy")
    assert ask(required) is None
    assert ask(required, ("Privacy", "id;critical")) is None
    assert ask(required, ("Privacy", "header")) == (420, {"Unsupported": "Privacy"})
    assert ask(("Proxy-Require", "privacy, foo")) == (420, {"Unsupported": "foo"})
