"""How many calls ring or stand now, for each subscriber, customer, reseller and gateway, at all edges together.

Counted are records (ADR 17): whatever a call goes through, its record is written, and what ends it ends the record. So
no handler counts anything, and nothing can be counted up that is not counted down again.

Of another edge's calls only the counts are known, as it told them last (shared/load.py). Of an edge that does not tell
any more the calls are known one by one, from their rows (shared/recount.py): media flows from phone to phone, so its
calls stand on, and each of them counts until it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice
from typing import Final
from uuid import UUID

from sipedge.facts import CallRecord, OpenCall
from sipedge.load.book import CallBook
from sipedge.load.parties import EVERYBODY, GATEWAY, Party, ids_of

MAX_CALLS: Final = 200_000
"""Calls of this edge that are counted, some 200 bytes each: as many as are watched (handlers/standing.py)."""
MAX_ENDED: Final = 10_000
"""Calls of other edges that ended here, and that these are still to be told of."""


class CallCounts:
    """All calls, as far as this edge knows."""

    def __init__(self) -> None:
        self._own = CallBook()
        self._books: dict[str, CallBook] = {}  # of edges that do not tell
        self._elsewhere: dict[str, Mapping[Party, int]] = {}  # of all other edges
        self._told: dict[str, dict[Party, int]] = {}  # of those that tell
        self._ended: dict[UUID, None] = {}
        self.is_in_doubt = False
        """Whether calls may have ended without a word to us."""
        self.uncounted = 0
        """Calls that there was no room for."""

    def __len__(self) -> int:
        """Calls of this edge."""
        return len(self._own)

    def count(self, kind: str, party_id: int) -> int:
        """Calls that ring or stand. kind: subscriber, customer, reseller or gateway; "all" with 0: everybody's."""
        party = kind, party_id
        number = self._own.counts.get(party, 0)
        for counts in self._elsewhere.values():
            number += counts.get(party, 0)
        return number

    def beside(self, call_id: UUID) -> Callable[[str, int], int]:
        """What `count` gives, for who decides about a call that goes on: forwarded, it is no further call of whom it
        counts for already. Of gateways it needs one more channel."""
        already = frozenset(party for party in self._own.counted_for(call_id) if party[0] != GATEWAY)
        return lambda kind, party_id: self.count(kind, party_id) - ((kind, party_id) in already)

    def figures(self) -> dict[str, int]:
        """For metrics."""
        return {
            "calls_open": self._own.counts.get(EVERYBODY, 0),
            "calls_open_at_all_edges": self.count(*EVERYBODY),
            "calls_open_of_lost_edges": sum(len(book) for book in self._books.values()),
            "calls_uncounted": self.uncounted,
        }

    # What the store tells.

    def saved(self, record: CallRecord) -> None:
        """A call came to a new state.

        Its first record says that it is being tried. Of a call that is not known here any other state says nothing
        new: it has ended.
        """
        call_id = record.id
        if record.ended_at is not None:
            self._own.end(call_id)
            return
        ids, known = ids_of(record), self._own.parties(call_id)
        if known == ids:
            return
        if known is None:
            if record.state != "trying":
                return
            if len(self._own) >= MAX_CALLS:
                self.uncounted += 1
                return
        self._own.put(call_id, ids, record.parent_id)

    def ended(self, call_id: UUID) -> None:
        """A call ended, of which nothing but its id is known: perhaps one of another edge's, who has to be told."""
        if self._own.end(call_id):
            return
        self._end_elsewhere(call_id)
        if self._own.changed is not None and len(self._ended) < MAX_ENDED:
            self._ended[call_id] = None

    def ended_by_others(self, call_ids: Iterable[UUID] | None) -> None:
        """Calls ended by somebody else's hand; None: any of them may have."""
        if call_ids is None:
            self.is_in_doubt = True
            return
        for call_id in call_ids:
            if not self._own.end(call_id):
                self._end_elsewhere(call_id)

    def resume(self, calls: Iterable[OpenCall]) -> None:
        """Calls of this edge that stand since before it was started."""
        for call in calls:
            if len(self._own) < MAX_CALLS:
                self._own.put(call.id, call.parties, call.parent_id)
            else:
                self.uncounted += 1

    def own_ids(self) -> list[UUID]:
        """The calls of this edge."""
        return self._own.ids()

    def own(self) -> dict[Party, int]:
        """The counts of this edge's calls."""
        return dict(self._own.counts)

    # What other edges are told.

    def take_all(self) -> dict[Party, int]:
        """The counts of this edge's calls, all of them; what changes from now on is noted."""
        self._own.changed = {}
        return self.own()

    def take_changes(self, most: int) -> dict[Party, int]:
        """Counts that changed since they were taken last, at most so many."""
        changed = self._own.changed
        if not changed:
            return {}
        taken = list(islice(changed, most))
        for party in taken:
            del changed[party]
        return {party: self._own.counts.get(party, 0) for party in taken}

    def take_ended(self, most: int) -> list[UUID]:
        """Calls of others that ended here, at most so many."""
        taken = list(islice(self._ended, most))
        for call_id in taken:
            del self._ended[call_id]
        return taken

    def put_back(self, ended: Iterable[UUID]) -> None:
        """These could not be told yet."""
        self._ended.update(dict.fromkeys(ended))

    # What other edges tell.

    def told_all(self, edge: str, counts: dict[Party, int]) -> None:
        """The counts of another edge's calls, all of them."""
        self._books.pop(edge, None)
        self._told[edge] = self._elsewhere[edge] = counts

    def told(self, edge: str, changes: Mapping[Party, int]) -> None:
        """Counts of another edge that changed; 0 where it has no call of a party any more."""
        counts = self._told.get(edge)
        if counts is None:
            return
        for party, number in changes.items():
            if number:
                counts[party] = number
            else:
                counts.pop(party, None)

    def adopt(self, books: Mapping[str, CallBook], telling: Collection[str]) -> list[str]:
        """All calls of the edges that do not tell: what was known of these is forgotten. telling: those that do.

        Gives the edges of which that is news.
        """
        before, self._books = self._books, {edge: book for edge, book in books.items() if edge not in telling}
        self._told = {edge: counts for edge, counts in self._told.items() if edge in telling}
        self._elsewhere = {**self._told, **{edge: book.counts for edge, book in self._books.items()}}
        return sorted(self._books.keys() - before.keys())

    def _end_elsewhere(self, call_id: UUID) -> None:
        for book in self._books.values():
            if book.end(call_id):
                return
