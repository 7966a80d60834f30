"""What the triggers missed of who is registered is told later."""

import pytest

from events.models import Event, Presence
from events.presence import mend
from tests.events.reading import last, told
from tests.factories.subscribers import BindingFactory

pytestmark = pytest.mark.django_db


def test_a_presence_without_a_phone_and_a_phone_without_a_presence() -> None:
    gone, come, well = BindingFactory(), BindingFactory(), BindingFactory()
    Presence.objects.filter(subscriber_id=come.subscriber_id).delete()
    gone_id = gone.subscriber_id
    gone.delete()
    Presence.objects.create(subscriber_id=gone_id)
    Event.objects.all().delete()

    assert mend() == 2
    assert sorted(told()) == ["registration.first", "registration.last"]
    assert last("registration.first").subscriber == come.subscriber.uid
    assert set(Presence.objects.values_list("pk", flat=True)) == {come.subscriber_id, well.subscriber_id}
    assert mend() == 0
