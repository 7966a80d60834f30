"""Whom the database tells of changes to numbers, and what it keeps up to date about them by itself."""

from __future__ import annotations

import pgtrigger

from accounts.notify import notify_all, notify_keys

# Formats of domains and gateways are read with these; one that is a subscriber's own is among its facts.
NUMBER_FORMAT = [
    *notify_all("gateway"),
    *notify_keys(
        "subscriber",
        "SELECT s.domain_id || '/' || s.username FROM {changed} "
        "JOIN numbering_dialsettings d ON d.number_format_id = changed.id "
        "JOIN subscribers_subscriber s ON s.id = d.subscriber_id",
    ),
]

# Of a domain they are read with all domains; of a subscriber they are one of its facts.
DIAL_SETTINGS = [
    *notify_all("domain", where="changed.domain_id IS NOT NULL"),
    *notify_keys(
        "subscriber",
        "SELECT s.domain_id || '/' || s.username FROM {changed} "
        "JOIN subscribers_subscriber s ON s.id = changed.subscriber_id",
    ),
]


def _statement(name: str, operation: pgtrigger.Operation, func: str, **tables: str) -> pgtrigger.Trigger:
    """A trigger that fires once after a statement. tables: the transition tables that `func` reads."""
    return pgtrigger.Trigger(
        name=f"{name}_{str(operation).lower()}",
        when=pgtrigger.After,
        operation=operation,
        level=pgtrigger.Statement,
        referencing=pgtrigger.Referencing(**tables) if tables else None,  # type: ignore[no-untyped-call]
        func=f"{func} RETURN NULL;",
    )


# --- blocks -------------------------------------------------------------------------------------------------

# Numbers follow the blocks around them (SQL function of migration 0013).
_FOLLOW = "PERFORM numbering_settle(ARRAY(SELECT id FROM {rows}));"
NUMBER_BLOCK = [
    pgtrigger.Trigger(
        name="one_at_a_time",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        level=pgtrigger.Statement,
        func="PERFORM numbering_lock_blocks(true); RETURN NULL;",
    ),
    _statement("settle", pgtrigger.Insert, _FOLLOW.format(rows="new_rows"), new="new_rows"),
    _statement(
        "settle",
        pgtrigger.Update,
        _FOLLOW.format(rows="(SELECT id, numbers FROM new_rows EXCEPT SELECT id, numbers FROM old_rows) AS moved"),
        old="old_rows",
        new="new_rows",
    ),
    # What all numbers of a block begin with stands for them; whose the block is, the edge does not ask.
    *notify_keys(
        "number",
        "SELECT numbering_common_prefix(first, last) || '*' FROM {changed} "
        "GROUP BY id, first, last, extension_digits HAVING count(*) = 1",
    ),
]

# --- numbers ------------------------------------------------------------------------------------------------

# With a star: all numbers that begin so, since what is dialled behind the number leads to it too.
_KEY = "e164 || CASE WHEN extension_digits > 0 THEN '*' ELSE '' END"
# All rows of a statement together: one by one 10,000 numbers would take seconds (SQL function of migration 0013).
_PLACE = "PERFORM numbering_place(ARRAY(SELECT id FROM {rows}));"
_WHERE = "id, e164, reseller_id, block_id, extension_digits"
_MOVED = f"(SELECT {_WHERE} FROM new_rows EXCEPT SELECT {_WHERE} FROM old_rows) AS moved"  # noqa: S608 - constants
# What a statement does to how many numbers of a block are in a state (models_counts.py).
_COUNT = """
    INSERT INTO numbering_blockcount (block_id, holding, amount)
    SELECT block_id, holding, sum(amount) FROM ({rows}) AS changed
    WHERE block_id IS NOT NULL GROUP BY block_id, holding HAVING sum(amount) <> 0;
"""
_GAINED = "SELECT block_id, holding, 1 AS amount FROM new_rows"
_LOST = "SELECT block_id, holding, -1 AS amount FROM old_rows"
COUNT = [
    _statement("count", pgtrigger.Insert, _COUNT.format(rows=_GAINED), new="new_rows"),
    _statement(
        "count", pgtrigger.Update, _COUNT.format(rows=f"{_GAINED} UNION ALL {_LOST}"), old="old_rows", new="new_rows"
    ),
    _statement("count", pgtrigger.Delete, _COUNT.format(rows=_LOST), old="old_rows"),
    _statement("count", pgtrigger.Truncate, "DELETE FROM numbering_blockcount;"),
]
PHONE_NUMBER = [
    *COUNT,
    _statement("place", pgtrigger.Insert, _PLACE.format(rows="new_rows"), new="new_rows"),
    _statement(
        "place",
        pgtrigger.Update,
        _PLACE.format(rows=_MOVED),
        old="old_rows",
        new="new_rows",
    ),
    # Of an update's two states of a row one is left out if the edge cannot tell them apart: then both are.
    *notify_keys(
        "number",
        f"SELECT {_KEY} FROM {{changed}} GROUP BY id, e164, extension_digits, ported_out_at HAVING count(*) = 1",  # noqa: S608 - constants of this file
    ),
]


# --- who has them -------------------------------------------------------------------------------------------


def _keep_holding(operation: pgtrigger.Operation, rows: str, **tables: str) -> pgtrigger.Trigger:
    """PhoneNumber.holding follows what a statement did to the assignments (SQL function of migration 0008)."""
    return _statement("keep_holding", operation, f"PERFORM numbering_keep_holding(ARRAY({rows}));", **tables)


_BOTH = "SELECT number_id FROM old_rows UNION SELECT number_id FROM new_rows"
KEEP_HOLDING = [
    _keep_holding(pgtrigger.Insert, "SELECT number_id FROM new_rows", new="new_rows"),
    _keep_holding(pgtrigger.Update, _BOTH, old="old_rows", new="new_rows"),
    _keep_holding(pgtrigger.Delete, "SELECT number_id FROM old_rows", old="old_rows"),
    _keep_holding(pgtrigger.Truncate, "SELECT id FROM numbering_phonenumber WHERE holding <> 'free'"),
]

NUMBER_ASSIGNMENT = [
    *KEEP_HOLDING,
    *notify_keys(
        "number",
        f"SELECT {_KEY} FROM {{changed}} JOIN numbering_phonenumber n ON n.id = changed.number_id",  # noqa: S608 - constants of this file
    ),
    # The main number is a fact of the subscriber, too.
    *notify_keys(
        "subscriber",
        "SELECT s.domain_id || '/' || s.username FROM {changed} "
        "JOIN subscribers_subscriber s ON s.id = changed.subscriber_id WHERE changed.is_main",
    ),
]
