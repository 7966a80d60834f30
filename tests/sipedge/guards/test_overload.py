from collections import deque

import pytest

from sipedge.guards.overload import Overload, is_expendable

FIRST = b"REGISTER sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nCall-ID: c\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "is_so"),
    [
        (FIRST, True),
        (FIRST.replace(b"REGISTER", b"INVITE"), True),
        (FIRST.replace(b"Call-ID", b"Authorization: Digest x\r\nCall-ID"), False),
        (FIRST.replace(b"Call-ID", b"proxy-authorization: Digest x\r\nCall-ID"), False),
        (FIRST.replace(b"REGISTER", b"INVITE").replace(b"Call-ID", b"Route: <sip:t@192.0.2.9;lr>\r\nCall-ID"), False),
        (FIRST.replace(b"Call-ID", b"Route: <sip:t@192.0.2.9;lr>\r\nCall-ID"), True),
        (FIRST.replace(b"REGISTER", b"OPTIONS"), False),
        (FIRST.replace(b"REGISTER", b"BYE"), False),
        (FIRST.replace(b"REGISTER", b"ACK"), False),
        (b"SIP/2.0 200 OK\r\n\r\n", False),
        (b"rubbish", False),
    ],
)
def test_what_begins_something_and_proves_nothing_can_be_lost(data, is_so):
    assert is_expendable(data) is is_so


def test_it_begins_when_messages_waited_too_long_and_ends_when_nothing_waits():
    overload = Overload(0.4)
    for now in (1.0, 1.2, 1.39):
        overload.more_waits(now)
        assert not overload.is_on
    overload.nothing_waits()
    for now in (1.4, 1.6, 1.79):
        overload.more_waits(now)
        assert not overload.is_on
    overload.more_waits(1.8)
    assert overload.is_on
    overload.more_waits(1.81)
    assert overload.is_on
    overload.nothing_waits()
    assert not overload.is_on


def test_after_an_overload_the_next_one_is_seen_sooner():
    overload = Overload(0.4)
    for now in (1.0, 1.5):
        overload.more_waits(now)
    overload.nothing_waits()
    overload.more_waits(2.0)
    overload.more_waits(2.1)
    assert overload.is_on
    overload.nothing_waits()
    for now in (10.0, 10.1):
        overload.more_waits(now)
    assert not overload.is_on


def goodput(sheds, offered=3.0):
    """The share of the registrations that could be done which are, when so many times as many phones register.

    Each is two messages, of which 160 are read in a step of 10 ms; the socket holds 4,000. What is lost comes again
    after 0.5 s, 1 s and 2 s (RFC 3261 §17.1.2.2). Dropping a message unread costs a twentieth of reading it.
    """
    steps, readable, room = 1500, 160, 4_000
    queue: deque[tuple[bool, int]] = deque()
    coming: dict[int, list[tuple[bool, int]]] = {}
    overload, done = Overload(0.4), 0

    def lose(step, message):
        if message[1] <= 200:
            coming.setdefault(step + message[1], []).append((message[0], 2 * message[1]))

    for step in range(steps):
        for message in [(False, 50)] * int(offered * readable / 2) + coming.pop(step, []):
            queue.append(message) if len(queue) < room else lose(step, message)
        work = float(readable)
        while queue and work >= 1:
            message = queue.popleft()
            if sheds and overload.is_on and not message[0]:
                work -= 0.05
                lose(step, message)
            else:
                work -= 1
                done += message[0]
                if not message[0]:
                    coming.setdefault(step + 1, []).append((True, 50))
        overload.more_waits(step / 100) if queue else overload.nothing_waits()
    return done / (steps * readable / 2)


def test_at_three_times_what_can_be_done_most_of_it_is():
    assert goodput(sheds=True) >= 0.8
    assert goodput(sheds=True, offered=0.9) >= 0.85
    assert goodput(sheds=False) < 0.5
