"""How a call stands or ended, in words that a customer understands, from its state, SIP status and who ended it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from calls.choices import EndedBy, State

if TYPE_CHECKING:
    from calls.models import Call


class Tone(Enum):
    """What an outcome is to the people of the call; templates make colours of it."""

    LIVE = "live"
    GOOD = "good"
    NEUTRAL = "neutral"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A few words, and their tone."""

    text: str | Promise
    tone: Tone

    def __str__(self) -> str:
        return str(self.text)


RUNNING = {
    State.TRYING: Outcome(_("being set up"), Tone.LIVE),
    State.RINGING: Outcome(_("ringing"), Tone.LIVE),
    State.ANSWERED: Outcome(_("talking"), Tone.LIVE),
}
ANSWERED = Outcome(_("answered"), Tone.GOOD)
LOST = Outcome(_("ended without a trace"), Tone.BAD)
CANCELLED = Outcome(_("caller hung up before an answer"), Tone.NEUTRAL)

# By SIP status (RFC 3261 §21); what is not listed goes by its class below.
BY_STATUS = {
    403: Outcome(_("not allowed"), Tone.BAD),
    404: Outcome(_("number not in use"), Tone.BAD),
    407: Outcome(_("caller did not log in"), Tone.BAD),
    408: Outcome(_("no answer"), Tone.NEUTRAL),
    410: Outcome(_("number no longer in use"), Tone.BAD),
    480: Outcome(_("no phone reachable"), Tone.BAD),
    482: Outcome(_("forwarded in a circle"), Tone.BAD),
    483: Outcome(_("forwarded too often"), Tone.BAD),
    484: Outcome(_("number incomplete"), Tone.BAD),
    486: Outcome(_("busy"), Tone.NEUTRAL),
    487: CANCELLED,
    488: Outcome(_("phones share no codec"), Tone.BAD),
    503: Outcome(_("service not available"), Tone.BAD),
    600: Outcome(_("busy"), Tone.NEUTRAL),
    603: Outcome(_("declined"), Tone.NEUTRAL),
    604: Outcome(_("number not in use"), Tone.BAD),
    606: Outcome(_("phones share no codec"), Tone.BAD),
    607: Outcome(_("rejected as unwanted"), Tone.NEUTRAL),
}
REFUSED = Outcome(_("refused by the other side"), Tone.BAD)
FAILED = Outcome(_("failed on the way"), Tone.BAD)


def outcome_of(call: Call) -> Outcome:
    """How the call stands or ended."""
    if call.state != State.ENDED:
        return RUNNING[State(call.state)]
    if call.ended_by == EndedBy.SWEEPER:
        return LOST
    if call.answered_at is not None:
        return ANSWERED
    if call.status_code is None:
        return CANCELLED if call.ended_by == EndedBy.CALLER else FAILED
    by_class = FAILED if 500 <= call.status_code < 600 else REFUSED
    return BY_STATUS.get(call.status_code, by_class)
