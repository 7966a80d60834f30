"""One undecided change an AoR at a time."""

import pytest

from sipedge.store.interfaces import StoreUnavailable
from sipedge.store.turns import MAX_WAITING, Turns


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_first_has_the_turn_at_once_and_the_next_when_it_is_released() -> None:
    turns = Turns(Clock(), 2.0)

    assert turns.take(1) is None
    second, third = turns.take(1), turns.take(1)
    assert second is not None
    assert third is not None
    assert not second.done

    turns.release(1)
    assert (second.done, third.done) == (True, False)
    turns.release(1)
    assert third.done
    turns.release(1)
    assert turns.take(1) is None


def test_aors_do_not_wait_for_each_other() -> None:
    turns = Turns(Clock(), 2.0)

    assert turns.take(1) is None
    assert turns.take(2) is None


def test_who_waited_too_long_is_passed_over() -> None:
    clock = Clock()
    turns = Turns(clock, 2.0)
    turns.take(1)
    late = turns.take(1)
    clock.now += 1.5
    in_time = turns.take(1)
    clock.now += 1.0

    turns.release(1)

    assert late is not None
    assert in_time is not None
    with pytest.raises(StoreUnavailable):
        late.result()
    assert in_time.result() is None


def test_a_queue_has_an_end() -> None:
    turns = Turns(Clock(), 2.0)
    turns.take(1)
    for _ in range(MAX_WAITING):
        turns.take(1)

    refused = turns.take(1)

    assert refused is not None
    with pytest.raises(StoreUnavailable):
        refused.result()


def test_nothing_is_kept_of_an_aor_that_nobody_changes() -> None:
    turns = Turns(Clock(), 2.0)
    turns.take(1)
    turns.release(1)

    with pytest.raises(KeyError):
        turns.release(1)
