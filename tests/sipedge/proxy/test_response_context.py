import pytest

from sipedge.proxy.response_context import (
    CANCEL_PATIENCE,
    TIMER_C,
    BranchState,
    Cancel,
    Forward,
    ResponseContext,
    Silence,
    Start,
)
from sipedge.sip.message import Request, Response


def context(*groups, method="INVITE", headers=(), **kwargs):
    request = Request(method, "sip:bob@example.org", headers)
    return ResponseContext(request, [list(group) for group in groups], **kwargs)


def begun(*groups, **kwargs):
    it = context(*groups, **kwargs)
    return it, [action.branch for action in it.begin(0.0)]


def answer(status_code, **headers):
    return Response(status_code, "", headers.items())


def kinds(actions):
    return [
        (type(action).__name__, action.status_code if isinstance(action, Forward) else action.branch.target)
        for action in actions
    ]


def test_begins_with_the_first_group_in_parallel():
    it = context("ab", "c")
    assert kinds(it.begin(0.0)) == [("Start", "a"), ("Start", "b")]


def test_provisional_goes_upstream_but_not_100():
    it, (a,) = begun("a")
    assert it.response(a, answer(100), 1.0) == []
    ringing = answer(180)
    assert it.response(a, ringing, 1.0) == [Forward(ringing, 180)]


def test_2xx_goes_upstream_at_once_and_cancels_what_rings():
    it, (a, b) = begun("ab")
    it.response(a, answer(180), 1.0)
    it.response(b, answer(180), 1.0)
    assert kinds(it.response(a, answer(200), 2.0)) == [("Forward", 200), ("Cancel", "b")]
    assert it.response(b, answer(487), 2.1) == []


def test_a_silent_loser_is_cancelled_when_it_first_speaks():
    it, (a, b) = begun("ab")
    assert kinds(it.response(a, answer(200), 2.0)) == [("Forward", 200)]
    assert kinds(it.response(b, answer(180), 2.5)) == [("Cancel", "b")]
    assert it.response(b, answer(180), 2.6) == []


def test_every_2xx_of_an_invite_goes_upstream():
    it, (a, b) = begun("ab")
    it.response(a, answer(200), 1.0)
    assert kinds(it.response(b, answer(200), 1.1)) == [("Forward", 200)]
    assert kinds(it.response(a, answer(200), 1.5)) == [("Forward", 200)]  # retransmitted


def test_only_one_2xx_of_another_request_does():
    it, (a, b) = begun("ab", method="MESSAGE")
    it.response(a, answer(200), 1.0)
    assert it.response(b, answer(200), 1.1) == []


def test_the_best_failure_waits_for_all():
    it, (a, b) = begun("ab")
    assert it.response(a, answer(480), 1.0) == []
    assert kinds(it.response(b, answer(486), 2.0)) == [("Forward", 486)]


def test_a_dead_branch_never_fails_the_call():
    it, (a, b) = begun("ab")
    assert it.failed(a, 503, 1.0) == []
    it.response(b, answer(180), 1.0)
    assert kinds(it.response(b, answer(200), 2.0)) == [("Forward", 200)]


def test_the_next_group_is_tried_when_the_first_has_failed():
    it, (a,) = begun("a", "b")
    actions = it.response(a, answer(480), 1.0)
    assert kinds(actions) == [("Start", "b")]
    assert kinds(it.response(actions[0].branch, answer(200), 2.0)) == [("Forward", 200)]


def test_6xx_ends_the_search():
    it, (a, b) = begun("ab", "c")
    it.response(b, answer(180), 1.0)
    assert kinds(it.response(a, answer(603), 1.0)) == [("Cancel", "b")]
    assert kinds(it.response(b, answer(487), 1.1)) == [("Forward", 603)]


def test_cancel_reaches_those_that_ring_and_waits_for_the_others():
    it, (a, b) = begun("ab", "c")
    it.response(a, answer(180), 1.0)
    assert kinds(it.cancel(2.0)) == [("Cancel", "a")]
    assert kinds(it.response(b, answer(183), 2.1)) == [("Cancel", "b")]
    it.response(a, answer(487), 2.2)
    assert kinds(it.response(b, answer(487), 2.3)) == [("Forward", 487)]  # and no group c


def test_what_was_sent_again_is_not_cancelled_before_it_is_heard_of():
    it, (a,) = begun("a")
    it.response(a, answer(100), 1.0)
    it.sent_again(a)
    assert it.cancel(2.0) == []
    assert kinds(it.response(a, answer(180), 3.0)) == [("Cancel", "a")]


def test_cancel_with_nobody_answering_ends_as_487():
    it, (a,) = begun("a")
    it.cancel(1.0)
    assert it.failed(a, 408, 32.0) == [Forward(None, 487)]


def test_a_2xx_that_crosses_a_cancel_still_goes_upstream():
    it, (a,) = begun("a")
    it.response(a, answer(180), 1.0)
    it.cancel(2.0)
    assert kinds(it.response(a, answer(200), 2.1)) == [("Forward", 200)]


def test_timer_c_cancels_who_rings_too_long_and_then_gives_up():
    it, (a,) = begun("a")
    it.response(a, answer(180), 10.0)
    assert it.deadline() == 10.0 + TIMER_C
    assert kinds(it.handle_deadline(10.0 + TIMER_C)) == [("Cancel", "a")]
    late = 10.0 + TIMER_C + CANCEL_PATIENCE
    assert it.deadline() == late
    assert it.handle_deadline(late) == [Forward(None, 408)]
    assert it.deadline() is None


def test_timer_c_starts_again_with_each_provisional():
    it, (a,) = begun("a")
    it.response(a, answer(180), 10.0)
    it.response(a, answer(183), 100.0)
    assert it.deadline() == 100.0 + TIMER_C


def test_timer_c_without_any_response_is_a_408():
    it, (a,) = begun("a")
    assert it.handle_deadline(TIMER_C) == [Forward(None, 408)]
    assert a.state is BranchState.ENDED


def test_giving_up_answers_503_once_and_tries_nobody_else():
    it, (a,) = begun("a", "b")
    it.response(a, answer(180), 1.0)
    actions = it.give_up(2.0)
    assert kinds(actions) == [("Cancel", "a"), ("Forward", 503)]
    assert it.response(a, answer(487), 2.1) == []


@pytest.mark.parametrize("method", ["MESSAGE", "BYE"])
def test_only_an_invite_can_be_cancelled(method):
    it, (a,) = begun("a", method=method)
    it.response(a, answer(100), 0.1)
    assert it.cancel(1.0) == []


def test_actions_name_their_branch():
    it, (a, b) = begun("ab")
    assert isinstance(it.branches[0], type(a))
    it.response(b, answer(180), 1.0)
    assert it.response(a, answer(200), 1.0)[1] == Cancel(b, 'SIP;cause=200;text="Call completed elsewhere"')
    assert Start(a) != Start(b)


def test_why_a_phone_stops_ringing_is_said_to_it():
    it, (a, b) = begun("ab")
    it.response(a, answer(180), 1.0)
    assert it.cancel(1.0, 'SIP;cause=487;text="x"') == [Cancel(a, 'SIP;cause=487;text="x"')]
    assert it.response(b, answer(180), 1.1) == [Cancel(b, 'SIP;cause=487;text="x"')]
    it, (a, b) = begun("ab")
    it.response(a, answer(180), 1.0)
    assert it.response(b, answer(603), 1.0) == [Cancel(a, "SIP;cause=603")]


def test_a_silent_loser_hears_that_the_call_was_answered_elsewhere():
    it, (a, b) = begun("ab")
    it.response(a, answer(200), 1.0)
    (cancel,) = it.response(b, answer(180), 1.5)
    assert "completed elsewhere" in cancel.reason


@pytest.mark.parametrize(
    ("headers", "response", "forwarded"),
    [
        ([], {}, 0),
        ([("Supported", "timer, 199")], {}, 1),
        ([], {"Require": "100rel", "RSeq": "1"}, 1),
    ],
)
def test_a_199_goes_to_those_who_can_read_it_and_where_a_prack_is_waited_for(headers, response, forwarded):
    it, (a,) = begun("a", headers=headers)
    assert len(it.response(a, answer(199, **response), 1.0)) == forwarded


@pytest.mark.parametrize("status", [100, 199])
def test_100_and_199_do_not_renew_timer_c(status):
    it, (a,) = begun("a")
    it.response(a, answer(status), 50.0)
    assert it.deadline() == TIMER_C


def test_a_provisional_after_the_callers_cancel_does_not_renew_timer_c():
    it, (a,) = begun("a")
    it.response(a, answer(180), 1.0)
    it.cancel(2.0)
    it.response(a, answer(183), 3.0)
    assert it.deadline() == 2.0 + CANCEL_PATIENCE


def test_what_is_no_invite_has_no_provisional_responses():
    it, (a,) = begun("a", method="MESSAGE")
    assert it.response(a, answer(183), 1.0) == []


def test_nobody_hears_a_408_to_what_is_no_invite():
    it, (a,) = begun("a", "b", method="MESSAGE")
    assert it.failed(a, 408, 32.0) == [Silence()]
    it, (a,) = begun("a", method="MESSAGE")
    assert it.response(a, answer(408), 1.0) == [Silence()]
    it, (a,) = begun("a", method="MESSAGE")
    assert it.failed(a, 503, 1.0) == [Forward(None, 500)]


def test_a_redirection_ends_as_480_but_inside_a_dialog_passes():
    moved = answer(302, Contact="<sip:elsewhere@example.net>")
    it, (a,) = begun("a")
    assert it.response(a, moved, 1.0) == [Forward(None, 480)]
    it, (a,) = begun("a", headers=[("To", "<sip:b@example.org>;tag=1")])
    assert it.response(a, moved, 1.0) == [Forward(moved, 302)]


def test_parallel_branches_share_the_breadth_and_later_ones_have_all_of_it():
    it, (a, b) = begun("ab", "c", headers=[("Max-Breadth", "5")])
    assert (a.breadth, b.breadth) == (3, 2)
    it.response(a, answer(486), 1.0)
    (start,) = it.response(b, answer(486), 1.0)
    assert start.branch.breadth == 5


def test_no_more_ring_at_once_than_the_breadth_allows():
    it, (a,) = begun("abc", headers=[("Max-Breadth", "1")])
    assert a.breadth == 1
    assert kinds(it.response(a, answer(480), 1.0)) == [("Start", "b")]


def test_a_2xx_after_a_failure_was_told_goes_nowhere():
    it, (a,) = begun("a")
    it.handle_deadline(TIMER_C)
    assert it.response(a, answer(200), TIMER_C + 1) == []


WAYS = {"phone": "its second flow", "its second flow": "its third flow"}


def other_flow(target, status_code, is_ours):
    return WAYS.get(target) if status_code in (408, 430) or (status_code == 503 and is_ours) else None


@pytest.mark.parametrize("status_code", [408, 430])
def test_a_device_that_was_not_reached_is_tried_by_its_next_way(status_code):
    it, (phone, other) = begun(["phone", "other"], next_way=other_flow)

    actions = it.response(phone, answer(status_code), 1.0)

    assert kinds(actions) == [("Start", "its second flow")]
    assert actions[0].is_other_way
    assert kinds(it.failed(actions[0].branch, 503, 2.0)) == [("Start", "its third flow")]
    assert other.state is BranchState.CALLING


@pytest.mark.parametrize("status_code", [302, 404, 480, 486, 500, 503])
def test_a_device_that_answered_is_not_asked_again(status_code):
    it, (phone,) = begun(["phone"], next_way=other_flow)
    (action,) = it.response(phone, answer(status_code), 1.0)
    assert isinstance(action, Forward)


def test_when_no_way_is_left_the_last_failure_counts():
    it, (phone,) = begun(["its third flow"], next_way=other_flow)
    assert kinds(it.failed(phone, 408, 1.0)) == [("Forward", 408)]


def test_no_other_way_is_tried_when_the_caller_gave_up_or_another_phone_answered():
    it, (phone, _) = begun(["phone", "other"], next_way=other_flow)
    it.cancel(1.0)
    assert it.failed(phone, 503, 2.0) == []

    it, (phone, other) = begun(["phone", "other"], next_way=other_flow)
    it.response(other, answer(200), 1.0)
    assert it.failed(phone, 503, 2.0) == []


def test_what_is_no_invite_is_not_sent_again_after_a_time_out():
    it, (phone,) = begun(["phone"], method="MESSAGE", next_way=other_flow)
    assert it.failed(phone, 408, 32.0) == [Silence()]

    it, (phone,) = begun(["phone"], method="MESSAGE", next_way=other_flow)
    assert kinds(it.failed(phone, 503, 0.0)) == [("Start", "its second flow")]


def test_the_next_way_has_the_breadth_of_the_one_before():
    it, (phone, _) = begun(["phone", "other"], headers=[("Max-Breadth", "5")], next_way=other_flow)
    (start,) = it.failed(phone, 503, 0.0)
    assert start.branch.breadth == phone.breadth
