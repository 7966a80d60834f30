"""What follows behind the last group, and how long a stage and a target may take."""

from sipedge.proxy.response_context import (
    CANCEL_PATIENCE,
    LIMIT_PATIENCE,
    POST_DIAL_LIMIT,
    TIMER_C,
    BranchState,
    Cancel,
    Exhausted,
    Forward,
    Start,
)
from tests.sipedge.proxy.test_response_context import answer, begun, kinds


def going_on(*groups, rings_for=None, **kwargs):
    """A context behind whose last group more may follow, begun at 0."""
    from tests.sipedge.proxy.test_response_context import context

    it = context(*groups, **kwargs)
    it.may_go_on = True
    return it, [action.branch for action in it.begin(0.0, rings_for)]


def test_who_has_failed_may_not_be_the_last():
    it, (a,) = going_on("a")
    it.response(a, answer(180), 1.0)
    assert it.response(a, answer(486), 2.0) == [Exhausted(486, True, False)]
    (start,) = it.go_on([["b"]], 3.0, None)
    assert isinstance(start, Start)
    assert kinds(it.response(start.branch, answer(200), 4.0)) == [("Forward", 200)]


def test_where_nothing_follows_the_caller_hears_what_came():
    it, (a,) = going_on("a")
    busy = answer(486)
    it.response(a, busy, 2.0)
    assert it.conclude() == [Forward(busy, 486)]
    assert it.conclude() == []
    assert it.go_on([["b"]], 3.0, None) == []


def test_a_6xx_is_no_end_where_more_follows():
    it, (a, b) = going_on("ab")
    it.response(b, answer(180), 1.0)
    assert kinds(it.response(a, answer(600), 1.0)) == [("Cancel", "b")]
    assert it.response(b, answer(487), 1.1) == [Exhausted(600, True, False)]
    (start,) = it.go_on([["c"], ["d"]], 2.0, None)
    assert kinds(it.response(start.branch, answer(480), 3.0)) == [("Start", "d")]  # the 600 was of another stage


def test_the_caller_gives_up_while_it_is_being_found_out_what_follows():
    it, (a,) = going_on("a")
    it.response(a, answer(486), 1.0)
    assert it.cancel(2.0) == [Forward(None, 487)]
    assert it.go_on([["b"]], 3.0, None) == []


def test_nothing_follows_a_cancelled_call():
    it, (a,) = going_on("a")
    it.response(a, answer(180), 1.0)
    it.cancel(2.0)
    assert kinds(it.response(a, answer(487), 2.1)) == [("Forward", 487)]


def test_a_stage_ends_with_its_time():
    it, (a, b) = going_on("ab", "c", rings_for=15)
    it.response(a, answer(180), 1.0)
    assert it.deadline() == 15.0
    assert it.handle_deadline(14.9) == []
    actions = it.handle_deadline(15.0)
    assert kinds(actions) == [("Cancel", "a")]
    assert b.state is BranchState.ENDED  # nothing to cancel: it never spoke
    assert it.response(a, answer(487), 15.1) == [Exhausted(408, True, True)]


def test_who_ignores_its_cancel_is_waited_for_a_moment():
    it, (a,) = going_on("a", rings_for=15)
    it.response(a, answer(180), 1.0)
    it.handle_deadline(15.0)
    assert it.deadline() == 15.0 + LIMIT_PATIENCE
    assert it.handle_deadline(15.0 + LIMIT_PATIENCE) == [Exhausted(408, True, True)]


def test_who_answers_across_its_cancel_has_answered():
    it, (a,) = going_on("a", rings_for=15)
    it.response(a, answer(180), 1.0)
    it.handle_deadline(15.0)
    assert kinds(it.response(a, answer(200), 15.1)) == [("Forward", 200)]


def test_a_stage_has_no_end_any_more_when_somebody_has_answered():
    it, (a, b) = going_on("ab", rings_for=15)
    it.response(a, answer(180), 1.0)
    it.response(b, answer(200), 2.0)
    assert it.deadline() == 2.0 + CANCEL_PATIENCE


OTHERS = {"first": "second", "second": "third"}


def gateways(*, within=10.0):
    return begun(
        ["first"], next_way=lambda target, _status, _is_ours: OTHERS.get(target), rings_within=lambda _target: within
    )


def test_who_does_not_ring_in_its_time_gives_its_place_to_the_next():
    it, (first,) = gateways()
    it.response(first, answer(100), 0.1)
    assert it.deadline() == 10.0
    assert it.handle_deadline(10.0) == [Cancel(first, "")]
    (start,) = it.response(first, answer(487), 10.1)
    assert (start.branch.target, start.is_other_way) == ("second", True)
    (start,) = it.handle_deadline(20.1)  # this one said nothing at all
    assert start.branch.target == "third"


def test_who_rings_may_ring_on():
    it, (first,) = gateways()
    it.response(first, answer(183), 5.0)
    assert it.handle_deadline(10.0) == []
    assert first.state is BranchState.PROCEEDING


def test_nobody_else_is_tried_when_the_caller_has_waited_long_enough():
    it, (first,) = gateways(within=POST_DIAL_LIMIT)
    it.response(first, answer(100), 0.1)
    it.handle_deadline(POST_DIAL_LIMIT)
    assert kinds(it.response(first, answer(487), POST_DIAL_LIMIT + 0.1)) == [("Forward", 408)]


def test_who_rings_until_timer_c_has_not_answered():
    it, (a,) = begun("a")
    it.response(a, answer(180), 1.0)
    assert it.handle_deadline(1.0 + TIMER_C) == [Cancel(a, "")]
    assert kinds(it.response(a, answer(487), 1.1 + TIMER_C)) == [("Forward", 408)]  # its caller has cancelled nothing
