"""Which challenges an account answers, and how its nonces are used."""

import pytest

from sipedge.auth.answer import MAX_NONCE_COUNT
from sipedge.facts import GatewayAccount
from sipedge.sip.message import Request, Response
from sipedge.trunks.account import AccountState, Learned, may_answer
from tests.sipedge.trunks.carrier import ACCOUNT, ASKS, asking, given


def challenged(state, method="INVITE", status_code=407, **kwargs):
    return state.learn(Response(status_code, "", asking(status_code, **kwargs)), method)


def signed(state, method="INVITE", cnonce="c"):
    request = Request(method, "sip:+43199@carrier.example", [])
    state.sign(request, cnonce)
    return request


def test_before_any_challenge_nothing_is_said():
    assert signed(AccountState(ACCOUNT)).headers == []


@pytest.mark.parametrize("status_code", [401, 407])
def test_a_challenge_is_answered_and_its_nonce_used_again(status_code):
    state = AccountState(ACCOUNT)
    assert challenged(state, status_code=status_code) == Learned(can_answer=True)
    counts = [given(signed(state, method), status_code).nonce_count for method in ("INVITE", "BYE", "INVITE")]
    assert counts == [1, 2, 3]
    challenged(state, status_code=status_code, nonce="n2", stale=True)
    again = given(signed(state), status_code)
    assert (again.nonce, again.nonce_count) == ("n2", 1)


def test_registrar_and_proxy_have_nonces_of_their_own():
    state = AccountState(ACCOUNT)
    challenged(state, "REGISTER", 401, nonce="r")
    assert signed(state).headers == []
    challenged(state, "INVITE", 407, nonce="p")
    assert given(signed(state, "REGISTER"), 401).nonce == "r"
    assert given(signed(state, "INVITE"), 407).nonce == "p"


def test_what_went_before_is_replaced():
    state = AccountState(ACCOUNT)
    challenged(state)
    request = Request("INVITE", "sip:x@carrier.example", [("Proxy-Authorization", "Digest of somebody else")])
    state.sign(request, "c")
    assert len(request.get_all("Proxy-Authorization")) == 1
    assert given(request)


def test_the_first_realm_is_kept():
    state = AccountState(ACCOUNT)
    challenged(state, realm="first.example")
    learned = challenged(state, realm="callee.example")
    assert not learned.can_answer
    assert learned.why_not == "its challenge is for the realm 'callee.example', the account for 'first.example'"
    assert signed(state).headers == []
    assert challenged(state, realm="first.example").can_answer


def test_a_realm_that_is_written_down_is_the_only_one():
    state = AccountState(ACCOUNT._replace(realm="carrier.example"))
    assert not challenged(state, realm="callee.example").can_answer
    assert challenged(state, realm="carrier.example").can_answer


def test_the_topmost_challenge_that_is_understood():
    lines = [
        (ASKS[407], 'Digest realm="carrier.example", nonce="a", algorithm=SHA-512-256'),
        (ASKS[407], 'Digest realm="other.example", nonce="b"'),
        (ASKS[407], 'Digest realm="carrier.example", nonce="c", algorithm=SHA-256, qop="auth"'),
        (ASKS[407], 'Digest realm="carrier.example", nonce="d", algorithm=MD5'),
    ]
    state = AccountState(ACCOUNT._replace(realm="carrier.example"))
    assert state.learn(Response(407, "", lines), "INVITE").can_answer
    assert given(signed(state)).nonce == "c"


@pytest.mark.parametrize("headers", [[], [(ASKS[407], "Basic realm=x")], [(ASKS[401], 'Digest realm="r", nonce="n"')]])
def test_what_is_no_challenge(headers):
    learned = AccountState(ACCOUNT).learn(Response(407, "", headers), "INVITE")
    assert learned == Learned(can_answer=False, why_not="its challenge is none that can be answered")


def test_a_nonce_is_not_used_beyond_its_count():
    state = AccountState(ACCOUNT)
    challenged(state)
    state._kept[False].used = MAX_NONCE_COUNT - 1
    assert given(signed(state)).nonce_count == MAX_NONCE_COUNT
    assert signed(state).headers == signed(state).headers == []


def test_how_often_one_request_answers():
    fresh, stale, never = Learned(can_answer=True), Learned(can_answer=True, stale=True), Learned(can_answer=False)
    assert [may_answer(0, one) for one in (fresh, stale, never)] == [True, True, False]
    assert [may_answer(1, one) for one in (fresh, stale, never)] == [False, True, False]
    assert [may_answer(2, one) for one in (fresh, stale, never)] == [False, False, False]


def test_the_password_is_in_no_text():
    assert "secret" not in repr(ACCOUNT) + repr(AccountState(GatewayAccount("a", "secret"))) + repr(ACCOUNT._replace())
