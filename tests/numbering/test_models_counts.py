"""How full blocks are is kept right by triggers, whatever happens to their numbers."""

import pytest
from django.db import connection

from numbering.actions import Wanted, assign_number, assign_numbers, port_out, release_number, remove_number
from numbering.actions_blocks import allocate_numbers, give_block, split_block, take_back
from numbering.choices import Usage
from numbering.models import BlockCount, NumberBlock, PhoneNumber
from numbering.tasks import sum_up_counts
from subscribers.models import Subscriber
from tests.factories.accounts import ResellerFactory
from tests.factories.numbering import NumberBlockFactory, PhoneNumberFactory
from tests.factories.subscribers import SubscriberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Subscriber:
    return SubscriberFactory()


@pytest.fixture
def block(alice: Subscriber) -> NumberBlock:
    return NumberBlockFactory(first="+4314000", last="+4314099", reseller=alice.reseller)


def _usages() -> dict[str, Usage]:
    """Of all blocks, by their first numbers; by the triggers, which must say what counting says."""
    found = {block.first: block.usage for block in NumberBlock.objects.with_counts()}
    for block in NumberBlock.objects.all():
        assert found[block.first].taken == PhoneNumber.objects.filter(block=block).count()
        assert (
            found[block.first].free
            == block.size - PhoneNumber.objects.filter(block=block).exclude(holding="free").count()
        )
    return found


def test_nothing_is_taken_of_a_new_block(block: NumberBlock) -> None:
    assert _usages() == {"+4314000": Usage(0, 0, 0, 0, 100)}


def test_what_numbers_go_through_is_counted(block: NumberBlock, alice: Subscriber) -> None:
    allocate_numbers(block, count=10)
    numbers = list(PhoneNumber.objects.order_by("e164"))
    assign_numbers([Wanted(number, alice) for number in numbers[:5]])
    release_number(numbers[0])
    port_out(numbers[1])
    remove_number(numbers[9])
    assert _usages() == {"+4314000": Usage(taken=9, assigned=3, quarantined=1, ported_out=1, free=95)}
    PhoneNumber.objects.filter(holding="free").delete()
    assert _usages() == {"+4314000": Usage(5, 3, 1, 1, 95)}


def test_counts_go_with_the_numbers_into_other_blocks(block: NumberBlock, alice: Subscriber) -> None:
    PhoneNumberFactory(e164="+4314105", reseller=alice.reseller)  # before there is a block around it
    allocate_numbers(block, count=30)
    split_block(block, "+4314010", "+4314019")
    NumberBlockFactory(first="+4314100", last="+4314199", reseller=alice.reseller)
    assert {first: usage.taken for first, usage in _usages().items()} == {
        "+4314000": 10,
        "+4314010": 10,
        "+4314020": 10,
        "+4314100": 1,
    }
    take_back(NumberBlock.objects.get(first="+4314020"))
    give_block(NumberBlock.objects.get(first="+4314020"), ResellerFactory())
    assert _usages()["+4314020"] == Usage(0, 0, 0, 0, 80)


def test_rows_are_summed_up(block: NumberBlock, alice: Subscriber) -> None:
    for count in (1, 2, 3):
        allocate_numbers(block, count=count)
    assign_number(PhoneNumber.objects.order_by("e164")[0], alice)
    before = _usages()
    assert BlockCount.objects.count() == 5
    assert sum_up_counts() == 4
    assert dict(BlockCount.objects.values_list("holding", "amount")) == {"free": 5, "held": 1}
    assert _usages() == before
    assert sum_up_counts() == 0
    release_number(PhoneNumber.objects.order_by("e164")[0])
    sum_up_counts()
    assert dict(BlockCount.objects.values_list("holding", "amount")) == {"free": 5, "quarantined": 1}


def test_blocks_with_room_and_with_a_prefix(block: NumberBlock, alice: Subscriber) -> None:
    full = NumberBlockFactory(first="+4315000", last="+4315001", reseller=alice.reseller)
    allocate_numbers(full, count=2)
    assert list(NumberBlock.objects.with_room()) == [block]

    def found(prefix: str) -> list[str]:
        return [found.first for found in NumberBlock.objects.with_prefix(prefix)]

    assert found("+431") == ["+4314000", "+4315000"]
    assert found("+43140") == found("+4314009") == found("+431409") == ["+4314000"]
    assert found("+43141") == found("+43140990") == found("+44") == []


def test_emptied_tables_have_no_counts(block: NumberBlock) -> None:
    allocate_numbers(block, count=3)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE numbering_phonenumber CASCADE")
    assert not BlockCount.objects.exists()
