"""How a call stands or ended, in words."""

import pytest
from django.utils import translation

from calls.choices import EndedBy, State
from calls.models import Call
from calls.outcomes import Tone, outcome_of
from tests.factories.calls import CallFactory


def _call(state: str = State.ENDED, **facts: object) -> Call:
    call: Call = CallFactory.build(state=state, **facts)
    if facts.pop("answered", False):
        call.answered_at = call.started_at
    return call


@pytest.mark.parametrize(
    ("call", "words", "tone"),
    [
        (_call(State.TRYING), "being set up", Tone.LIVE),
        (_call(State.RINGING), "ringing", Tone.LIVE),
        (_call(State.ANSWERED), "talking", Tone.LIVE),
        (_call(status_code=486), "busy", Tone.NEUTRAL),
        (_call(status_code=404), "number not in use", Tone.BAD),
        (_call(status_code=480), "no phone reachable", Tone.BAD),
        (_call(status_code=487), "caller hung up before an answer", Tone.NEUTRAL),
        (_call(status_code=499), "refused by the other side", Tone.BAD),
        (_call(status_code=599), "failed on the way", Tone.BAD),
        (_call(status_code=699), "refused by the other side", Tone.BAD),
        (_call(status_code=None, ended_by=EndedBy.CALLER), "caller hung up before an answer", Tone.NEUTRAL),
        (_call(status_code=None, ended_by=""), "failed on the way", Tone.BAD),
        (_call(status_code=200, ended_by=EndedBy.SWEEPER), "ended without a trace", Tone.BAD),
    ],
    ids=lambda value: str(value) if not isinstance(value, Call) else "",
)
def test_outcomes(call: Call, words: str, tone: Tone) -> None:
    outcome = outcome_of(call)
    assert (str(outcome), outcome.tone) == (words, tone)


def test_a_call_that_was_answered() -> None:
    call = CallFactory.build(ended=True)
    assert (str(outcome_of(call)), outcome_of(call).tone) == ("answered", Tone.GOOD)


def test_in_german() -> None:
    with translation.override("de"):
        assert str(outcome_of(_call(status_code=486))) == "besetzt"
