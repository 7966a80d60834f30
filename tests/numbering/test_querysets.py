"""Which assignments hold, and which numbers are free."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from numbering.formats import ONLY_E164
from numbering.models import DialSettings, NumberAssignment, PhoneNumber
from tests.factories.numbering import DialSettingsFactory, NumberAssignmentFactory, PhoneNumberFactory
from tests.factories.two_resellers import TwoResellers

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_past_present_and_future() -> None:
    now = timezone.now()
    past = NumberAssignmentFactory(valid_from=now - 2 * DAY, valid_until=now - DAY)
    present = NumberAssignmentFactory(valid_from=now - DAY)
    limited = NumberAssignmentFactory(valid_from=now - DAY, valid_until=now + DAY)
    future = NumberAssignmentFactory(valid_from=now + DAY)
    free = PhoneNumberFactory()
    assert set(NumberAssignment.objects.current()) == {present, limited}
    assert set(NumberAssignment.objects.not_ended()) == {present, limited, future}
    assert set(PhoneNumber.objects.unassigned()) == {past.number, future.number, free}


def test_assigned_is_what_is_not_free() -> None:
    now = timezone.now()
    for times in ({}, {"valid_until": now + DAY}, {"valid_from": now + DAY}, {"valid_from": now - DAY}):
        NumberAssignmentFactory(**times)
    PhoneNumberFactory()
    everything = set(PhoneNumber.objects.all())
    assigned, free = set(PhoneNumber.objects.assigned()), set(PhoneNumber.objects.unassigned())
    assert (assigned | free, assigned & free, len(free)) == (everything, set(), 2)


def test_a_page_of_free_numbers_takes_the_index_of_free_numbers() -> None:
    reseller = PhoneNumberFactory().reseller
    states = ("held", "free")
    PhoneNumber.objects.bulk_create(
        PhoneNumber(reseller=reseller, e164=f"+4399{number:05}", holding=states[number // 1000])
        for number in range(2000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE numbering_phonenumber")
    rows = PhoneNumber.objects.order_by("e164")
    assert "phonenumber_free" in rows.unassigned()[:50].explain()
    assert "phonenumber_held" in rows.reverse().assigned()[:50].explain()


def test_how_a_subscriber_dials(two_resellers: TwoResellers) -> None:
    alice, bob = two_resellers.a.alice, two_resellers.a.bob
    own = DialSettingsFactory(domain=None, subscriber=alice, number_format__country_code="49")
    DialSettingsFactory(domain=None, subscriber=two_resellers.b.alice, number_format__country_code="41")
    assert DialSettings.objects.format_of(alice) == own.number_format.value
    assert DialSettings.objects.format_of(bob) == bob.domain.dial_settings.number_format.value
    DialSettings.objects.filter(domain=bob.domain).delete()
    assert DialSettings.objects.format_of(bob) == ONLY_E164
    assert DialSettings.objects.format_of(alice).country_code == "49"
