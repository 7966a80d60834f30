from uuid import UUID

import pytest

from sipedge.handlers.standing import ACK_PATIENCE, FORK_PATIENCE, SESSION_GRACE, StandingCalls

CALL = UUID(int=1)


class Clock:
    """What StandingCalls asks of the services: two clocks, and where ends are written."""

    def __init__(self):
        self.time = 1000.0
        self.ended = []
        self.refreshes = []
        self.store = self.calls = self.telemetry = self.clock = self

    def now(self):
        return self.time

    def of_call(self, call_id):
        return self.time + 1e9

    def look(self):
        return self.time + 1e9

    def refresh(self, call_id, session_expires_at, dialog):
        self.refreshes.append((call_id, session_expires_at, dialog))

    def end(self, call_id, ended_at, ended_by, *, reason, cause):
        self.ended.append((call_id, ended_by, reason, cause))

    def call_lost(self, call_id, why):
        assert (call_id, why) == (self.ended[-1][0], self.ended[-1][2])


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def standing(clock):
    return StandingCalls(clock)


def pass_time(standing, clock, seconds):
    clock.time += seconds
    standing.handle(clock.time)


def test_without_an_ack_the_record_ends(standing, clock):
    standing.answered(CALL, "callee", None)
    pass_time(standing, clock, ACK_PATIENCE - 1)
    assert clock.ended == []
    pass_time(standing, clock, 2)
    assert clock.ended == [(CALL, "edge", "No ACK", 102)]
    assert len(standing) == 0


def test_with_an_ack_it_is_soon_forgotten_and_goes_on(standing, clock):
    standing.answered(CALL, "callee", None)
    standing.acknowledged(CALL, "callee")
    pass_time(standing, clock, FORK_PATIENCE + 1)
    assert (clock.ended, len(standing)) == ([], 0)
    assert standing.hung_up(CALL, "callee")  # whoever is not known ends by any BYE


def test_the_ack_of_another_phone_is_not_this_ones(standing, clock):
    standing.answered(CALL, "first", None)
    standing.answered(CALL, "second", None)
    standing.acknowledged(CALL, "second")
    pass_time(standing, clock, ACK_PATIENCE + 1)
    assert [reason for _, _, reason, _ in clock.ended] == ["No ACK"]


def test_the_bye_of_another_phone_does_not_end_the_call(standing):
    standing.answered(CALL, "first", 1800)
    standing.answered(CALL, "second", 1800)
    assert not standing.hung_up(CALL, "second")
    assert standing.hung_up(CALL, "first")
    assert len(standing) == 0


def test_a_session_that_nobody_refreshes_ends(standing, clock):
    standing.answered(CALL, "callee", 90)
    standing.acknowledged(CALL, "callee")
    pass_time(standing, clock, 90 + SESSION_GRACE - 1)
    assert clock.ended == []
    pass_time(standing, clock, 2)
    assert clock.ended == [(CALL, "edge", "Session expired", 102)]


def test_a_refresh_makes_it_last(standing, clock):
    standing.answered(CALL, "callee", 90)
    standing.acknowledged(CALL, "callee")
    for _ in range(10):
        pass_time(standing, clock, 80)
        standing.refreshed(CALL, 90)
    assert clock.ended == []
    standing.refreshed(CALL, None)
    pass_time(standing, clock, 10_000)
    assert (clock.ended, len(standing)) == ([], 0)


def test_after_a_restart_a_refresh_makes_the_call_known_again(standing, clock):
    standing.refreshed(CALL, 90)
    assert standing.hung_up(CALL, "whoever")
    standing.refreshed(CALL, 90)
    pass_time(standing, clock, 90 + SESSION_GRACE + 1)
    assert [reason for _, _, reason, _ in clock.ended] == ["Session expired"]


def test_there_is_an_end_to_how_many_are_known(standing, monkeypatch):
    monkeypatch.setattr("sipedge.handlers.standing.MAX_CALLS", 3)
    for number in range(5):
        standing.answered(UUID(int=number), "t", 1800)
    standing.refreshed(UUID(int=9), 1800)
    assert len(standing) == 3


def test_an_edge_that_stops_leaves_them_standing(standing, clock):
    standing.answered(CALL, "callee", 90)
    standing._deadlines.give_up()
    assert clock.ended == []


def test_each_refresh_is_written_whatever_is_known_of_the_call(standing, clock):
    standing.refreshed(CALL, 90, '{"a": "x"}')
    standing.refreshed(CALL, None)
    assert clock.refreshes == [(CALL, clock.time + 1e9 + 90, '{"a": "x"}'), (CALL, None, "")]


def test_what_ended_otherwise_is_forgotten(standing, clock):
    standing.answered(CALL, "callee", 90)
    standing.forget(CALL)
    standing.forget(CALL)
    pass_time(standing, clock, 1000)
    assert (clock.ended, len(standing)) == ([], 0)
