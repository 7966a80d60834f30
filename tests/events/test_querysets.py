"""Who sees which events: tests/accounts/test_querysets.py has all models; here is what events alone have."""

from uuid import uuid4

import pytest

from events.models import Event

pytestmark = pytest.mark.django_db


def test_an_owners_events() -> None:
    reseller, customer = uuid4(), uuid4()
    for owners in ({}, {"reseller": reseller}, {"reseller": reseller, "customer": customer}):
        Event.objects.create(type="x", **owners)
    assert Event.objects.owned_by(None, None).count() == 3
    assert Event.objects.owned_by(reseller, None).count() == 2
    assert Event.objects.owned_by(reseller, customer).count() == 1


def test_behind_and_up_to_a_place() -> None:
    one, two, three = (Event.objects.create(type="x") for _ in range(3))
    assert list(Event.objects.after(one.xid, one.id).in_order()) == [two, three]
    assert list(Event.objects.up_to(two.xid, two.id).in_order()) == [one, two]
