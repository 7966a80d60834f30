"""How many calls ring or stand now, for each subscriber, customer, reseller and gateway, at all edges together.

Counted are records: whatever a call goes through, its record is written, and what ends it ends the record. So
no handler counts anything, and nothing can be counted up that is not counted down again.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sipedge.facts import CallRecord
from sipedge.load.parties import EVERYBODY, Party, PartyIds, add_to, ids_of, parties_of

MAX_CALLS: Final = 200_000
"""Calls of this edge that are counted, some 300 bytes each: as many as are watched (handlers/standing.py)."""


class CallCounts:
    """The calls of this edge, one by one."""

    def __init__(self) -> None:
        self._calls: dict[UUID, PartyIds] = {}
        self._own: dict[Party, int] = {}
        self.uncounted = 0
        """Calls that there was no room for."""

    def __len__(self) -> int:
        """Calls of this edge."""
        return len(self._calls)

    def count(self, kind: str, party_id: int) -> int:
        """Calls that ring or stand. kind: subscriber, customer, reseller or gateway; "all" with 0: everybody's."""
        return self._own.get((kind, party_id), 0)

    def saved(self, record: CallRecord) -> None:
        """A call came to a new state.

        Its first record says that it is being tried. Of a call that is not known here any other state says nothing
        new: it has ended.
        """
        call_id = record.id
        if record.ended_at is not None:
            self.ended(call_id)
            return
        ids, known = ids_of(record), self._calls.get(call_id)
        if known == ids:
            return
        if known is None:
            if record.state != "trying":
                return
            if len(self._calls) >= MAX_CALLS:
                self.uncounted += 1
                return
        else:
            add_to(self._own, parties_of(known), -1)
        self._calls[call_id] = ids
        add_to(self._own, parties_of(ids), 1)

    def ended(self, call_id: UUID) -> None:
        """A call ended, here or by its id alone; a call that is not known is none of ours."""
        ids = self._calls.pop(call_id, None)
        if ids is not None:
            add_to(self._own, parties_of(ids), -1)

    def figures(self) -> dict[str, int]:
        """For metrics."""
        return {
            "calls_open": len(self._calls),
            "calls_open_at_all_edges": self.count(*EVERYBODY),
            "calls_uncounted": self.uncounted,
        }
