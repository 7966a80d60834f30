"""Which of our numbers a dialled one is: itself, the one before its extension, or one in a block that nobody took."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from sipedge.facts import NumberFacts

if TYPE_CHECKING:
    import asyncpg

    from sipedge.store.cache import Cache
    from sipedge.store.link import Connection

ANY_BEHIND: Final = "*"
"""At the end of a notification's key: all numbers that begin so may lead elsewhere now."""

_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")

# The number itself; only where it is none of ours the longest base number that takes so many digits behind it; only
# where there is none either, whether it lies in a block, or behind one of its numbers. Every look is one at an index:
# a base number is one of a few prefixes, and the block around a number is the nearest one that begins below it.
NUMBERS: Final = """
    SELECT wanted.dialled, n.e164, n.subscriber_id, n.domain_id, n.username, n.is_ported_out
    FROM unnest($1::text[]) AS wanted (dialled)
    LEFT JOIN edge_number own ON own.e164 = wanted.dialled
    LEFT JOIN LATERAL (
        SELECT o.*
        FROM edge_number o
        WHERE own.e164 IS NULL AND o.extension_digits > 0
              AND o.e164 = ANY(ARRAY(
                  SELECT left(wanted.dialled, size) FROM generate_series(3, length(wanted.dialled) - 1) AS size
              ))
              AND o.extension_digits >= length(wanted.dialled) - length(o.e164)
        ORDER BY length(o.e164) DESC LIMIT 1
    ) base ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(own.e164, base.e164) AS e164, coalesce(own.subscriber_id, base.subscriber_id) AS subscriber_id,
               coalesce(own.domain_id, base.domain_id) AS domain_id, coalesce(own.username, base.username) AS username,
               coalesce(own.is_ported_out, base.is_ported_out) AS is_ported_out
    ) n
    WHERE n.e164 IS NOT NULL
       OR (SELECT b.highest
           FROM edge_number_block b
           WHERE b.digits = length(wanted.dialled) - 1 AND b.lowest <= substring(wanted.dialled, 2)::bigint
           ORDER BY b.digits DESC, b.lowest DESC LIMIT 1) >= substring(wanted.dialled, 2)::bigint
       OR EXISTS (
           SELECT
           FROM generate_series(2, length(wanted.dialled) - 2) AS size
           CROSS JOIN LATERAL (
               SELECT b.highest, b.extension_digits
               FROM edge_number_block b
               WHERE b.extension_digits > 0 AND b.digits = size
                     AND b.lowest <= left(substring(wanted.dialled, 2), size)::bigint
               ORDER BY b.digits DESC, b.lowest DESC LIMIT 1
           ) around
           WHERE around.highest >= left(substring(wanted.dialled, 2), size)::bigint
                 AND around.extension_digits >= length(wanted.dialled) - 1 - size
       )"""


def is_number(text: str) -> bool:
    """Whether a key may be a number at all, and be asked for."""
    return _E164.fullmatch(text) is not None


async def fetch_numbers(connection: Connection, keys: list[str]) -> dict[str, NumberFacts]:
    """The numbers among these that are ours, by what was dialled."""
    return numbers_of(await connection.fetch(NUMBERS, keys))


def numbers_of(rows: Iterable[asyncpg.Record]) -> dict[str, NumberFacts]:
    """The facts of rows of NUMBERS, by what was dialled."""
    found = {}
    for dialled, e164, subscriber, domain, username, is_ported_out in rows:
        if e164 is None:
            found[dialled] = NumberFacts(dialled, None, None, None)
        else:
            found[dialled] = NumberFacts(e164, subscriber, domain, username, dialled[len(e164) :], is_ported_out)
    return found


def discard_numbers(cache: Cache[str, NumberFacts], keys: list[str]) -> None:
    """What a notification's keys say of the numbers in memory is stale."""
    beginnings = []
    for key in keys:
        if key.endswith(ANY_BEHIND):
            beginnings.append(key.removesuffix(ANY_BEHIND))
        else:
            cache.discard(key)
    if beginnings:
        cache.discard_where(_begins_with_one_of(beginnings))


def _begins_with_one_of(beginnings: list[str]) -> Callable[[str], object]:
    """A test for keys; one expression for all: a message may name 256, and 200,000 keys are looked at."""
    return re.compile("|".join(re.escape(beginning) for beginning in set(beginnings))).match
