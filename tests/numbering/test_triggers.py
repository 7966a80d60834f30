"""What the database keeps up to date about numbers by itself; whom it tells of changes is in tests/accounts."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from numbering.models import NumberAssignment, PhoneNumber
from tests.factories.numbering import NumberAssignmentFactory, PhoneNumberFactory
from tests.factories.subscribers import DomainFactory, SubscriberFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def _state(number: PhoneNumber) -> tuple[str, bool, bool]:
    """What the row says, and in which of the two lists the number stands."""
    number.refresh_from_db()
    own = PhoneNumber.objects.filter(pk=number.pk)
    return number.holding, own.assigned().exists(), own.unassigned().exists()


def test_the_row_follows_what_is_done_to_its_assignments() -> None:
    number = PhoneNumberFactory()
    assert _state(number) == ("free", False, True)
    assignment = NumberAssignmentFactory(
        number=number, subscriber=SubscriberFactory(domain=DomainFactory(reseller=number.reseller))
    )
    assert _state(number) == ("held", True, False)
    rows = NumberAssignment.objects.filter(pk=assignment.pk)
    rows.update(valid_until=timezone.now() + DAY)
    assert _state(number) == ("dated", True, False)
    rows.update(valid_from=timezone.now() - 2 * DAY, valid_until=timezone.now() - DAY)
    assert _state(number) == ("quarantined", False, False)
    PhoneNumber.objects.update(holding="free", quarantined_until=None)
    rows.update(valid_from=timezone.now() + DAY, valid_until=None)
    assert _state(number) == ("dated", False, True)
    rows.update(valid_from=timezone.now() - DAY)
    assert _state(number) == ("held", True, False)
    rows.delete()
    assert _state(number) == ("quarantined", False, False)


def test_an_assignment_that_moves_changes_both_numbers() -> None:
    assignment, other = NumberAssignmentFactory(), PhoneNumberFactory()
    before = assignment.number
    PhoneNumber.objects.filter(pk=other.pk).update(reseller=assignment.reseller)
    NumberAssignment.objects.filter(pk=assignment.pk).update(number=other)
    assert (_state(before)[0], _state(other)[0]) == ("quarantined", "held")


def test_where_the_history_is_truncated_what_was_held_rests() -> None:
    number = NumberAssignmentFactory().number
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE numbering_numberassignment")
    assert _state(number) == ("quarantined", False, False)
