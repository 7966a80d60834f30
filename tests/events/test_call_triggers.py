"""Calls are told of to each side that is ours, and to nobody of the other side more than the call's record says."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from calls.choices import EndedBy, State
from calls.models import Call
from events.models import Event
from sipedge.proxy.identity import ANONYMOUS
from tests.events.reading import last, told
from tests.factories.calls import CallFactory, call_between
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db


def test_a_call_within_a_reseller_is_told_once_for_each_side(two_resellers: TwoResellers) -> None:
    side = two_resellers.a
    Event.objects.all().delete()
    call = call_between(side.alice, side.bob)
    Call.objects.filter(pk=call.pk).update(answered_at=timezone.now(), state=State.ANSWERED)
    Call.objects.filter(pk=call.pk).update(session_expires_at=timezone.now())
    ended = {"state": State.ENDED, "ended_by": EndedBy.CALLEE, "status_code": 200}
    Call.objects.filter(pk=call.pk).update(ended_at=timezone.now() + timedelta(seconds=5), **ended)
    events = list(Event.objects.in_order())
    kinds = ["call.started", "call.answered", "call.ended"]
    assert [event.type for event in events] == [kind for kind in kinds for _side in range(2)]
    assert {event.object_id for event in events} == {call.pk}
    assert {(event.data["role"], event.subscriber) for event in events} == {
        ("caller", side.alice.uid),
        ("callee", side.bob.uid),
    }
    end = last("call.ended")
    assert end.data["billable_seconds"] >= 0
    assert end.data["ended_by"] == "callee"
    assert end.data["ended_at"].endswith("Z")


def test_a_call_between_resellers_names_no_owner_of_the_other_side(two_resellers: TwoResellers) -> None:
    Event.objects.all().delete()
    call_between(two_resellers.a.alice, two_resellers.b.bob)
    mine = Event.objects.visible_to(two_resellers.a.reseller_user)
    assert {event.subscriber for event in mine} == {two_resellers.a.alice.uid}
    assert {event.data["role"] for event in mine} == {"caller"}


def test_what_was_written_at_once_is_told_in_its_order(two_resellers: TwoResellers) -> None:
    call = call_between(two_resellers.a.alice, two_resellers.b.bob, ended=True)
    assert told(object_id=call.pk) == [kind for kind in ("call.started", "call.answered", "call.ended") for _ in "ab"]


def test_a_withheld_number_stays_withheld(two_resellers: TwoResellers) -> None:
    Event.objects.all().delete()
    side = two_resellers.a
    owners = {"caller_reseller": side.reseller, "callee_reseller": side.reseller}
    CallFactory(caller=ANONYMOUS, caller_number="+4311001", callee_subscriber=side.bob, **owners)
    numbers = {event.data["role"]: event.data["caller_number"] for event in Event.objects.all()}
    assert numbers == {"caller": "+4311001", "callee": ""}
    assert "+4311001" not in Event.objects.get(type="call.started", data__role="callee").object_name


def test_what_stands_in_a_call_never_keeps_it_from_being_written(two_resellers: TwoResellers) -> None:
    call = call_between(two_resellers.a.alice, two_resellers.b.bob)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE edge_call SET caller = %s, callee = %s, caller_subscriber_id = -1, caller_customer_id = -1,"
            " answered_at = started_at, ended_at = 'infinity', state = 'ended' WHERE id = %s",
            ["'\\u0000\"}{" + "x" * 5000, "%s" * 2000, call.pk],
        )
    assert told(object_id=call.pk).count("call.ended") == 2
