"""Whom the database tells of changes to numbers, and what it keeps up to date about them by itself."""

from __future__ import annotations

import pgtrigger

from accounts.notify import notify_all, notify_keys

NUMBER_FORMAT = notify_all("gateway")

DIAL_SETTINGS = notify_all("domain")

PHONE_NUMBER = notify_keys("number", "SELECT e164 FROM {changed}")


def _keep_holding(operation: pgtrigger.Operation, rows: str, **tables: str) -> pgtrigger.Trigger:
    """PhoneNumber.holding follows what a statement did to the assignments (SQL function of migration 0006)."""
    return pgtrigger.Trigger(
        name=f"keep_holding_{str(operation).lower()}",
        when=pgtrigger.After,
        operation=operation,
        level=pgtrigger.Statement,
        referencing=pgtrigger.Referencing(**tables) if tables else None,  # type: ignore[no-untyped-call]
        func=f"PERFORM numbering_keep_holding(ARRAY({rows})); RETURN NULL;",
    )


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
        "SELECT n.e164 FROM {changed} JOIN numbering_phonenumber n ON n.id = changed.number_id",
    ),
    # The main number is a fact of the subscriber, too.
    *notify_keys(
        "subscriber",
        "SELECT s.domain_id || '/' || s.username FROM {changed} "
        "JOIN subscribers_subscriber s ON s.id = changed.subscriber_id WHERE changed.is_main",
    ),
]
