"""Giving numbers to subscribers and taking them back."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from numbering.actions import assign_number, release_number
from numbering.models import NumberAssignment, PhoneNumber
from subscribers.models import Subscriber
from tests.factories.numbering import NumberAssignmentFactory, PhoneNumberFactory
from tests.factories.subscribers import SubscriberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Subscriber:
    return SubscriberFactory()


def _number(subscriber: Subscriber) -> PhoneNumber:
    return PhoneNumberFactory(reseller=subscriber.reseller)


def _main(subscriber: Subscriber) -> PhoneNumber | None:
    main = NumberAssignment.objects.current().filter(subscriber=subscriber, is_main=True).first()
    return main.number if main else None


def test_the_first_number_is_the_main_one(alice: Subscriber) -> None:
    first, second = _number(alice), _number(alice)
    assert assign_number(first, alice).is_main
    assert not assign_number(second, alice).is_main
    assert _main(alice) == first


def test_a_new_main_number_takes_the_old_ones_place(alice: Subscriber) -> None:
    first, second = _number(alice), _number(alice)
    assign_number(first, alice)
    assign_number(second, alice, is_main=True)
    assert _main(alice) == second


def test_a_first_number_may_be_no_main_number(alice: Subscriber) -> None:
    assert not assign_number(_number(alice), alice, is_main=False).is_main


def test_the_time_is_the_databases(alice: Subscriber) -> None:
    assignment = assign_number(_number(alice), alice)
    assert abs(assignment.valid_from - timezone.now()) < timedelta(seconds=30)
    assert list(NumberAssignment.objects.current()) == [assignment]


def test_a_number_that_somebody_has_is_refused(alice: Subscriber) -> None:
    number = _number(alice)
    assign_number(number, alice)
    with pytest.raises(ValidationError) as refused:
        assign_number(number, alice)
    assert list(refused.value.message_dict) == ["number"]
    assert NumberAssignment.objects.count() == 1


def test_a_number_that_somebody_will_have_is_refused(alice: Subscriber) -> None:
    later = NumberAssignmentFactory(subscriber=alice, valid_from=timezone.now() + timedelta(days=1))
    with pytest.raises(ValidationError) as refused:
        assign_number(later.number, alice)
    assert list(refused.value.message_dict) == ["number"]


def test_another_resellers_number_is_refused(alice: Subscriber) -> None:
    with pytest.raises(ValidationError) as refused:
        assign_number(PhoneNumberFactory(), alice)
    assert list(refused.value.message_dict) == ["subscriber"]
    assert not NumberAssignment.objects.exists()


def test_a_released_number_rests_and_its_history_stays(alice: Subscriber) -> None:
    number = _number(alice)
    assign_number(number, alice)
    release_number(number)
    past = NumberAssignment.objects.get()
    assert past.valid_until is not None
    assert past.valid_until > past.valid_from
    assert list(PhoneNumber.objects.quarantined()) == [number]
    again = assign_number(number, alice)
    assert list(NumberAssignment.objects.current()) == [again]
    assert NumberAssignment.objects.count() == 2


def test_a_number_that_nobody_has_cannot_be_released(alice: Subscriber) -> None:
    number = _number(alice)
    with pytest.raises(ValidationError) as refused:
        release_number(number)
    assert list(refused.value.message_dict) == ["number"]


def test_the_oldest_other_number_becomes_the_main_one(alice: Subscriber) -> None:
    first, second, third = (_number(alice) for _ in range(3))
    for number in (first, second, third):
        assign_number(number, alice)
    release_number(first)
    assert _main(alice) == second
    release_number(third)
    assert _main(alice) == second
    release_number(second)
    assert _main(alice) is None
