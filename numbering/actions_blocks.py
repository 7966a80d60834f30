"""What is done with blocks of numbers: given to resellers, split, taken back; numbers are taken from them.

Each function is atomic and says which field is wrong; of several at the same time one wins, and the others learn it.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Reseller
from numbering.actions import wrong
from numbering.choices import Holding
from numbering.e164 import is_e164
from numbering.models import NumberBlock, PhoneNumber

MAX_TAKEN = 100_000
"""Numbers taken at once: some seconds, for which the block is locked."""

# Of a block of a billion numbers no more are looked at than are taken, and as many as were taken before. In their
# order: PostgreSQL makes a join of NOT EXISTS, which has none.
_TAKE = """
    INSERT INTO numbering_phonenumber (uid, reseller_id, block_id, e164, note, extension_digits, created_at)
    SELECT gen_random_uuid(), %(reseller)s, %(block)s, free.e164, '', %(extension_digits)s, statement_timestamp()
    FROM (
        SELECT '+' || number AS e164
        FROM generate_series(
            %(first)s::bigint,
            least(
                %(last)s::bigint,
                %(first)s + %(count)s - 1 + (SELECT count(*) FROM numbering_phonenumber WHERE block_id = %(block)s)
            )
        ) AS number
        WHERE NOT EXISTS (
            SELECT FROM numbering_phonenumber n WHERE n.block_id = %(block)s AND n.e164 = '+' || number
        )
        ORDER BY number
        LIMIT %(count)s
    ) free
    RETURNING e164
"""


@transaction.atomic
def split_block(block: NumberBlock, first: str, last: str) -> NumberBlock:
    """Make a block of its own of the numbers from `first` to `last`; what is before and behind stays in blocks too.

    Numbers that were taken stay where they lie. Returns the block that holds exactly these numbers. Raises
    ValidationError for `first` or `last`.
    """
    return _part(locked_block(block), first, last)


@transaction.atomic
def give_block(
    block: NumberBlock, reseller: Reseller, first: str | None = None, last: str | None = None
) -> NumberBlock:
    """Give a block, or its part from `first` to `last`, to a reseller. Returns what was given.

    Raises ValidationError for `block` that is somebody's, for `first` or `last`.
    """
    locked = locked_block(block)
    if locked.reseller_id is not None:
        text = _("%(whose)s has this block: take it back before.") % {"whose": locked.reseller}
        raise ValidationError(wrong("block", text, "given"))
    part = _part(locked, first or locked.first, last or locked.last)
    part.reseller = reseller
    part.save(update_fields=["reseller"])
    return part


@transaction.atomic
def take_back(block: NumberBlock, first: str | None = None, last: str | None = None) -> NumberBlock:
    """Take a block, or its part from `first` to `last`, back from its reseller. Returns what was taken back.

    Its free numbers go back into the block, with their history. Raises ValidationError for `block` that nobody has or
    of which a number is not free, for `first` or `last`.
    """
    locked = locked_block(block)
    if locked.reseller_id is None:
        raise ValidationError(wrong("block", _("Nobody has this block."), "not_given"))
    part = _part(locked, first or locked.first, last or locked.last)
    numbers = PhoneNumber.objects.select_for_update(of=("self",)).filter(block=part).order_by("pk")
    used = [number.e164 for number in numbers if number.holding != Holding.FREE]
    if used:
        found = {"count": len(used), "number": min(used)}
        text = _("%(count)d of its numbers are assigned, in quarantine or ported out, such as %(number)s.")
        raise ValidationError(wrong("block", text % found, "in_use"))
    PhoneNumber.objects.filter(block=part).delete()
    part.reseller = None
    part.save(update_fields=["reseller"])
    return part


@transaction.atomic
def allocate_numbers(
    block: NumberBlock,
    *,
    count: int | None = None,
    first: str | None = None,
    last: str | None = None,
    extension_digits: int | None = None,
) -> list[str]:
    """Take numbers out of a block into its reseller's inventory: the first `count`, or all from `first` to `last`.

    extension_digits: of each, None for the block's. Returns the numbers, E.164 with the plus. Raises ValidationError
    for `block` that nobody was given, for `count` or `first` where not so many, or not all of these, are left.
    """
    locked = locked_block(block)
    if locked.reseller_id is None:
        text = _("Give the block to a reseller before you take numbers from it.")
        raise ValidationError(wrong("block", text, "not_given"))
    if count is None:
        lowest, highest = _bounds(locked, first or locked.first, last or first or locked.last)
        wanted = highest - lowest + 1
    else:
        lowest, highest, wanted = int(locked.first), int(locked.last), count
    if not 1 <= wanted <= MAX_TAKEN:
        raise ValidationError({"count": _("Take between 1 and %(most)d numbers at once.") % {"most": MAX_TAKEN}})
    taken = take_from(locked, lowest, highest, wanted, extension_digits)
    if len(taken) < wanted:
        field, text = ("count", _("Only %(left)d numbers are left.")) if count else ("first", _("%(gone)d are taken."))
        raise ValidationError(wrong(field, text % {"left": len(taken), "gone": wanted - len(taken)}, "taken"))
    return taken


def take_from(
    block: NumberBlock, lowest: int, highest: int, count: int, extension_digits: int | None = None
) -> list[str]:
    """Take the first `count` of a block's numbers from `lowest` to `highest` that are left; fewer where there are no
    more. The block is locked and a reseller's. Raises ValidationError for `block`.
    """
    digits = block.extension_digits if extension_digits is None else extension_digits
    values = {"block": block.pk, "reseller": block.reseller_id, "first": lowest, "last": highest, "count": count}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_TAKE, values | {"extension_digits": digits})
            return sorted(row[0] for row in cursor.fetchall())  # RETURNING knows no order
    except IntegrityError as error:
        text = _("Some of these numbers are extensions of a number of somebody else.")
        raise ValidationError(wrong("block", text, "taken")) from error


@transaction.atomic
def remove_block(block: NumberBlock) -> None:
    """Give a block up: it went back to the carrier. Raises ValidationError for `block` that a reseller has."""
    locked = locked_block(block)
    if locked.reseller_id is not None or locked.phone_numbers.exists():
        raise ValidationError(wrong("block", _("Take the block back from its reseller before."), "given"))
    locked.parts.update(split_from=None)
    locked.delete()


def locked_block(block: NumberBlock) -> NumberBlock:
    """The block as it is now. Raises ValidationError when it is gone."""
    found: NumberBlock | None = NumberBlock.objects.select_for_update(of=("self",)).filter(pk=block.pk).first()
    if found is None:
        raise ValidationError(wrong("block", _("This block is not there any more."), "gone"))
    return found


def _bounds(block: NumberBlock, first: str, last: str) -> tuple[int, int]:
    """The numbers as integers. Raises ValidationError when they are none of the block's, or in the wrong order."""
    for field, e164 in (("first", first), ("last", last)):
        if not is_e164(e164) or len(e164) != len(block.first) or not block.first <= e164 <= block.last:
            raise ValidationError({field: _("This is no number of the block %(block)s.") % {"block": block}})
    if last < first:
        raise ValidationError({"last": _("The last number comes before the first one.")})
    return int(first), int(last)


def _part(block: NumberBlock, first: str, last: str) -> NumberBlock:
    """The block of exactly these numbers; `block` is locked and shrinks to it, the others are made."""
    lowest, highest = _bounds(block, first, last)
    before = (block.first, f"+{lowest - 1}") if block.first < first else None
    behind = (f"+{highest + 1}", block.last) if last < block.last else None
    block.first, block.last = first, last
    block.save(update_fields=["first", "last"])
    for rest in filter(None, (before, behind)):
        NumberBlock.objects.create(
            first=rest[0],
            last=rest[1],
            reseller_id=block.reseller_id,
            extension_digits=block.extension_digits,
            note=block.note,
            split_from_id=block.split_from_id or block.pk,
        )
    return block
