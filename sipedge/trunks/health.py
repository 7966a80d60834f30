"""Whether a gateway is up, as its answers to our OPTIONS say (RFC 3261 §11).

Any final response shows that somebody is there who understands SIP: 404, 405, 501 and 401 are what many a carrier says
to an OPTIONS, and it takes calls all the same. Four say the contrary: 503 that it takes no calls now, 408, 502 and
504 that a proxy or session border controller answered for a server behind it that did not.

One lost answer is an accident, two in a row are a gateway that is down: after the first one it is asked again soon. A
single answer brings it back. Until something is known, a gateway counts as up.
"""

from __future__ import annotations

from typing import Final

DOWN_AFTER: Final = 2  # failures in a row
SUSPECTED: Final = 2.0  # seconds until the second look at a gateway that did not answer
DOWN: Final = 10.0
"""Seconds between two looks at a gateway that is down, at most: what comes back is soon used again. One OPTIONS each
ten seconds is no load for anybody."""
JITTER: Final = 0.1  # of an interval, either way: gateways that were given one interval drift apart
_MEAN_DOWN: Final = frozenset({408, 502, 503, 504})


def means_down(status_code: int) -> bool:
    """Whether this final status of an OPTIONS speaks against the gateway. 408 stands for silence too."""
    return status_code in _MEAN_DOWN


class Health:
    """What is known of one gateway.

    is_known: whether it was ever looked at. since: when it came to be as it is (seconds, of the clock that `note`
    gets). status_code: of the last look, None where nobody answered; error: why not, '' where somebody did.
    round_trip: seconds, of the last answer.
    """

    __slots__ = ("error", "failures", "is_known", "is_up", "round_trip", "since", "status_code")

    def __init__(self) -> None:
        self.is_known = False
        self.is_up = True
        self.since = 0.0
        self.failures = 0
        self.status_code: int | None = None
        self.error = ""
        self.round_trip: float | None = None

    def note(self, now: float, status_code: int | None, round_trip: float | None = None, error: str = "") -> bool:
        """One look at the gateway has ended. Returns whether it went up or down by it."""
        was_known, was_up = self.is_known, self.is_up
        self.status_code, self.error = status_code, error
        if round_trip is not None:
            self.round_trip = round_trip
        if status_code is None or means_down(status_code):
            self.failures += 1
        else:
            self.failures = 0
        self.is_up = self.failures == 0 or (was_up and self.failures < DOWN_AFTER)
        self.is_known = True
        if not was_known or self.is_up is not was_up:
            self.since = now
        return self.is_up is not was_up

    def pause(self, interval: float, chance: float) -> float:
        """Seconds until the next look. interval: as configured. chance: at random, 0 to 1."""
        if self.failures and self.is_up:
            return min(interval, SUSPECTED)
        if not self.is_up:
            return min(interval, DOWN)
        return interval * (1 - JITTER + 2 * JITTER * chance)
