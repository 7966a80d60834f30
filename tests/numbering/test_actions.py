"""Giving numbers to subscribers and taking them back."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from numbering.actions import (
    Wanted,
    assign_number,
    assign_numbers,
    end_quarantine,
    make_main,
    port_in,
    port_out,
    release_number,
    release_numbers,
    remove_number,
)
from numbering.choices import Holding
from numbering.models import NumberAssignment, PhoneNumber
from subscribers.models import Subscriber
from tests.factories.accounts import ResellerFactory
from tests.factories.numbering import NumberAssignmentFactory, NumberBlockFactory, PhoneNumberFactory
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


def _refused(action: Any, *arguments: Any, **more: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refused:
        action(*arguments, **more)
    return refused.value.message_dict


def _state(number: PhoneNumber) -> str:
    number.refresh_from_db()
    return str(number.holding)


def test_many_are_given_at_once_each_subscriber_with_one_main(alice: Subscriber) -> None:
    bob = SubscriberFactory(domain=alice.domain)
    numbers = [_number(alice) for _ in range(5)]
    assign_number(numbers[0], alice)
    wanted = [
        Wanted(numbers[1], alice),
        Wanted(numbers[2], alice, is_main=True),
        Wanted(numbers[3], bob),
        Wanted(numbers[4], bob),
    ]
    assert len(assign_numbers(wanted)) == 4
    assert (_main(alice), _main(bob)) == (numbers[2], numbers[3])
    assert PhoneNumber.objects.assigned().count() == 5


def test_of_many_none_is_given_where_one_cannot_be(alice: Subscriber) -> None:
    free, taken, foreign = _number(alice), _number(alice), PhoneNumberFactory()
    assign_number(taken, alice)
    with pytest.raises(ValidationError) as refused:
        assign_numbers([Wanted(one, alice) for one in (free, taken, foreign)])
    assert [text.partition(":")[0] for text in refused.value.messages] == [taken.e164, foreign.e164]
    with pytest.raises(ValidationError, match=r"Somebody has this number"):
        assign_numbers([Wanted(free, alice), Wanted(free, alice)])
    assert NumberAssignment.objects.count() == 1


def test_of_very_many_that_are_refused_a_few_are_named(alice: Subscriber) -> None:
    with pytest.raises(ValidationError) as refused:
        assign_numbers([Wanted(number, alice) for number in PhoneNumberFactory.create_batch(25)])
    assert (len(refused.value.messages), refused.value.messages[-1]) == (21, "and 5 more")


def test_a_number_in_quarantine_is_given_back_to_the_customer_who_had_it(alice: Subscriber) -> None:
    number, stranger = _number(alice), SubscriberFactory(domain=alice.domain)
    assign_number(number, alice)
    release_number(number)
    assert "in quarantine until" in _refused(assign_number, number, stranger)["number"][0]
    assign_number(number, SubscriberFactory(domain=alice.domain, customer=alice.customer))
    assert _state(number) == Holding.HELD


def test_an_administrator_may_end_a_quarantine(alice: Subscriber) -> None:
    number = _number(alice)
    assert list(_refused(end_quarantine, number)) == ["number"]
    assign_number(number, alice)
    release_number(number)
    end_quarantine(number)
    assert _state(number) == Holding.FREE
    assign_number(number, SubscriberFactory(domain=alice.domain))


def test_a_number_is_given_to_anybody_when_its_quarantine_is_over(alice: Subscriber) -> None:
    number = PhoneNumberFactory(
        reseller=alice.reseller, quarantined=True, quarantined_until=timezone.now() - timedelta(seconds=1)
    )
    assign_number(number, alice)
    assert _state(number) == Holding.HELD


@pytest.mark.parametrize(("days", "holding"), [("0", Holding.FREE), ("7", Holding.QUARANTINED)])
def test_how_long_a_quarantine_is_may_be_said(alice: Subscriber, days: str, holding: str) -> None:
    number = _number(alice)
    assign_number(number, alice)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('freiton.quarantine_days', %s, true)", [days])
    release_number(number)
    assert _state(number) == holding
    if number.quarantined_until is not None:
        assert timedelta(days=6.9) < number.quarantined_until - timezone.now() < timedelta(days=7.1)


def test_the_numbers_of_a_deleted_subscriber_rest_too(alice: Subscriber) -> None:
    number = _number(alice)
    assign_number(number, alice)
    alice.delete()
    assert _state(number) == Holding.QUARANTINED


def test_many_are_taken_back_at_once_and_each_keeps_a_main(alice: Subscriber) -> None:
    bob = SubscriberFactory(domain=alice.domain)
    numbers = [_number(alice) for _ in range(5)]
    assign_numbers(
        [Wanted(number, subscriber) for number, subscriber in zip(numbers, [alice] * 3 + [bob] * 2, strict=True)]
    )
    release_numbers([numbers[0], numbers[3]])
    assert (_main(alice), _main(bob)) == (numbers[1], numbers[4])
    with pytest.raises(ValidationError):
        release_numbers([numbers[1], numbers[0]])
    assert _main(alice) == numbers[1]


def test_a_number_that_its_subscriber_has_becomes_the_main_one(alice: Subscriber) -> None:
    first, second = _number(alice), _number(alice)
    assign_number(first, alice)
    make_main(assign_number(second, alice))
    assert _main(alice) == second
    past = NumberAssignment.objects.get(number=first)
    release_number(first)
    assert list(_refused(make_main, past)) == ["number"]
    assert _main(alice) == second


def test_a_number_that_is_ported_out_leaves_its_subscriber_at_once(alice: Subscriber) -> None:
    number, other = _number(alice), _number(alice)
    assign_numbers([Wanted(number, alice), Wanted(other, alice)])
    port_out(number, "Another")
    assert (_state(number), number.ported_to, number.quarantined_until) == (Holding.PORTED_OUT, "Another", None)
    assert abs(number.ported_out_at - timezone.now()) < timedelta(seconds=30)
    assert _main(alice) == other
    assert list(_refused(port_out, number)) == ["number"]
    assert "ported out" in _refused(assign_number, number, alice)["number"][0]


def test_a_number_that_somebody_will_have_is_ported_out_too(alice: Subscriber) -> None:
    later = NumberAssignmentFactory(subscriber=alice, valid_from=timezone.now() + timedelta(days=1))
    port_out(later.number)
    assert (_state(later.number), NumberAssignment.objects.count()) == (Holding.PORTED_OUT, 0)


def test_another_providers_number_is_ported_in() -> None:
    reseller = ResellerFactory()
    number = port_in("+49301001", reseller, "Another", extension_digits=2)
    assert (number.holding, number.ported_from, number.block) == (Holding.FREE, "Another", None)
    assert number.ported_in_at is not None
    for e164, whose in (("+49301001", reseller), ("+49301001", ResellerFactory()), ("x", reseller)):
        assert list(_refused(port_in, e164, whose)) == ["e164"]


def test_a_number_of_ours_comes_back() -> None:
    number = PhoneNumberFactory(ported_out=True)
    assert list(_refused(port_in, number.e164, ResellerFactory())) == ["e164"]
    assert port_in(number.e164, number.reseller, "Another") == number
    assert (_state(number), number.ported_out_at, number.ported_to) == (Holding.FREE, None, "")


def test_a_number_of_anothers_block_is_not_ported_in() -> None:
    NumberBlockFactory(first="+4314000", last="+4314099", reseller=ResellerFactory())
    assert "lies in the block" in _refused(port_in, "+4314001", ResellerFactory())["e164"][0]
    PhoneNumberFactory(e164="+4311001", extension_digits=3)
    assert "would be the same numbers" in _refused(port_in, "+43110015", ResellerFactory())["e164"][0]


def test_what_is_free_can_be_removed_and_what_is_used_not(alice: Subscriber) -> None:
    free, held, gone = _number(alice), _number(alice), PhoneNumberFactory(ported_out=True)
    assign_number(held, alice)
    remove_number(free)
    remove_number(gone)
    remove_number(gone)
    assert list(_refused(remove_number, held)) == ["number"]
    release_number(held)
    assert list(_refused(remove_number, held)) == ["number"]
    assert list(PhoneNumber.objects.all()) == [held]


def test_a_number_ported_out_of_a_block_stays_known() -> None:
    block = NumberBlockFactory(first="+4314000", last="+4314099", reseller=ResellerFactory())
    gone = PhoneNumberFactory(e164="+4314001", reseller=block.reseller, ported_out=True)
    assert list(_refused(remove_number, gone)) == ["number"]
