"""What is told of numbers."""

import pytest

from events.models import Event
from numbering.actions import assign_number, port_in, port_out, release_number, remove_number
from tests.events.reading import last, told
from tests.factories.numbering import PhoneNumberFactory
from tests.factories.subscribers import SubscriberFactory

pytestmark = pytest.mark.django_db


def test_a_number_is_given_and_taken_back() -> None:
    subscriber = SubscriberFactory()
    Event.objects.all().delete()
    number = PhoneNumberFactory(reseller=subscriber.reseller, e164="+4311001")
    assign_number(number, subscriber)
    release_number(number)
    assert told()[:3] == ["number.added", "number.assigned", "number.released"]
    assigned = last("number.assigned")
    assert (assigned.object_name, assigned.subscriber) == ("+4311001", subscriber.uid)
    assert assigned.data["aor"] == subscriber.aor
    assert assigned.data["is_main"] is True
    assert assigned.data["valid_from"].endswith("Z")
    assert assigned.data["valid_until"] is None
    assert last("number.released").data["valid_until"].endswith("Z")
    assert "+4311001" not in told(reseller=None)


def test_a_number_that_is_ported_in_and_out_and_removed() -> None:
    reseller = SubscriberFactory().reseller
    Event.objects.all().delete()
    number = port_in("+4312345", reseller, "Other Telecom")
    port_out(number, "Third Telecom")
    number.refresh_from_db()
    remove_number(number)
    assert told() == ["number.ported_in", "number.ported_out", "number.removed"]
    assert last("number.ported_in").data == {"ported_from": "Other Telecom"}
    assert last("number.ported_out").data == {"ported_to": "Third Telecom"}
