import base64
import hashlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.proxy.present import HIDDEN
from sipedge.proxy.record_route import DialogToken, make_token, read_token, tag_mark
from sipedge.sip.flow import Flow

KEY = b"k" * 32
CALL = UUID("0190f3a0-0000-7000-8000-000000000001")
PHONE = Flow("udp", "127.0.0.9", 40000)
STREAM = Flow("tcp", "2001:db8::7", 5062, 1)
BROWSER = Flow("wss", "192.0.2.9", 50000, 3, 2**63 - 1)


@pytest.mark.parametrize("caller_flow", [None, PHONE, STREAM, BROWSER])
@pytest.mark.parametrize("callee_flow", [None, PHONE, STREAM, BROWSER])
@pytest.mark.parametrize("call_id", [None, CALL])
def test_comes_back_as_it_went(call_id, caller_flow, callee_flow):
    token = DialogToken(call_id, tag_mark("a-tag"), caller_flow, callee_flow)
    assert read_token(make_token(token, "id@host", KEY), "id@host", KEY) == token


@pytest.mark.parametrize("sides", [(False, False), (True, False), (False, True), (True, True)])
def test_says_which_side_is_a_gateway(sides):
    token = DialogToken(CALL, tag_mark("t"), PHONE, None, *sides)
    assert read_token(make_token(token, "id@host", KEY), "id@host", KEY) == token


@pytest.mark.parametrize("gateways", [(7, 0), (0, 7), (2**32 - 1, 1)])
@pytest.mark.parametrize("flow", [None, BROWSER])
def test_says_which_gateway_where_one_has_an_account(gateways, flow):
    token = DialogToken(CALL, tag_mark("t"), flow, None, True, True, *gateways)
    assert read_token(make_token(token, "id@host", KEY), "id@host", KEY) == token


NAMES = [
    ("<sip:alice@north.example>", "", ""),
    ("<sip:+4311001@north.example>", "<sip:alice@north.example>", ""),
    (HIDDEN, "<sip:alice@north.example>", ""),
    ("", "", '"Bob \u00c4 \udc80" <sip:+4311002@north.example>'),
    (HIDDEN, "", HIDDEN),
]


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("flow", [None, BROWSER])
def test_says_by_which_names_its_sides_go(names, flow):
    token = DialogToken(CALL, tag_mark("t"), flow, None, True, False, 7, 0, *names)
    assert read_token(make_token(token, "id@host", KEY), "id@host", KEY) == token


def test_a_name_that_is_too_long_is_nobodys():
    token = DialogToken(CALL, tag_mark("t"), None, None, caller_name="x" * 256, caller_own="y" * 256)
    read = read_token(make_token(token, "id@host", KEY), "id@host", KEY)
    assert (read.caller_name, read.caller_own) == (HIDDEN, "")


def test_nobody_else_reads_a_name():
    """Whoever is called by somebody who is hidden sees the token too, and knows most of what is in it."""
    token = DialogToken(CALL, tag_mark("t"), PHONE, None, caller_name=HIDDEN, caller_own="<sip:alice@north.example>")
    text = make_token(token, "id@host", KEY)
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert b"alice" not in raw
    other = make_token(token._replace(caller_own="<sip:elise@north.example>"), "id@host", KEY)
    other = base64.urlsafe_b64decode(other + "=" * (-len(other) % 4))
    assert sum(one == another for one, another in zip(raw[22:-10], other[22:-10], strict=True)) < 8


@pytest.mark.parametrize("place", range(0, 130, 7))
def test_no_name_can_be_changed(place):
    token = DialogToken(CALL, tag_mark("t"), PHONE, None, caller_name="<sip:+4311001@north.example>", caller_own="<x>")
    text = make_token(token, "id@host", KEY)
    forged = text[:place] + ("A" if text[place : place + 1] != "A" else "B") + text[place + 1 :]
    assert read_token(forged, "id@host", KEY) is None


def test_a_call_by_a_gateway_is_one_even_where_a_password_proved_it():
    token = DialogToken(CALL, tag_mark("t"), PHONE, None)
    assert not token.has_gateway
    assert token._replace(callee_is_gateway=True).has_gateway
    assert token._replace(caller_is_gateway=True).has_gateway
    assert token._replace(callee_name="<sip:bob@x>").has_gateway


def test_a_gateway_costs_nothing_where_none_has_an_account():
    token = DialogToken(CALL, tag_mark("t"), PHONE, None)
    assert make_token(token, "id@host", KEY) == make_token(token._replace(callee_gateway=2**32), "id@host", KEY)
    assert len(make_token(token._replace(callee_gateway=7), "id@host", KEY)) > len(make_token(token, "id@host", KEY))


def test_fits_a_uri_and_is_short():
    text = make_token(DialogToken(CALL, tag_mark("t"), PHONE, PHONE), "id@host", KEY)
    assert len(text) < 90
    assert text.replace("-", "").replace("_", "").isalnum()


def test_a_usual_name_makes_it_half_as_long_again():
    token = DialogToken(CALL, tag_mark("t"), PHONE, None, caller_name='"Anna" <sip:anna@a.example>')
    assert len(make_token(token, "id@host", KEY)) < 120


def test_two_browsers_make_it_hardly_longer():
    text = make_token(DialogToken(CALL, tag_mark("t"), BROWSER, BROWSER), "id@host", KEY)
    assert len(text) < 110


@pytest.mark.parametrize("version", [1, 2])
def test_a_token_of_an_earlier_version_is_not_read(version):
    packed = bytes([version, 0]) + CALL.bytes + tag_mark("t")
    signature = hashlib.blake2b(packed + b"id@host", key=KEY, digest_size=10).digest()
    old = base64.urlsafe_b64encode(packed + signature).rstrip(b"=").decode()
    assert read_token(old, "id@host", KEY) is None


def test_worth_nothing_in_another_dialog():
    text = make_token(DialogToken(CALL, tag_mark("t"), None, None), "id@host", KEY)
    assert read_token(text, "other@host", KEY) is None


def test_worth_nothing_with_another_key():
    text = make_token(DialogToken(CALL, tag_mark("t"), None, None), "id@host", KEY)
    assert read_token(text, "id@host", b"x" * 32) is None


@pytest.mark.parametrize("place", range(0, 50, 7))
def test_no_character_can_be_changed(place):
    text = make_token(DialogToken(CALL, tag_mark("t"), PHONE, None), "id@host", KEY)
    forged = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
    assert read_token(forged, "id@host", KEY) is None


@given(st.one_of(st.none(), st.text(), st.text(alphabet="abcDEF0123456789-_=", max_size=120)))
def test_anything_else_is_not_ours(text):
    assert read_token(text, "id@host", KEY) is None


def test_tells_the_two_sides_apart():
    token = DialogToken(CALL, tag_mark("caller"), None, None)
    assert token.is_from_caller("caller")
    assert not token.is_from_caller("callee")
    assert not token.is_from_caller(None)
