"""The next free numbers: of a block, of all blocks of a reseller, or of those that begin so; and their assignment.

Who takes numbers of a reseller waits for whoever takes some at that moment: nobody gets one twice, and of the last ones
it is known whose they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Reseller
from numbering.actions import locked_rows, wrong
from numbering.actions_blocks import MAX_TAKEN, locked_block, take_from
from numbering.choices import Holding
from numbering.models import NumberAssignment, NumberBlock, PhoneNumber
from numbering.querysets import span_of
from subscribers.models import Subscriber

LOOKED_AT: Final = 100
"""Free numbers that are looked at together, at least."""


# What `assign_numbers` does for one subscriber, of numbers that are free and locked: row by row 10,000 take seconds.
_ASSIGN: Final = """
    INSERT INTO numbering_numberassignment (uid, number_id, subscriber_id, reseller_id, valid_from, is_main)
    SELECT gen_random_uuid(), wanted.id, %(subscriber)s, %(reseller)s, statement_timestamp(),
           wanted.id IS NOT DISTINCT FROM %(main)s
    FROM unnest(%(numbers)s::bigint[]) AS wanted(id)
"""


class Allocated(NamedTuple):
    """A number that was taken: its key, its id for the outside, and itself in E.164 with the plus."""

    pk: int
    uid: UUID
    e164: str


@dataclass(frozen=True, slots=True)
class Allocation:
    """Which numbers are wanted: the first `count` of the reseller's, of one block, or beginning with `prefix`.

    subscriber: to whom they are assigned; then those come first that were taken from a block before, and are free.
    extension_digits: of numbers taken from a block, None for the block's.
    """

    reseller: Reseller
    count: int
    block: NumberBlock | None = None
    prefix: str = ""
    subscriber: Subscriber | None = None
    extension_digits: int | None = None


@transaction.atomic
def allocate_next(wanted: Allocation) -> list[Allocated]:
    """Take the next free numbers, all or none. Returns them in their order.

    Raises ValidationError for `count` where not so many are left, for `block`, `prefix` or `subscriber`.
    """
    _refuse(wanted)
    Reseller.objects.select_for_update(no_key=True).get(pk=wanted.reseller.pk)
    found = _free(wanted) if wanted.subscriber is not None else []
    taken = _from_blocks(wanted, wanted.count - len(found))
    numbers = sorted([*found, *_rows(PhoneNumber.objects.filter(e164__in=taken))], key=attrgetter("e164"))
    if len(numbers) < wanted.count:
        text = _("Only %(left)d numbers are left.") % {"left": len(numbers)}
        raise ValidationError(wrong("count", text, "exhausted"))
    if wanted.subscriber is not None:
        _assign(numbers, wanted.subscriber)
    return numbers


def _rows(numbers: Any) -> list[Allocated]:
    return [Allocated(*row) for row in numbers.values_list(*Allocated._fields)]


def _assign(numbers: Sequence[Allocated], subscriber: Subscriber) -> None:
    locked_rows(Subscriber, [subscriber.pk])
    has_main = NumberAssignment.objects.not_ended().filter(subscriber=subscriber, is_main=True).exists()
    values: dict[str, Any] = {"subscriber": subscriber.pk, "reseller": subscriber.reseller_id}
    values |= {"main": None if has_main else numbers[0].pk, "numbers": [number.pk for number in numbers]}
    with connection.cursor() as cursor:
        cursor.execute(_ASSIGN, values)


def _refuse(wanted: Allocation) -> None:
    if not 1 <= wanted.count <= MAX_TAKEN:
        text = _("Take between 1 and %(most)d numbers at once.") % {"most": MAX_TAKEN}
        raise ValidationError(wrong("count", text, "invalid"))
    if wanted.subscriber is not None and wanted.subscriber.reseller_id != wanted.reseller.pk:
        raise ValidationError(wrong("subscriber", _("The number belongs to another reseller."), "invalid"))
    if wanted.block is not None and wanted.block.reseller_id != wanted.reseller.pk:
        text = _("Give the block to a reseller before you take numbers from it.")
        raise ValidationError(wrong("block", text, "not_given"))


def _free(wanted: Allocation) -> list[Allocated]:
    """Numbers that were taken before and that nobody has, locked."""
    free = PhoneNumber.objects.of_reseller(wanted.reseller.pk).filter(holding=Holding.FREE)
    if wanted.block is not None:
        free = free.filter(block=wanted.block)
    if wanted.prefix:
        free = free.filter(e164__startswith=wanted.prefix)
    found: list[Allocated] = []
    last = ""
    while len(found) < wanted.count:
        step = max(LOOKED_AT, wanted.count - len(found))
        seen = _rows(free.filter(e164__gt=last).order_by("e164")[:step])
        keys = [number.pk for number in seen]
        still = PhoneNumber.objects.select_for_update().filter(pk__in=keys, holding=Holding.FREE).order_by("pk")
        locked = set(still.values_list("pk", flat=True))
        found += [number for number in seen if number.pk in locked][: wanted.count - len(found)]
        if len(seen) < step:
            break
        last = seen[-1].e164
    return found


def _from_blocks(wanted: Allocation, missing: int) -> list[str]:
    """Numbers that were in no inventory yet, taken now; fewer where no more are left."""
    taken: list[str] = []
    for block in _blocks(wanted) if missing else ():
        locked = locked_block(block)
        if locked.reseller_id != wanted.reseller.pk:
            continue  # it was given to somebody else meanwhile
        first, last = _part(locked, wanted.prefix)
        if first <= last:
            taken += take_from(locked, first, last, missing - len(taken), wanted.extension_digits)
        if len(taken) == missing:
            break
    return taken


def _blocks(wanted: Allocation) -> Iterator[NumberBlock]:
    """Where to look, in the order of their numbers."""
    if wanted.block is not None:
        yield wanted.block
        return
    blocks = NumberBlock.objects.of_reseller(wanted.reseller.pk).with_room()
    if wanted.prefix:
        blocks = blocks.with_prefix(wanted.prefix)
    yield from blocks.order_by("first")


def _part(block: NumberBlock, prefix: str) -> tuple[int, int]:
    """The first and the last of its numbers that begin so; the wrong way round where none does."""
    if not prefix:
        return int(block.first), int(block.last)
    if len(prefix) > len(block.first):
        return 1, 0
    first, last = span_of(prefix, len(block.first) - 1)
    return max(int(block.first), int(first)), min(int(block.last), int(last))
