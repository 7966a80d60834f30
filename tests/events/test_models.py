"""Events, who is present, and marks as rows."""

import pytest

from events.models import Event, Mark, Presence


@pytest.mark.django_db
def test_an_event_gets_its_id_transaction_and_time_from_the_database() -> None:
    event = Event.objects.create(type="call.started", object_name="alice")
    assert str(event) == "call.started alice"
    assert (event.xid > 0, event.data, event.actor) == (True, {}, None)


def test_they_say_what_they_are() -> None:
    assert str(Mark(name="security", place="1-2")) == "security: 1-2"
    assert str(Presence(subscriber_id=5)) == "5"
