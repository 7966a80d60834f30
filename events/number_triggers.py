"""What is told of numbers: that they come and go, are ported, and who gets them."""

from __future__ import annotations

import pgtrigger

from events.triggers import CHANGED, tell, utc

# --- the stock ----------------------------------------------------------------------------------------------


def _number(kind: str, row: str, rows: str, data: str, where: str = "") -> str:
    return (
        f"SELECT {kind}, r.uid, NULL::uuid, NULL::uuid, 'number', {row}.uid, {row}.e164, {data} FROM {rows} "  # noqa: S608
        f"LEFT JOIN accounts_reseller AS r ON r.id = {row}.reseller_id {where}"
    )


_CAME = "jsonb_build_object('ported_from', n.ported_from)"
_PORTED_OUT = "o.ported_out_at IS NULL AND n.ported_out_at IS NOT NULL"
_PORTED_IN = "n.ported_in_at IS NOT NULL AND o.ported_in_at IS DISTINCT FROM n.ported_in_at"
NUMBER = [
    tell(
        pgtrigger.Insert,
        _number(
            "CASE WHEN n.ported_in_at IS NULL THEN 'number.added' ELSE 'number.ported_in' END",
            "n",
            "new_rows AS n",
            f"CASE WHEN n.ported_in_at IS NULL THEN '{{}}'::jsonb ELSE {_CAME} END",
        ),
    ),
    tell(
        pgtrigger.Update,
        _number(
            f"CASE WHEN {_PORTED_OUT} THEN 'number.ported_out' ELSE 'number.ported_in' END",
            "n",
            CHANGED,
            f"CASE WHEN {_PORTED_OUT} THEN jsonb_build_object('ported_to', n.ported_to) ELSE {_CAME} END",
            f"WHERE {_PORTED_OUT} OR {_PORTED_IN}",
        ),
    ),
    tell(pgtrigger.Delete, _number("'number.removed'", "o", "old_rows AS o", "'{}'::jsonb")),
]

# --- who has them -------------------------------------------------------------------------------------------


def _assignment(kind: str, row: str, rows: str, where: str = "") -> str:
    data = (
        f"jsonb_build_object('aor', s.username || '@' || d.name, 'is_main', {row}.is_main, "
        f"'valid_from', {utc(row + '.valid_from')}, 'valid_until', {utc(row + '.valid_until')})"
    )
    return (
        f"SELECT {kind}, r.uid, c.uid, s.uid, 'number', p.uid, coalesce(p.e164, ''), {data} FROM {rows} "  # noqa: S608
        f"LEFT JOIN numbering_phonenumber AS p ON p.id = {row}.number_id "
        f"LEFT JOIN subscribers_subscriber AS s ON s.id = {row}.subscriber_id "
        "LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id "
        "LEFT JOIN accounts_customer AS c ON c.id = s.customer_id "
        f"LEFT JOIN accounts_reseller AS r ON r.id = {row}.reseller_id {where}"
    )


_ENDED = "n.valid_until IS NOT NULL AND o.valid_until IS DISTINCT FROM n.valid_until"
_OTHERWISE = "(o.valid_from, o.is_main, o.valid_until) IS DISTINCT FROM (n.valid_from, n.is_main, n.valid_until)"
NUMBER_ASSIGNMENT = [
    tell(pgtrigger.Insert, _assignment("'number.assigned'", "n", "new_rows AS n")),
    tell(
        pgtrigger.Update,
        _assignment(
            f"CASE WHEN {_ENDED} THEN 'number.released' ELSE 'number.changed' END", "n", CHANGED, f"WHERE {_OTHERWISE}"
        ),
    ),
    tell(
        pgtrigger.Delete,
        # What ended before was told when it did.
        _assignment("'number.released'", "o", "old_rows AS o", "WHERE o.valid_until IS NULL OR o.valid_until > now()"),
    ),
]
