"""Who sees which events: tests/accounts/test_querysets.py has all models; here is what events alone have."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

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


def test_a_time_finds_what_got_its_id_a_moment_before_or_after() -> None:
    """The id and `at` are of two looks at the clock, between which a millisecond may begin."""
    at = timezone.now().replace(microsecond=5_000)
    for apart in (-1, 0, 1):
        millisecond = int(at.timestamp() * 1000) + apart
        Event.objects.create(type="x", at=at, id=UUID(int=(millisecond << 80) | (7 << 76) | (2 << 62) | apart + 1))
    assert Event.objects.happened(at).count() == 3
    assert Event.objects.happened(before=at).count() == 0
    assert Event.objects.happened(before=at + timedelta(microseconds=1)).count() == 3
