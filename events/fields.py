"""A column for the ids of PostgreSQL's transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    XidColumn = models.Field[int, int]
else:  # Django's Field takes no parameters when it runs
    XidColumn = models.Field


class XidField(XidColumn):
    """The 64 bits of a transaction's id (xid8), as an int: it never wraps around."""

    description = "transaction id"

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 - Django's signature
        """Return PostgreSQL's type."""
        return "xid8"

    def from_db_value(self, value: str | None, *_: Any) -> int | None:
        """Return the number that the driver gives as text."""
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> str | None:
        """Return it as text: PostgreSQL has no cast from its integers."""
        return None if value is None else str(int(value))


class CurrentXid(models.Func):
    """The id of the transaction that writes."""

    template = "pg_current_xact_id()"
    arity = 0
    output_field = XidField()
