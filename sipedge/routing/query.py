"""What routing is asked: a request that wants to go somewhere, and how a target that was tried has failed."""

from __future__ import annotations

from typing import Final, NamedTuple

from sipedge.facts import GatewayFacts, SubscriberFacts
from sipedge.sip.uri import Uri

BUSY: Final = frozenset({486, 600})
UNREACHED: Final = frozenset({408, 410, 430, 480, 500, 502, 503, 504})
"""A phone that says so, or nothing at all, was not reached, where it did not ring before."""


class CallQuery(NamedTuple):
    """A request that wants to go somewhere.

    `caller` is the gateway that it came from or the subscriber that authenticated; `request_uri` is where the called
    number stands, `from_uri` what the request says of its sender, to be believed only when it came from a gateway.
    claims: addresses that a subscriber would like to be shown by, the most wanted first. is_hidden: the caller asks
    not to be shown; is_shown: it asks to be shown, whatever its settings say (RFC 3323 `none`). privacy: the
    value of its Privacy header. has_location: whether it says where the caller is. diverted: how often it says that it
    was diverted before it came here; history_index: of its last History-Info. shows_nobody: its From is anonymous.
    is_misnamed: a subscriber's display name is a number, and not its own. now: seconds since the epoch.
    """

    method: str
    request_uri: Uri
    from_uri: Uri
    caller: SubscriberFacts | GatewayFacts
    claims: tuple[Uri, ...] = ()
    is_hidden: bool = False
    is_shown: bool = False
    privacy: str = ""
    has_location: bool = False
    diverted: int = 0
    history_index: str = ""
    shows_nobody: bool = False
    is_misnamed: bool = False
    now: float = 0.0

    @property
    def hides_caller(self) -> bool:
        """Whether the callee may not know who calls: the request says so, or the caller's settings."""
        caller = self.caller
        hides = isinstance(caller, SubscriberFacts) and caller.settings.hides_number and not self.is_shown
        return self.is_hidden or hides


class Failure(NamedTuple):
    """How a target ended: the final status code, whether it rang, and whether it rang for as long as it may."""

    status_code: int
    has_rung: bool = False
    is_timed_out: bool = False

    @property
    def condition(self) -> str:
        """The condition of forwarding that this is: busy, no_answer or not_registered; '' where it is none of them."""
        if self.is_timed_out:
            return "no_answer"
        if self.status_code in BUSY:
            return "busy"
        if self.status_code in UNREACHED:
            return "no_answer" if self.has_rung else "not_registered"
        return ""
