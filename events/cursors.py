"""Places in the feed, and the cursors that clients are given for them.

A place is behind an event, or behind all events of transactions before one. Both would tell how much is written here,
so a cursor is sealed: it says nothing, and cannot be made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from accounts.sealing import SecretError, seal, unseal

NIL = UUID(int=0)


class UnknownCursor(ValueError):
    """The text is no cursor that was made here."""


@dataclass(frozen=True, slots=True)
class Place:
    """Behind the event `id` of the transaction `xid`; NIL: before all of that transaction's. at: when it was so far."""

    xid: int
    id: UUID
    at: datetime

    def as_cursor(self) -> str:
        """The text that a client sends back."""
        return seal(f"{self.xid} {self.id.hex} {self.at.timestamp():.6f}")

    @classmethod
    def of_cursor(cls, text: str) -> Place:
        """The place that a cursor stands for. Raises UnknownCursor."""
        try:
            xid, key, at = unseal(text).split(" ")
            return cls(int(xid), UUID(key), datetime.fromtimestamp(float(at), UTC))
        except (SecretError, ValueError) as error:
            raise UnknownCursor(text) from error
