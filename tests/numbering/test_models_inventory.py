"""What the database refuses about blocks, and about numbers in and behind those of others."""

import threading
from contextlib import nullcontext
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from numbering.models import NumberBlock, PhoneNumber
from tests.factories.accounts import ResellerFactory
from tests.factories.numbering import NumberAssignmentFactory, NumberBlockFactory, PhoneNumberFactory
from tests.factories.subscribers import DomainFactory, SubscriberFactory

pytestmark = pytest.mark.django_db


def _block(first: str, last: str, **fields: Any) -> NumberBlock:
    block: NumberBlock = NumberBlockFactory(first=first, last=last, **fields)
    return block


@pytest.mark.parametrize(
    ("first", "last"),
    [("+4314050", "+4314050"), ("+4314099", "+4314200"), ("+4313000", "+4314000"), ("+4310000", "+4319999")],
)
def test_no_number_is_in_two_blocks(first: str, last: str) -> None:
    _block("+4314000", "+4314099")
    with pytest.raises(IntegrityError, match="numberblock_no_number_twice"):
        _block(first, last)


@pytest.mark.parametrize(
    ("first", "last"), [("+4314100", "+4314199"), ("+43140000", "+43140999"), ("+431400", "+431409")]
)
def test_blocks_side_by_side_and_of_other_lengths_are_fine(first: str, last: str) -> None:
    _block("+4314000", "+4314099")
    assert _block(first, last).size in (100, 1000, 10)


def test_a_block_has_numbers_of_one_length_in_their_order() -> None:
    with pytest.raises(IntegrityError, match="numberblock_one_length"):
        _block("+431400", "+4314999")
    for first, last in (("+4314099", "+4314000"), ("+431400", "+4314999")):
        with pytest.raises(ValidationError) as refused:
            NumberBlock(first=first, last=last).clean()
        assert list(refused.value.message_dict) == ["last"]


def test_forms_say_that_blocks_overlap_before_the_database_does() -> None:
    _block("+4314000", "+4314099")
    with pytest.raises(ValidationError, match="holds some of these numbers"):
        NumberBlock(first="+4314050", last="+4314200").full_clean()


def test_forms_say_whose_numbers_lie_in_a_block() -> None:
    number = PhoneNumberFactory(e164="+4314007")
    with pytest.raises(ValidationError) as refused:
        NumberBlock(first="+4314000", last="+4314099").full_clean()
    assert list(refused.value.message_dict) == ["reseller"]
    NumberBlock(first="+4314000", last="+4314099", reseller=number.reseller).full_clean()


@pytest.mark.parametrize(
    ("e164", "extension_digits", "clashes"),
    [
        ("+431100155", 0, True),
        ("+43110", 2, True),
        ("+43110", 5, True),
        ("+4311001555", 0, False),
        ("+43110", 1, False),
    ],
)
def test_forms_say_that_extensions_would_be_the_same_numbers(e164: str, extension_digits: int, clashes: bool) -> None:
    base = PhoneNumberFactory(e164="+4311001", extension_digits=2)
    PhoneNumber(e164=e164, extension_digits=extension_digits, reseller=base.reseller).clean()
    other = PhoneNumber(e164=e164, extension_digits=extension_digits, reseller=ResellerFactory())
    with pytest.raises(ValidationError, match="would be the same") if clashes else nullcontext():
        other.clean()


def test_the_block_around_a_number() -> None:
    block = _block("+4314000", "+4314099")
    assert NumberBlock.objects.around("+4314000") == NumberBlock.objects.around("+4314099") == block
    assert [NumberBlock.objects.around(e164) for e164 in ("+4314100", "+43140500", "+431405")] == [None, None, None]


def test_a_number_knows_its_block_whatever_is_written() -> None:
    reseller = ResellerFactory()
    block = _block("+4314000", "+4314099", reseller=reseller)
    inside, outside = (PhoneNumberFactory(e164=e164, reseller=reseller) for e164 in ("+4314007", "+4315007"))
    PhoneNumber.objects.update(block=None)
    inside.refresh_from_db()
    PhoneNumber.objects.filter(pk=outside.pk).update(block=block)
    outside.refresh_from_db()
    assert (inside.block, outside.block) == (block, None)
    PhoneNumber.objects.filter(pk=outside.pk).update(e164="+4314008")
    outside.refresh_from_db()
    assert outside.block == block


def test_a_number_out_of_anothers_block_is_refused() -> None:
    mine, other = ResellerFactory(), ResellerFactory()
    _block("+4314000", "+4314099", reseller=other)
    _block("+4315000", "+4315099")
    for e164 in ("+4314007", "+4315007"):
        with pytest.raises(ValidationError) as refused:
            PhoneNumber(e164=e164, reseller=mine).clean()
        assert list(refused.value.message_dict) == ["e164"]
    with pytest.raises(IntegrityError, match="lies in the block"):
        PhoneNumberFactory(e164="+4314007", reseller=mine)


def test_a_block_that_is_made_around_numbers_takes_them_in() -> None:
    number = PhoneNumberFactory(e164="+4314007")
    block = _block("+4314000", "+4314099", reseller=number.reseller)
    number.refresh_from_db()
    assert number.block == block
    NumberBlock.objects.filter(pk=block.pk).update(first="+4314010")
    number.refresh_from_db()
    assert number.block is None


def test_no_block_is_made_around_another_resellers_numbers() -> None:
    PhoneNumberFactory(e164="+4314007")
    with pytest.raises(IntegrityError, match="lies in the block"):
        _block("+4314000", "+4314099", reseller=ResellerFactory())


@pytest.mark.parametrize("change", ["delete", "give"])
def test_a_block_with_numbers_is_neither_deleted_nor_given(change: str) -> None:
    reseller, other = ResellerFactory(), ResellerFactory()
    block = _block("+4314000", "+4314099", reseller=reseller)
    PhoneNumberFactory(e164="+4314007", reseller=reseller)
    rows = NumberBlock.objects.filter(pk=block.pk)
    with pytest.raises(IntegrityError, match="phonenumber_block_of_same_reseller"):
        rows._raw_delete("default") if change == "delete" else rows.update(reseller=other)


def test_nobody_elses_number_lies_behind_a_base_number() -> None:
    PhoneNumberFactory(e164="+4311001", extension_digits=2)
    with pytest.raises(IntegrityError, match="extensions of"):
        PhoneNumberFactory(e164="+431100155")


def test_a_base_number_takes_nobody_elses_number() -> None:
    PhoneNumberFactory(e164="+431100155")
    with pytest.raises(IntegrityError, match="extensions of"):
        PhoneNumberFactory(e164="+4311001", extension_digits=2)


def test_ones_own_longer_number_and_what_is_too_long_to_be_an_extension_are_fine() -> None:
    base = PhoneNumberFactory(e164="+4311001", extension_digits=2)
    assert PhoneNumberFactory(e164="+431100155", reseller=base.reseller).pk
    assert PhoneNumberFactory(e164="+4311001555").pk


def test_a_state_has_its_time() -> None:
    number = PhoneNumberFactory()
    with pytest.raises(IntegrityError, match="phonenumber_quarantine_ends"):
        PhoneNumber.objects.filter(pk=number.pk).update(holding="quarantined")


def test_a_time_has_its_state() -> None:
    number = PhoneNumberFactory()
    with pytest.raises(IntegrityError, match="phonenumber_ported_out_since"):
        PhoneNumber.objects.filter(pk=number.pk).update(ported_out_at=timezone.now())


def test_a_number_that_is_another_providers_is_given_to_nobody() -> None:
    number = PhoneNumberFactory(ported_out=True)
    subscriber = SubscriberFactory(domain=DomainFactory(reseller=number.reseller))
    with pytest.raises(IntegrityError, match="another provider's"):
        NumberAssignmentFactory(number=number, subscriber=subscriber)


def test_a_number_in_quarantine_goes_back_to_whom_had_it_and_nobody_else() -> None:
    had = NumberAssignmentFactory()
    number, alice = had.number, had.subscriber
    had.valid_until = timezone.now()
    had.save()
    other = SubscriberFactory(domain=alice.domain)
    number.refresh_from_db()
    assert (number.holding, number.quarantined_until is None) == ("quarantined", False)
    sibling = SubscriberFactory(domain=alice.domain, customer=alice.customer)
    NumberAssignmentFactory(number=number, subscriber=sibling, valid_from=timezone.now())
    number.refresh_from_db()
    assert (number.holding, number.quarantined_until) == ("held", None)
    number.assignments.filter(subscriber=sibling).update(valid_until=timezone.now())
    with pytest.raises(IntegrityError, match="in quarantine"):
        NumberAssignmentFactory(number=number, subscriber=other, valid_from=timezone.now())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["+431700", "+4317001"])
def test_two_who_write_overlapping_extensions_at_the_same_time_learn_of_each_other(first: str) -> None:
    """The second one waits until the first one's transaction has ended, and is refused."""
    extensions = {"+431700": 3, "+4317001": 0}
    resellers = dict(zip(extensions, ResellerFactory.create_batch(2), strict=True))
    (second,) = extensions.keys() - {first}
    refused: list[IntegrityError] = []

    def write(e164: str) -> None:
        PhoneNumberFactory(e164=e164, extension_digits=extensions[e164], reseller=resellers[e164])

    def other() -> None:
        try:
            write(second)
        except IntegrityError as error:
            refused.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    with transaction.atomic():
        write(first)
        thread.start()
        while thread.is_alive() and not _somebody_waits():
            thread.join(timeout=0.01)
    thread.join(timeout=30)
    assert [str(error).partition("\n")[0].endswith("would be the same numbers") for error in refused] == [True]
    assert [number.e164 for number in PhoneNumber.objects.all()] == [first]


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
        return bool(cursor.fetchone()[0])
