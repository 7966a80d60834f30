"""Ending calls that stand."""

import json
from collections.abc import Iterator

import psycopg2
import pytest
from django.db import connection

from calls.actions import hang_up, mark_ended
from calls.models import Call
from tests.factories.calls import CallFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard() -> Iterator[psycopg2.extensions.connection]:
    """A connection that listens as edges do."""
    known = connection.settings_dict
    listener = psycopg2.connect(
        dbname=known["NAME"], user=known["USER"], password=known["PASSWORD"], host=known["HOST"], port=known["PORT"]
    )
    listener.autocommit = True
    listener.cursor().execute("LISTEN edge")
    yield listener
    listener.close()


def _said(listener: psycopg2.extensions.connection) -> list[tuple[str, list[str]]]:
    listener.cursor().execute("SELECT 1")
    listener.poll()
    said = [json.loads(one.payload) for one in listener.notifies]
    listener.notifies.clear()
    return [(one["t"], one["k"]) for one in said]


def test_the_edge_is_asked_for_the_whole_call(heard: psycopg2.extensions.connection) -> None:
    call = CallFactory()
    leg = CallFactory(parent=call)
    further = CallFactory(parent=leg)
    for one in (call, leg, further):
        assert hang_up(one, "root") == call
    assert _said(heard) == [("hangup", [str(call.pk)])] * 3
    assert Call.objects.open().count() == 3


def test_a_call_whose_edge_is_gone_is_marked_with_its_forwardings(heard: psycopg2.extensions.connection) -> None:
    call, other = CallFactory(), CallFactory()
    leg = CallFactory(parent=call)
    assert mark_ended(leg, "root")
    assert not mark_ended(call, "root")
    for one in (call, leg):
        one.refresh_from_db()
        assert (one.state, one.ended_by) == ("ended", "admin")
    assert set(Call.objects.open()) == {other}
    assert {key for _, keys in _said(heard) for key in keys} == {str(call.pk), str(leg.pk)}


def test_calls_that_lead_in_a_circle_or_nowhere_come_to_an_end() -> None:
    one, two = CallFactory(), CallFactory()
    Call.objects.filter(pk=one.pk).update(parent=two)
    Call.objects.filter(pk=two.pk).update(parent=one)
    one.refresh_from_db()
    assert hang_up(one, "root") in {one, two}
    lost = CallFactory(parent_id="00000000-0000-0000-0000-000000000001")
    assert hang_up(lost, "root") == lost
