from sipedge.guards.events import Kind, SecurityEvent
from sipedge.guards.throttle import TOLD_A_MINUTE, TOLD_IN_ALL_A_SECOND, Throttle


def event(kind=Kind.LOGIN_FAILED, source="192.0.2.1"):
    return SecurityEvent(kind, source)


def test_a_source_fills_no_log():
    throttle = Throttle()
    told = [throttle.admit(event(), 1.0 + number / 10) for number in range(100)]
    assert [more for more in told if more is not None] == [0] * TOLD_A_MINUTE
    assert throttle.admit(event(), 62.0) == 80
    assert throttle.admit(event(), 63.0) == 0


def test_what_comes_with_every_packet_is_told_once_a_minute():
    throttle = Throttle()
    limited = event(Kind.RATE_LIMITED)
    assert [throttle.admit(limited, 1.0 + number) for number in range(60)] == [0] + [None] * 59
    assert throttle.admit(limited, 61.0) == 59
    assert throttle.admit(event(Kind.RATE_LIMITED, "192.0.2.2"), 61.0) == 0


def test_all_sources_together_fill_no_log_either():
    throttle = Throttle()
    told = [throttle.admit(event(source=f"s{number}"), 1.0) for number in range(1000)]
    assert told.count(0) == TOLD_IN_ALL_A_SECOND
    assert throttle.admit(event(source="another"), 2.0) == 0
