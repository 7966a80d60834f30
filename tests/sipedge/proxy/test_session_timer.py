import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipedge.proxy.session_timer import MIN_SE, SessionTimer, agreed, ask, complete
from sipedge.sip.message import HeaderError, Request, Response
from sipedge.sip.validate import Rejection


def request(method="INVITE", **headers):
    return Request(method, "sip:b@example.org", [(name.replace("_", "-"), value) for name, value in headers.items()])


def response(**headers):
    return Response(200, "OK", [(name.replace("_", "-"), value) for name, value in headers.items()])


def test_asked_for_where_nobody_asks():
    it = request()
    assert ask(it, 1800) == SessionTimer(1800, caller_supports=False)
    assert it.get("Session-Expires") == "1800"  # §8.1: never with a refresher
    assert it.get("Require") is None
    assert it.get("Min-SE") is None


def test_a_caller_that_knows_timers_is_remembered():
    assert ask(request(Supported="100rel, Timer"), 1800) == SessionTimer(1800, caller_supports=True)
    assert ask(request(Require="timer"), 1800) == SessionTimer(1800, caller_supports=True)


def test_never_asked_for_with_0():
    it = request(Supported="timer")
    assert ask(it, 0) is None
    assert it.get("Session-Expires") is None


def test_the_callers_minimum_is_respected():
    it = request(Min_SE="3600")
    assert ask(it, 1800) == SessionTimer(3600, caller_supports=False)
    it = request(Min_SE="3600", Session_Expires="7200")
    assert ask(it, 1800) == SessionTimer(3600, caller_supports=False)
    assert it.get("Session-Expires") == "3600"


def test_what_the_caller_asks_for_is_lowered_and_keeps_its_refresher():
    it = request(Supported="timer", Session_Expires="7200;refresher=uac")
    assert ask(it, 1800) == SessionTimer(1800, caller_supports=True)
    assert it.get("Session-Expires") == "1800;refresher=uac"


@pytest.mark.parametrize("wanted", [0, 1800])
def test_what_is_less_than_ours_stays(wanted):
    it = request(Supported="timer", Session_Expires="600 ; refresher=uas")
    assert ask(it, wanted) == SessionTimer(600, caller_supports=True)
    assert it.get("Session-Expires") == "600 ; refresher=uas"


def test_too_small_an_interval_is_422_with_our_minimum():
    assert ask(request(Supported="timer", Session_Expires="89"), 1800) == Rejection(
        422, "Session Interval Too Small", (("Min-SE", "90"),)
    )


def test_too_small_from_one_who_could_not_understand_a_422_is_raised():
    it = request(Session_Expires="30;refresher=uas")
    assert ask(it, 1800) == SessionTimer(90, caller_supports=False)
    assert (it.get("Session-Expires"), it.get("Min-SE")) == ("90;refresher=uas", "90")


def test_below_the_callers_own_minimum_it_is_raised_to_that():
    it = request(Supported="timer", Session_Expires="100", Min_SE="300")
    assert ask(it, 1800) == SessionTimer(300, caller_supports=True)
    assert (it.get("Session-Expires"), it.get("Min-SE")) == ("300", "300")


def test_an_update_is_honoured_but_never_given_a_timer():
    it = request("UPDATE")
    assert ask(it, 1800) is None
    assert it.get("Session-Expires") is None
    assert ask(request("UPDATE", Session_Expires="900"), 1800) == SessionTimer(900, caller_supports=False)


@pytest.mark.parametrize("method", ["BYE", "MESSAGE", "SUBSCRIBE"])
def test_nothing_else_has_a_session(method):
    assert ask(request(method, Session_Expires="10", Supported="timer"), 1800) is None


@pytest.mark.parametrize("name", ["Session_Expires", "Min_SE"])
@pytest.mark.parametrize("value", ["soon", "-5", "", ";refresher=uac"])
def test_nonsense_is_400(name, value):
    with pytest.raises(HeaderError):
        ask(request(**{"Session_Expires": "900", name: value}), 1800)


@given(st.booleans(), st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from([0, 90, 1800]))
def test_the_interval_is_never_below_any_minimum_nor_raised_for_nothing(supports, interval, minimum, wanted):
    it = request(Session_Expires=str(interval), Min_SE=str(minimum), **({"Supported": "timer"} if supports else {}))
    timer = ask(it, wanted)
    if isinstance(timer, Rejection):
        assert supports
        assert interval < MIN_SE
        return
    assert timer.interval >= max(minimum, MIN_SE)
    assert int(it.get("Session-Expires")) == timer.interval
    if interval >= max(minimum, MIN_SE):
        assert timer.interval <= interval
    if supports:
        assert it.get("Min-SE") == str(minimum)  # §8.1: never changed then


def test_a_callee_without_timers_leaves_them_to_the_caller():
    it = response()
    complete(it, SessionTimer(1800, caller_supports=True))
    assert (it.get("Session-Expires"), it.get("Require")) == ("1800;refresher=uac", "timer")
    assert agreed(it) == 1800


def test_require_keeps_what_it_had():
    it = response(Require="100rel")
    complete(it, SessionTimer(1800, caller_supports=True))
    assert it.values("Require") == ["100rel", "timer"]
    it = response(Require="timer")
    complete(it, SessionTimer(1800, caller_supports=True))
    assert it.values("Require") == ["timer"]


def test_an_answer_that_cannot_be_completed_goes_up_as_it_is():
    it = response(Require='"unclosed, timer')
    complete(it, SessionTimer(1800, caller_supports=True))
    assert (it.get("Session-Expires"), it.get("Require")) == (None, '"unclosed, timer')


def test_when_neither_knows_timers_there_is_none():
    it = response()
    complete(it, SessionTimer(1800, caller_supports=False))
    assert it.get("Session-Expires") is None
    assert agreed(it) is None


def test_what_the_callee_chose_stays():
    it = response(Session_Expires="900;refresher=uas", Require="timer")
    complete(it, SessionTimer(1800, caller_supports=True))
    assert it.get("Session-Expires") == "900;refresher=uas"
    assert agreed(it) == 900


@pytest.mark.parametrize("value", ["x", "", "0", "12"])
def test_a_nonsensical_interval_in_an_answer_counts_as_none_or_as_the_least(value):
    assert agreed(response(Session_Expires=value)) in (None, MIN_SE)
