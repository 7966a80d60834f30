"""The wall clock is set, forward and back: bindings neither end at once nor are they saved for ever, calls last as
long as they last.
"""

from __future__ import annotations

import pytest

from sipedge.clock import WallClock
from sipedge.dialog.call import call_key

LONGEST = 7200.0
HOUR, DAY, YEAR = 3600.0, 86_400.0, 365 * 86_400.0


class Clocks:
    """A monotonic clock and a wall clock, and what is asked."""

    def __init__(self) -> None:
        self.now, self.wall = 50.0, 1_800_000_000.0
        self.clock = WallClock(lambda: self.now, lambda: self.wall, LONGEST)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.wall += seconds
        self.clock.look()

    def jump(self, seconds: float) -> None:
        self.wall += seconds


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.mark.parametrize("jump", [HOUR, DAY, YEAR])
def test_a_jump_forward_ends_no_binding(clocks: Clocks, jump: float) -> None:
    ends = clocks.wall + HOUR
    clocks.jump(jump)
    assert clocks.clock.living() < ends
    clocks.pass_time(HOUR - 1)
    assert clocks.clock.living() < ends
    clocks.pass_time(2)
    assert clocks.clock.living() > ends


def test_what_was_jumped_over_counts_again_when_every_phone_has_come_back(clocks: Clocks) -> None:
    clocks.jump(YEAR)
    clocks.pass_time(0)
    clocks.pass_time(LONGEST - 1)
    assert clocks.clock.living() == clocks.wall - YEAR
    clocks.pass_time(2)
    assert clocks.clock.living() == clocks.wall


def test_a_jump_back_changes_nothing_for_what_is_written_then(clocks: Clocks) -> None:
    clocks.jump(-DAY)
    assert clocks.clock.living() == clocks.wall


def test_there_and_back_again_is_no_jump(clocks: Clocks) -> None:
    ends = clocks.wall + HOUR
    clocks.jump(DAY)
    assert clocks.clock.living() < ends
    clocks.pass_time(60)
    clocks.jump(-DAY)
    assert clocks.clock.living() == clocks.wall < ends


def test_small_corrections_are_no_jumps(clocks: Clocks) -> None:
    for _ in range(10_000):
        clocks.jump(0.0005)
        clocks.pass_time(1)
    assert clocks.clock.jumps == 0
    assert clocks.clock.living() == clocks.wall


@pytest.mark.parametrize("jump", [HOUR, -HOUR, -DAY, YEAR, -YEAR])
def test_a_call_lasts_as_long_as_it_lasts(clocks: Clocks, jump: float) -> None:
    clocks.pass_time(0.5004)
    began = clocks.clock.look()
    call = call_key(began, bytes(10))
    clocks.pass_time(60)
    clocks.jump(jump)
    clocks.pass_time(60)
    assert clocks.clock.by(began) == pytest.approx(began + 120)
    assert clocks.clock.of_call(call) == pytest.approx(began + 120)


def test_a_call_that_began_after_the_jump_is_told_by_the_new_clock(clocks: Clocks) -> None:
    for jump in (HOUR, -DAY, YEAR, -HOUR):
        clocks.jump(jump)
        clocks.pass_time(0)
        began = clocks.clock.look()
        call = call_key(began, bytes(10))
        clocks.pass_time(30)
        assert clocks.clock.by(began) == pytest.approx(began + 30)
        assert clocks.clock.of_call(call) == pytest.approx(began + 30)


def test_a_call_over_several_jumps(clocks: Clocks) -> None:
    began = clocks.clock.look()
    for jump in (HOUR, DAY, -HOUR, YEAR):
        clocks.pass_time(10)
        clocks.jump(jump)
    clocks.pass_time(10)
    assert clocks.clock.by(began) == pytest.approx(began + 50)


def test_a_call_of_another_process_is_told_by_todays_clock(clocks: Clocks) -> None:
    clocks.jump(-HOUR)
    clocks.pass_time(10)
    assert clocks.clock.by(clocks.wall + DAY) == clocks.wall


def test_jumps_are_remembered_within_a_bound(clocks: Clocks) -> None:
    for _ in range(100):
        clocks.jump(HOUR)
        clocks.pass_time(1)
    assert clocks.clock.jumps == 16
