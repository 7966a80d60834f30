"""Transaction ids as numbers."""

import pytest
from django.db import connection

from events.models import Event


@pytest.mark.django_db
def test_an_event_bears_the_id_of_its_transaction() -> None:
    event = Event.objects.create(type="x")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text")
        assert event.xid == int(cursor.fetchone()[0])
    assert Event.objects.filter(xid=event.xid, xid__lt=2**63).exists()
    assert not Event.objects.filter(xid__lt=3).exists()
