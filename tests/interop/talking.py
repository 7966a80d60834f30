"""What tests of interoperation do with phones again and again, and what they look up afterwards."""

from typing import Any

from tests.scenarios.phone import Phone
from tests.scenarios.running import Platform


def connect(caller: Phone, callee: Phone) -> str:
    """A call that stands; returns its Call-ID."""
    caller.dial(callee.account.uri)
    callee.rings()
    callee.accept()
    callee.talks()
    return caller.talks()


def hear_each_other(one: Phone, other: Phone) -> None:
    """Each hears the other's tone."""
    one.hears(other.hertz)
    other.hears(one.hertz)


def outcome(platform: Platform, call_id: str) -> tuple[int, str, bool]:
    """Of the record of a call that has ended: status, who ended it, whether it was answered."""
    call: dict[str, Any] = platform.ended_call(call_id)
    assert call["direction"] == "internal"
    return call["status_code"], call["ended_by"], call["answered_at"] is not None
