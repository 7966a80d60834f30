"""Ending calls that stand."""

import pytest

from calls.actions import hang_up, mark_ended
from calls.models import Call
from tests.calls.conftest import Heard
from tests.factories.calls import CallFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_edge_is_asked_for_the_whole_call(heard: Heard) -> None:
    call = CallFactory()
    leg = CallFactory(parent=call)
    further = CallFactory(parent=leg)
    for one in (call, leg, further):
        assert hang_up(one, "root") == call
    assert heard() == [("hangup", [str(call.pk)])] * 3
    assert Call.objects.open().count() == 3


def test_a_call_whose_edge_is_gone_is_marked_with_its_forwardings(heard: Heard) -> None:
    call, other = CallFactory(), CallFactory()
    leg = CallFactory(parent=call)
    assert mark_ended(leg, "root")
    assert not mark_ended(call, "root")
    for one in (call, leg):
        one.refresh_from_db()
        assert (one.state, one.ended_by) == ("ended", "admin")
    assert set(Call.objects.open()) == {other}
    assert {key for _, keys in heard() for key in keys} == {str(call.pk), str(leg.pk)}


def test_calls_that_lead_in_a_circle_or_nowhere_come_to_an_end() -> None:
    one, two = CallFactory(), CallFactory()
    Call.objects.filter(pk=one.pk).update(parent=two)
    Call.objects.filter(pk=two.pk).update(parent=one)
    one.refresh_from_db()
    assert hang_up(one, "root") in {one, two}
    lost = CallFactory(parent_id="00000000-0000-0000-0000-000000000001")
    assert hang_up(lost, "root") == lost
