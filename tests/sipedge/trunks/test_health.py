"""What answers to OPTIONS say of a gateway."""

import pytest

from sipedge.trunks.health import DOWN, SUSPECTED, Health, means_down


def after(*codes):
    health = Health()
    changes = [health.note(float(number), code) for number, code in enumerate(codes)]
    return health, changes


@pytest.mark.parametrize("status_code", [200, 302, 401, 403, 404, 405, 407, 480, 486, 500, 501, 603])
def test_whoever_answers_is_there(status_code):
    assert not means_down(status_code)
    assert after(status_code, status_code)[0].is_up


@pytest.mark.parametrize("status_code", [None, 408, 502, 503, 504])
def test_silence_and_those_who_say_that_nobody_is_there_mean_down(status_code):
    health, changes = after(200, status_code, status_code)
    assert not health.is_up
    assert changes == [False, False, True]
    assert (health.since, health.status_code) == (2.0, status_code)


def test_until_something_is_known_a_gateway_is_up():
    health = Health()
    assert (health.is_up, health.is_known) == (True, False)
    assert after(None)[0].is_up


def test_failures_have_to_follow_each_other():
    health, changes = after(None, 200, None, 200, None)
    assert health.is_up
    assert not any(changes)
    assert health.since == 0.0


def test_one_answer_brings_it_back():
    health, changes = after(None, None, None, 404)
    assert (health.is_up, changes, health.since) == (True, [False, True, False, True], 3.0)


def test_what_is_told_of_the_last_look():
    health = Health()
    health.note(1.0, 200, 0.02)
    health.note(2.0, None, error="no answer")
    assert (health.status_code, health.error, health.round_trip) == (None, "no answer", 0.02)
    health.note(3.0, 200, 0.03)
    assert (health.error, health.round_trip) == ("", 0.03)


def test_when_to_look_again():
    healthy, suspected, gone = after(200)[0], after(200, None)[0], after(None, None, None)[0]
    assert (healthy.pause(30, 0.0), healthy.pause(30, 1.0)) == (27.0, 33.0)
    assert suspected.pause(30, 0.5) == SUSPECTED
    assert gone.pause(30, 0.5) == DOWN
    assert (suspected.pause(1, 0.5), gone.pause(5, 0.5)) == (1, 5)
