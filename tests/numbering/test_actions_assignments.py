"""One assignment ends, now or another time, and becomes the main one."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from numbering.actions import Wanted, assign_number, assign_once
from numbering.actions_assignments import change_assignment, end_assignment
from numbering.choices import Holding
from numbering.models import NumberAssignment, PhoneNumber
from subscribers.models import Subscriber
from tests.factories.numbering import NumberAssignmentFactory, PhoneNumberFactory
from tests.factories.subscribers import SubscriberFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def alice() -> Subscriber:
    return SubscriberFactory()


def _number(subscriber: Subscriber) -> PhoneNumber:
    return PhoneNumberFactory(reseller=subscriber.reseller)


def _refused(action: Any, *arguments: Any, **more: Any) -> str | None:
    with pytest.raises(ValidationError) as refused:
        action(*arguments, **more)
    errors = refused.value
    found = next(iter(errors.error_dict.values())) if hasattr(errors, "error_dict") else errors.error_list
    return found[0].code


def test_one_that_holds_ends_and_the_next_becomes_the_main_one(alice: Subscriber) -> None:
    first, second = (assign_number(_number(alice), alice) for _ in range(2))
    end_assignment(first)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.valid_until is not None, first.is_main, second.is_main) == (True, False, True)
    first.number.refresh_from_db()
    assert first.number.holding == Holding.QUARANTINED
    assert _refused(end_assignment, first) == "ended"


def test_one_that_has_not_begun_goes(alice: Subscriber) -> None:
    later = NumberAssignmentFactory(subscriber=alice, valid_from=timezone.now() + DAY)
    end_assignment(later)
    assert not NumberAssignment.objects.exists()
    later.number.refresh_from_db()
    assert later.number.holding == Holding.FREE
    assert _refused(end_assignment, later) == "ended"


def test_numbers_are_given_one_time_after_the_other(alice: Subscriber) -> None:
    number, now = _number(alice), timezone.now()
    first = assign_once(Wanted(number, alice, valid_until=now + DAY))
    second = assign_once(Wanted(number, alice, valid_from=now + DAY, valid_until=now + 2 * DAY))
    third = assign_once(Wanted(number, alice, valid_from=now + 2 * DAY))
    assert [one.is_main for one in (first, second, third)] == [True, True, True]
    assert _refused(assign_once, Wanted(number, alice, valid_from=now + 3 * DAY)) == "taken"
    assert _refused(change_assignment, first, valid_until=None) == "taken"
    change_assignment(first, valid_until=now + DAY / 2)
    change_assignment(first, valid_until=now + DAY)
    assert NumberAssignment.objects.get(pk=first.pk).valid_until == now + DAY


def test_a_main_number_is_one_at_a_time(alice: Subscriber) -> None:
    now = timezone.now()
    first = assign_number(_number(alice), alice)
    later = assign_once(Wanted(_number(alice), alice, valid_from=now + DAY))
    assert not later.is_main
    assert _refused(assign_once, Wanted(_number(alice), alice, is_main=True, valid_from=now + DAY)) == "taken"
    assert _refused(change_assignment, later, is_main=True) == "taken"
    change_assignment(first, is_main=False)
    change_assignment(later, is_main=True)
    change_assignment(first, is_main=True, valid_until=now + DAY)  # it holds: it takes the place of all
    assert list(NumberAssignment.objects.filter(is_main=True)) == [first]


@pytest.mark.parametrize(
    ("begin", "end", "code"), [(-DAY, None, "passed"), (None, -DAY, "passed"), (2 * DAY, DAY, "invalid")]
)
def test_times_that_are_none(alice: Subscriber, begin: timedelta | None, end: timedelta | None, code: str) -> None:
    now = timezone.now()
    times = {name: now + delta for name, delta in (("valid_from", begin), ("valid_until", end)) if delta is not None}
    assert _refused(assign_once, Wanted(_number(alice), alice, **times)) == code
    assert not NumberAssignment.objects.exists()


def test_what_has_ended_stays(alice: Subscriber) -> None:
    past = assign_number(_number(alice), alice)
    end_assignment(past)
    assert _refused(change_assignment, past, is_main=True) == "ended"
    current = assign_number(_number(alice), alice)
    assert _refused(change_assignment, current, valid_until=timezone.now() - DAY) == "passed"
