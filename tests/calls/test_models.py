"""Call records: what the database refuses, and what follows from the times."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from calls.models import Call
from tests.factories.calls import CallFactory, call_between
from tests.factories.subscribers import SubscriberFactory

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"direction": "sideways"}, "call_direction_known"),
        ({"state": "lost"}, "call_state_known"),
        ({"ended_by": "nobody"}, "call_ended_by_known"),
        ({"state": "ended", "ended_at": None}, "call_ended_has_end"),
        ({"state": "answered", "ended_at": START}, "call_ended_has_end"),
    ],
)
def test_a_call_that_cannot_be_is_refused(fields: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        CallFactory(**fields)


@pytest.mark.django_db
def test_the_record_outlives_those_who_called() -> None:
    alice = SubscriberFactory()
    call = call_between(alice, SubscriberFactory(), ended=True)
    alice.delete()
    kept = Call.objects.select_related("caller_subscriber").get(pk=call.pk)
    assert kept.caller_subscriber is None
    assert kept.caller_reseller_id == alice.reseller_id


def _call(**seconds: float) -> Call:
    times = {f"{name}_at": START + timedelta(seconds=after) for name, after in seconds.items()}
    return Call(started_at=START, caller="sip:a@x", callee="sip:b@x", **times)


@pytest.mark.parametrize(
    ("call", "delay"),
    [(_call(), None), (_call(ringing=2), 2), (_call(answered=3), 3), (_call(ringing=2, answered=9), 2)],
)
def test_post_dial_delay(call: Call, delay: float | None) -> None:
    assert call.post_dial_delay == (None if delay is None else timedelta(seconds=delay))


@pytest.mark.parametrize(
    ("call", "seconds"),
    [
        (_call(), 0.0),
        (_call(ended=9), 0.0),
        (_call(answered=3), 0.0),
        (_call(answered=3, ended=9.5), 6.5),
        (_call(answered=9, ended=3), 0.0),
    ],
)
def test_billable_seconds(call: Call, seconds: float) -> None:
    assert call.billable_seconds == seconds


def test_a_call_is_named_by_both_sides() -> None:
    assert str(_call()) == "sip:a@x → sip:b@x"
