"""Giving many numbers at once, a statement for all of them: for imports. The rules are those of actions.assign_number;
within a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from numbering.choices import Holding

# In this order everywhere, so that two at the same time wait and do not lock each other out.
_LOCK: Final = """
    SELECT FROM numbering_phonenumber WHERE e164 = ANY(%s::text[]) AND reseller_id = %s ORDER BY id FOR UPDATE
"""
# As the triggers see it (numbering_place, numbering_refuse_away).
_STANDING: Final = """
    SELECT wanted.e164, n.id, n.reseller_id, n.holding, coalesce(n.quarantined_until > statement_timestamp(), false),
           held.subscriber_id, coalesce(held.is_main, false), had.customer_id,
           around.id, around.reseller_id, base.id IS NOT NULL
    FROM unnest(%s::text[]) AS wanted (e164)
    LEFT JOIN numbering_phonenumber n ON n.e164 = wanted.e164
    LEFT JOIN LATERAL (
        SELECT a.subscriber_id, a.is_main
        FROM numbering_numberassignment a
        WHERE a.number_id = n.id AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
        ORDER BY a.valid_from LIMIT 1
    ) held ON true
    LEFT JOIN LATERAL (
        SELECT s.customer_id
        FROM numbering_numberassignment a JOIN subscribers_subscriber s ON s.id = a.subscriber_id
        WHERE n.holding = 'quarantined' AND a.number_id = n.id AND a.valid_until <= statement_timestamp()
        ORDER BY a.valid_until DESC, a.id DESC LIMIT 1
    ) had ON true
    LEFT JOIN LATERAL (
        SELECT b.id, b.reseller_id
        FROM (
            SELECT b.id, b.reseller_id, b.numbers
            FROM numbering_numberblock b
            WHERE n.id IS NULL AND b.digits = length(wanted.e164) - 1
                  AND lower(b.numbers) <= substring(wanted.e164, 2)::bigint
            ORDER BY b.digits DESC, lower(b.numbers) DESC LIMIT 1
        ) b
        WHERE b.numbers @> substring(wanted.e164, 2)::bigint
    ) around ON true
    LEFT JOIN LATERAL (
        SELECT o.id
        FROM numbering_phonenumber o
        WHERE n.id IS NULL AND o.extension_digits > 0
              AND o.e164 = ANY(ARRAY(SELECT left(wanted.e164, z) FROM generate_series(3, length(wanted.e164) - 1) AS z))
              AND o.extension_digits >= length(wanted.e164) - length(o.e164) AND o.reseller_id <> %s
        LIMIT 1
    ) base ON true
"""
# With the block and the state that the triggers would give them: so these have nothing to write, row by row.
_MAKE: Final = """
    INSERT INTO numbering_phonenumber (uid, reseller_id, block_id, e164, extension_digits, note, holding, created_at)
    SELECT gen_random_uuid(), %s, block_id, e164, 0, '', 'held', statement_timestamp()
    FROM unnest(%s::text[], %s::bigint[]) AS wanted (e164, block_id)
    RETURNING e164, id
"""
_MAINS: Final = """
    SELECT subscriber_id FROM numbering_numberassignment
    WHERE subscriber_id = ANY(%s::bigint[]) AND is_main
          AND (valid_until IS NULL OR valid_until > statement_timestamp())
"""
_NO_MAIN: Final = """
    UPDATE numbering_numberassignment SET is_main = false
    WHERE subscriber_id = ANY(%s::bigint[]) AND is_main
          AND (valid_until IS NULL OR valid_until > statement_timestamp())
"""
_ASSIGN: Final = """
    INSERT INTO numbering_numberassignment (uid, reseller_id, number_id, subscriber_id, is_main)
    SELECT gen_random_uuid(), %s, number_id, subscriber_id, is_main
    FROM unnest(%s::bigint[], %s::bigint[], %s::boolean[]) AS given (number_id, subscriber_id, is_main)
"""
_NEW_MAIN: Final = """
    UPDATE numbering_numberassignment a SET is_main = true
    FROM unnest(%s::bigint[], %s::bigint[]) AS main (number_id, subscriber_id)
    WHERE a.number_id = main.number_id AND a.subscriber_id = main.subscriber_id
          AND a.valid_from <= statement_timestamp()
          AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())
"""


class Standing(NamedTuple):
    """What a number is now. number_id None: it is not in the inventory, and `block_id`, `block_reseller_id` and
    `is_behind_another` (somebody else's extensions) say whether it may come into it. had_customer_id: of a resting one,
    who had it last."""

    e164: str
    number_id: int | None
    reseller_id: int | None
    holding: str | None
    rests: bool
    holder_id: int | None
    is_main: bool
    had_customer_id: int | None
    block_id: int | None
    block_reseller_id: int | None
    is_behind_another: bool


class Gift(NamedTuple):
    """A number that a subscriber shall have from now on, or has, and is_main says what is to become of that."""

    standing: Standing
    subscriber_id: int
    is_main: bool


class Refusal(NamedTuple):
    """Why a number cannot be given: for programs, and in words."""

    code: str
    text: Promise


NOT_YOURS: Final = Refusal("does_not_exist", _("There is no such number, or it is not yours."))
TAKEN: Final = Refusal("taken", _("Somebody has this number, or will have it. Release it before."))
PORTED_OUT: Final = Refusal("ported_out", _("This number was ported out: it is another provider's."))
RESTING: Final = Refusal("in_quarantine", _("The number is in quarantine."))


def standing_of(numbers: Iterable[str], reseller_id: int) -> dict[str, Standing]:
    """What each of these numbers (E.164 with the plus) is; those of the reseller are locked."""
    wanted = list(numbers)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [wanted, reseller_id])
        cursor.execute(_STANDING, [wanted, reseller_id])
        return {row[0]: Standing._make(row) for row in cursor.fetchall()}


def refusal(
    number: Standing, *, reseller_id: int, subscriber_id: int | None, customer_id: int | None, may_make: bool
) -> Refusal | None:
    """Why a subscriber cannot have a number; None if it can, or has it. subscriber_id None: of one that is made now.

    may_make: whether a number may be taken into the inventory that lies in no block.
    """
    if number.number_id is None:
        is_own = number.block_reseller_id == reseller_id if number.block_id else may_make
        return None if is_own and not number.is_behind_another else NOT_YOURS
    if number.reseller_id != reseller_id:
        return NOT_YOURS
    if number.holder_id is not None:
        return None if number.holder_id == subscriber_id else TAKEN
    if number.holding == Holding.PORTED_OUT:
        return PORTED_OUT
    return RESTING if number.rests and number.had_customer_id != customer_id else None


def with_main(subscriber_ids: Iterable[int]) -> set[int]:
    """Those of these subscribers who have a main number."""
    with connection.cursor() as cursor:
        cursor.execute(_MAINS, [list(subscriber_ids)])
        return {key for (key,) in cursor.fetchall()}


def give(reseller_id: int, gifts: Sequence[Gift]) -> None:
    """Do all of it; numbers that are not in the inventory are made. Raises IntegrityError for what does not hold any
    more."""
    if not gifts:
        return
    missing = [(gift.standing.e164, gift.standing.block_id) for gift in gifts if gift.standing.number_id is None]
    with connection.cursor() as cursor:
        cursor.execute(_MAKE, [reseller_id, *_columns(missing, 2)])
        made = dict(cursor.fetchall())
        keys = [made.get(gift.standing.e164, gift.standing.number_id) for gift in gifts]
        pairs = list(zip(keys, gifts, strict=True))
        cursor.execute(_NO_MAIN, [[gift.subscriber_id for gift in gifts if gift.is_main]])
        new = [(key, gift.subscriber_id, gift.is_main) for key, gift in pairs if gift.standing.holder_id is None]
        cursor.execute(_ASSIGN, [reseller_id, *_columns(new, 3)])
        kept = [(key, gift.subscriber_id) for key, gift in pairs if gift.standing.holder_id and gift.is_main]
        cursor.execute(_NEW_MAIN, _columns(kept, 2))


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]
