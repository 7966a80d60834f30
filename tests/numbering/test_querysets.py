"""Which assignments hold, and which numbers are free."""

from datetime import timedelta

import pytest
from django.utils import timezone

from numbering.models import NumberAssignment, PhoneNumber
from tests.factories.numbering import NumberAssignmentFactory, PhoneNumberFactory

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
