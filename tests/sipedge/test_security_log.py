import logging

import pytest

from sipedge.guards.events import Kind, SecurityEvent
from sipedge.security_log import MAX_WAITING, SecurityLog

FAILED = SecurityEvent(Kind.LOGIN_FAILED, "192.0.2.1", "udp", "alice@north.example", "wrong password")


@pytest.fixture
def lines(caplog):
    logging.getLogger("sipedge").propagate = True
    caplog.set_level(logging.INFO, logger="sipedge")
    return lambda: [record.getMessage() for record in caplog.records]


def test_an_event_is_a_line_a_count_and_an_entry(lines):
    log = SecurityLog(lambda: 1.0)
    log.edge = "edge1"
    log.tell(FAILED)
    assert lines() == [
        '! security source=192.0.2.1 event=login_failed transport=udp aor="alice@north.example" detail="wrong password"'
    ]
    (entry,) = log.take()
    assert (entry["source"], entry["edge"], entry["kind"]) == ("192.0.2.1", "edge1", "login_failed")
    assert log.take() == []
    assert log.counts == {Kind.LOGIN_FAILED: 1}


def test_a_flood_is_counted_and_not_told(lines):
    log = SecurityLog(lambda: 1.0)
    for _ in range(10_000):
        log.tell(SecurityEvent(Kind.RATE_LIMITED, "192.0.2.1"))
    assert len(lines()) == 1
    assert log.counts[Kind.RATE_LIMITED] == 10_000


def test_events_wait_for_redis_within_bounds():
    times = iter(range(10_000))
    log = SecurityLog(lambda: float(next(times)))
    for number in range(3000):
        log.tell(SecurityEvent(Kind.BANNED, f"source{number}"))
    events = log.take()
    assert len(events) == MAX_WAITING
    assert events[-1]["source"] == "source2999"
    log.tell(FAILED)
    log.put_back(events)
    again = log.take()
    assert len(again) == MAX_WAITING
    assert [again[0]["source"], again[-1]["source"]] == ["source2001", "192.0.2.1"]
