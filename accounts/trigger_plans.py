"""What a trigger does for one row or for ten thousand, with a plan fit for each.

A session plans a statement of a trigger once, for as many rows as came first. After a change of one row PostgreSQL
would compare each of ten thousand old rows with each of ten thousand new ones: half a minute, where one plan that knows
of the many takes half a second. Planning costs some tenths of a millisecond, so that few rows keep the plan they have.
"""

from __future__ import annotations

from typing import Final

MANY: Final = 100
"""Rows of a statement from which on planning anew costs less than a plan that was made for one."""


def by_size(rows: str, few: str, many: str) -> str:
    """Return the PL/pgSQL that does `few` for few rows, and has `many` planned for those that are there.

    rows: the transition table that is looked at. few: PL/pgSQL statements. many: one SQL statement; what it selects is
    thrown away.
    """
    return f"IF EXISTS (SELECT FROM {rows} OFFSET {MANY - 1}) THEN EXECUTE $many${many}$many$; ELSE {few} END IF;"
