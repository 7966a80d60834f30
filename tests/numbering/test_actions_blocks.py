"""Blocks given, split and taken back, and numbers taken from them."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import Reseller
from numbering.actions import assign_number
from numbering.actions_blocks import allocate_numbers, give_block, remove_block, split_block, take_back
from numbering.models import NumberBlock, PhoneNumber
from tests.factories.accounts import ResellerFactory
from tests.factories.numbering import NumberBlockFactory, PhoneNumberFactory
from tests.factories.subscribers import DomainFactory, SubscriberFactory

pytestmark = pytest.mark.django_db

TEN_THOUSAND = 10_000


@pytest.fixture
def mine() -> Reseller:
    reseller: Reseller = ResellerFactory(name="mine")
    return reseller


@pytest.fixture
def block() -> NumberBlock:
    """Two resellers: one has another block, this one is nobody's."""
    NumberBlockFactory(first="+4315000", last="+4315099", reseller=ResellerFactory())
    found: NumberBlock = NumberBlockFactory(first="+4314000", last="+4314099", extension_digits=2, note="bought")
    return found


def _blocks() -> list[tuple[str, str, str | None]]:
    rows = NumberBlock.objects.filter(first__startswith="+4314").values_list("first", "last", "reseller__name")
    return list(rows.order_by("first"))


def _refused(action: Callable[..., Any], *arguments: Any, **more: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refused:
        action(*arguments, **more)
    return refused.value.message_dict


def test_a_block_is_given_as_a_whole(block: NumberBlock, mine: Reseller) -> None:
    given = give_block(block, mine)
    assert given == block
    assert _blocks() == [("+4314000", "+4314099", "mine")]


def test_of_a_block_that_is_given_in_part_the_rest_stays_the_providers(block: NumberBlock, mine: Reseller) -> None:
    given = give_block(block, mine, "+4314010", "+4314019")
    assert _blocks() == [
        ("+4314000", "+4314009", None),
        ("+4314010", "+4314019", "mine"),
        ("+4314020", "+4314099", None),
    ]
    rest = NumberBlock.objects.get(first="+4314020")
    assert (rest.split_from, rest.extension_digits, rest.note) == (block, 2, "bought")
    again = give_block(rest, mine, "+4314090", "+4314099")
    assert (again, NumberBlock.objects.get(first="+4314020").split_from) == (rest, given)


def test_what_somebody_has_is_not_given_again(block: NumberBlock, mine: Reseller) -> None:
    give_block(block, mine)
    assert "mine has this block" in _refused(give_block, block, ResellerFactory())["block"][0]
    assert _blocks() == [("+4314000", "+4314099", "mine")]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("+4313999", "+4314010", "first"),
        ("+4314010", "+4314100", "last"),
        ("+4314020", "+4314010", "last"),
        ("+43140200", "+4314030", "first"),
        ("nonsense", "+4314030", "first"),
    ],
)
def test_a_part_lies_in_its_block(block: NumberBlock, mine: Reseller, first: str, last: str, field: str) -> None:
    assert list(_refused(give_block, block, mine, first, last)) == [field]
    assert _blocks() == [("+4314000", "+4314099", None)]


def test_numbers_stay_where_they_lie_when_a_block_is_split(block: NumberBlock, mine: Reseller) -> None:
    give_block(block, mine)
    assert allocate_numbers(block, first="+4314005", last="+4314014")[0] == "+4314005"
    part = split_block(block, "+4314010", "+4314099")
    assert set(part.phone_numbers.values_list("e164", flat=True)) == {f"+43140{n}" for n in range(10, 15)}
    rest = NumberBlock.objects.get(first="+4314000")
    assert (rest.reseller, rest.phone_numbers.count()) == (mine, 5)


def test_the_first_free_numbers_are_taken(block: NumberBlock, mine: Reseller) -> None:
    give_block(block, mine)
    PhoneNumberFactory(e164="+4314001", reseller=mine)
    assert allocate_numbers(block, count=3) == ["+4314000", "+4314002", "+4314003"]
    assert allocate_numbers(block, count=1, extension_digits=0) == ["+4314004"]
    number = PhoneNumber.objects.get(e164="+4314003")
    assert (number.reseller, number.block, number.extension_digits, number.holding) == (mine, block, 2, "free")
    assert PhoneNumber.objects.get(e164="+4314004").extension_digits == 0


def test_they_are_the_first_however_postgresql_looks_for_them(mine: Reseller) -> None:
    block = NumberBlockFactory(first="+43190000", last="+43199999", reseller=mine)
    allocate_numbers(block, first="+43195000", last="+43199999")
    with connection.cursor() as cursor:  # a join of these would be a hash in several batches, which has no order
        cursor.execute("ANALYZE numbering_phonenumber; SET LOCAL work_mem = '64kB'")
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off")
    assert allocate_numbers(block, count=20) == [f"+431900{n:02}" for n in range(20)]


def test_all_of_a_range_are_taken_or_none(block: NumberBlock, mine: Reseller) -> None:
    give_block(block, mine)
    PhoneNumberFactory(e164="+4314011", reseller=mine)
    assert "1 are taken" in _refused(allocate_numbers, block, first="+4314010", last="+4314019")["first"][0]
    assert "Only 99 numbers are left" in _refused(allocate_numbers, block, count=100)["count"][0]
    assert PhoneNumber.objects.count() == 1
    assert allocate_numbers(block, first="+4314012") == ["+4314012"]


@pytest.mark.parametrize("count", [0, -1, 100_001])
def test_how_many_can_be_taken_is_bounded(block: NumberBlock, mine: Reseller, count: int) -> None:
    give_block(block, mine)
    assert list(_refused(allocate_numbers, block, count=count)) == ["count"]


def test_nothing_is_taken_from_a_block_that_nobody_has(block: NumberBlock) -> None:
    assert list(_refused(allocate_numbers, block, count=1)) == ["block"]


def test_a_block_comes_back_with_its_free_numbers(block: NumberBlock, mine: Reseller) -> None:
    give_block(block, mine)
    allocate_numbers(block, count=20)
    taken = take_back(block, "+4314010", "+4314099")
    assert _blocks() == [("+4314000", "+4314009", "mine"), ("+4314010", "+4314099", None)]
    assert (taken.first, PhoneNumber.objects.count()) == ("+4314010", 10)


def test_a_block_of_which_numbers_are_used_does_not_come_back(block: NumberBlock, mine: Reseller) -> None:
    give_block(block, mine)
    allocate_numbers(block, count=5)
    assign_number(PhoneNumber.objects.get(e164="+4314003"), SubscriberFactory(domain=DomainFactory(reseller=mine)))
    assert "such as +4314003" in _refused(take_back, block)["block"][0]
    assert (PhoneNumber.objects.count(), _blocks()) == (5, [("+4314000", "+4314099", "mine")])
    assert list(_refused(take_back, NumberBlockFactory())) == ["block"]


def test_a_block_is_given_up_when_nobody_has_it(block: NumberBlock, mine: Reseller) -> None:
    give_block(block, mine, "+4314000", "+4314009")
    assert list(_refused(remove_block, block)) == ["block"]
    take_back(block)
    remove_block(block)
    assert _blocks() == [("+4314010", "+4314099", None)]
    assert NumberBlock.objects.get(first="+4314010").split_from is None
    assert list(_refused(remove_block, block)) == ["block"]


@pytest.mark.parametrize("known_of", ["nothing", "empty tables"])
def test_ten_thousand_numbers_are_taken_in_less_than_two_seconds(mine: Reseller, known_of: str) -> None:
    """Beside a hundred others from elsewhere; PERFORMANCE.md has the figure of a quiet machine.

    known_of: what PostgreSQL was told of the tables' size before.
    """
    if known_of == "empty tables":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE numbering_phonenumber, numbering_numberblock, numbering_numberassignment")
    PhoneNumberFactory.create_batch(100)
    block = NumberBlockFactory(first="+43660000000", last="+43660999999", reseller=mine)
    began = time.monotonic()
    taken = allocate_numbers(block, count=TEN_THOUSAND)
    assert time.monotonic() - began < 2
    assert (len(taken), taken[0], taken[-1]) == (TEN_THOUSAND, "+43660000000", "+43660009999")


def test_no_more_is_looked_at_than_is_taken(mine: Reseller) -> None:
    block = NumberBlockFactory(first="+4366000000000", last="+4366099999999", reseller=mine)
    began = time.monotonic()
    assert allocate_numbers(block, count=2) == ["+4366000000000", "+4366000000001"]
    assert time.monotonic() - began < 1


@pytest.fixture
def together() -> Callable[..., list[Any]]:
    """Runs actions at the same time, each on a connection of its own; gives what each returned or was refused."""

    def run(*actions: Callable[[], Any]) -> list[Any]:
        outcomes: list[Any] = [None] * len(actions)
        start = threading.Barrier(len(actions))

        def one(place: int) -> None:
            try:
                start.wait(timeout=10)
                outcomes[place] = actions[place]()
            except ValidationError as refused:
                outcomes[place] = refused
            finally:
                connection.close()

        threads = [threading.Thread(target=one, args=(place,)) for place in range(len(actions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        return outcomes

    return run


@pytest.mark.django_db(transaction=True)
def test_of_several_who_give_a_block_one_wins(block: NumberBlock, together: Callable[..., list[Any]]) -> None:
    resellers = ResellerFactory.create_batch(4)
    outcomes = together(*(lambda r=reseller: give_block(block, r) for reseller in resellers))
    assert sum(isinstance(outcome, NumberBlock) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ValidationError) for outcome in outcomes) == 3


@pytest.mark.django_db(transaction=True)
def test_several_who_take_numbers_get_different_ones(
    block: NumberBlock, mine: Reseller, together: Callable[..., list[Any]]
) -> None:
    give_block(block, mine)
    outcomes = together(*(lambda: allocate_numbers(block, count=30) for _ in range(4)))
    taken = [e164 for outcome in outcomes if isinstance(outcome, list) for e164 in outcome]
    assert (len(taken), len(set(taken))) == (90, 90)
    assert sum(isinstance(outcome, ValidationError) for outcome in outcomes) == 1


@pytest.mark.django_db(transaction=True)
def test_a_number_made_by_hand_and_a_block_made_around_it_do_not_miss_each_other(
    together: Callable[..., list[Any]],
) -> None:
    mine = ResellerFactory()

    def by_hand() -> Any:
        return PhoneNumberFactory(e164="+4317005", reseller=mine)

    def around() -> Any:
        return NumberBlockFactory(first="+4317000", last="+4317099", reseller=mine)

    together(by_hand, around)
    assert PhoneNumber.objects.get().block == NumberBlock.objects.get()
