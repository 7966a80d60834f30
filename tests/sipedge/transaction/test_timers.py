"""Timer values of RFC 3261 Table 4, and the queue."""

import pytest

from sipedge.transaction.states import State, Transaction
from sipedge.transaction.timers import LINGER_SLACK, Timer, TimerQueue, TimerValues
from tests.sipedge.transaction.messages import UDP


def make_transaction(key: str = "k") -> Transaction:
    return Transaction(key, UDP, State.TRYING)


def fired(queue: TimerQueue, now: float) -> list[tuple[Transaction, Timer]]:
    return [(owner, running.timer) for owner, running in queue.fired(now)]


def test_values_follow_from_t1_t2_and_t4() -> None:
    values = TimerValues()
    assert (values.t1, values.t2, values.t4, values.patience) == (0.5, 4.0, 5.0, 32.0)
    unreliable = (values.timer_d(False), values.timer_i(False), values.timer_j(False), values.timer_k(False))
    assert unreliable == (32.0, 5.0, 32.0, 5.0)
    reliable = (values.timer_d(True), values.timer_i(True), values.timer_j(True), values.timer_k(True))
    assert reliable == (0.0, 0.0, 0.0, 0.0)
    assert TimerValues(t1=0.25).patience == TimerValues(t1=0.25).timer_j(False) == 16.0


def test_a_timer_fires_once_at_its_time() -> None:
    queue, owner = TimerQueue(TimerValues()), make_transaction()
    queue.start(Timer.A, owner, 0.5, 10.0)
    assert queue.next_deadline() == 10.5
    assert fired(queue, 10.49) == []
    assert fired(queue, 10.5) == [(owner, Timer.A)]
    assert fired(queue, 99.0) == []
    assert queue.next_deadline() is None


def test_a_cancelled_timer_forgets_its_owner_and_never_fires() -> None:
    queue, owner = TimerQueue(TimerValues()), make_transaction()
    running = queue.start(Timer.B, owner, 32.0, 0.0)
    queue.start(Timer.B, owner, 32.0, 1.0)
    running.cancel()
    assert running.owner is None
    assert queue.next_deadline() == 33.0
    assert fired(queue, 32.5) == []
    assert fired(queue, 33.0) == [(owner, Timer.B)]


def test_the_next_deadline_is_the_earliest_of_all_durations() -> None:
    queue, owner = TimerQueue(TimerValues()), make_transaction()
    queue.start(Timer.B, owner, 32.0, 0.0)
    queue.start(Timer.A, owner, 0.5, 20.0)
    assert queue.next_deadline() == 20.5
    queue.linger(owner, 5.0, 10.0)
    assert queue.next_deadline() == 15.0 + LINGER_SLACK


def test_timers_may_be_started_while_others_fire() -> None:
    queue, owner = TimerQueue(TimerValues()), make_transaction()
    queue.start(Timer.E, owner, 0.5, 0.0)
    for _, running in queue.fired(0.5):
        queue.start(Timer.E, owner, running.duration, 0.5)
        queue.start(Timer.E, owner, 4.0, 0.5)
    assert fired(queue, 1.0) == [(owner, Timer.E)]
    assert fired(queue, 4.5) == [(owner, Timer.E)]


def test_a_lingering_transaction_lapses_after_its_time() -> None:
    queue, owner = TimerQueue(TimerValues()), make_transaction()
    queue.linger(owner, 32.0, 1.0)
    assert owner.deadline == 33.0
    assert owner.state is State.TRYING
    assert list(queue.lapsed(32.9)) == []
    assert len(queue) == 1
    assert list(queue.lapsed(33.0)) == [owner]
    assert len(queue) == 0


@pytest.mark.parametrize("duration", [0.0, -1.0])
def test_lingering_for_no_time_ends_a_transaction_now(duration: float) -> None:
    queue, owner = TimerQueue(TimerValues()), make_transaction()
    queue.linger(owner, duration, 1.0)
    assert owner.state is State.TERMINATED
    assert len(queue) == 0
