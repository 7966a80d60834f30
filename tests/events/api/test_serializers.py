"""An event as the API writes it."""

import pytest

from events.api.serializers import EventSerializer
from events.models import Event


@pytest.mark.django_db
def test_an_event() -> None:
    event = Event.objects.create(type="call.ended", object_name="x", data={"role": "caller"})
    shown = EventSerializer(event).data
    assert shown["at"].endswith("Z")
    assert {name: shown[name] for name in ("id", "type", "data", "actor", "reseller")} == {
        "id": str(event.pk),
        "type": "call.ended",
        "data": {"role": "caller"},
        "actor": None,
        "reseller": None,
    }
