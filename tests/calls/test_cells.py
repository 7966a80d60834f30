"""The cells of a call in lists."""

from datetime import timedelta

from django.utils import timezone

from calls.cells import callee_cell, caller_cell, talked
from tests.factories.calls import CallFactory
from tests.factories.subscribers import SubscriberFactory


def test_a_side_shows_its_number_and_its_account(db: None) -> None:
    alice = SubscriberFactory(username="alice")
    call = CallFactory.build(caller_number="+4311001", caller_subscriber=alice, callee="sip:<b>@x")
    assert "+4311001" in caller_cell(call)
    assert alice.aor in caller_cell(call)
    assert callee_cell(call) == '<span class="freiton-long">&lt;b&gt;@x</span>'


def test_a_side_that_is_its_account_is_named_once(db: None) -> None:
    alice = SubscriberFactory(username="alice")
    call = CallFactory.build(caller=f"sip:{alice.aor}", caller_subscriber=alice)
    assert caller_cell(call).count("alice") == 1


def test_how_long_they_talked() -> None:
    now = timezone.now()
    call = CallFactory.build(started_at=now)
    assert talked(call) is None
    call.answered_at = now - timedelta(seconds=75)
    assert talked(call) == "1:15"
    call.ended_at = call.answered_at - timedelta(seconds=1)  # a clock that jumped
    assert talked(call) == "0:00"
