"""Calls one by one, and how many of them each party has.

A forwarded call has legs: calls of their own, which the record of each says (`parent_id`). Together with them it is one
call for each subscriber, customer and reseller that is in it, however often it was forwarded; of gateways each leg
takes its own channel. What ends a call ends its legs.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sipedge.load.parties import GATEWAY, Party, PartyIds, add_to, parties_of


class _Family:
    """A call and its legs, in the order in which they began."""

    __slots__ = ("members", "parties")

    def __init__(self, root: UUID, parties: list[Party]) -> None:
        self.members: dict[UUID, UUID | None] = {root: None}  # each with the call that it is a leg of
        self.parties = parties

    def with_descendants(self, call_id: UUID) -> list[UUID]:
        """A member and what ends with it."""
        gone = [call_id]
        for member, parent in self.members.items():
            if parent in gone:
                gone.append(member)
        return gone


class CallBook:
    """counts: the calls of each party; nobody is in it with 0."""

    __slots__ = ("_calls", "_families", "changed", "counts")

    def __init__(self) -> None:
        self._calls: dict[UUID, PartyIds] = {}
        self._families: dict[UUID, _Family] = {}  # for each member: most calls have no legs, and are not in it
        self.counts: dict[Party, int] = {}
        self.changed: dict[Party, None] | None = None
        """Whose counts changed since it was emptied; None: nobody wants to know."""

    def __len__(self) -> int:
        """Calls, legs included."""
        return len(self._calls)

    def __contains__(self, call_id: UUID) -> bool:
        return call_id in self._calls

    def ids(self) -> list[UUID]:
        """All calls."""
        return list(self._calls)

    def parties(self, call_id: UUID) -> PartyIds | None:
        """For whom a call counts, None where it is not known."""
        return self._calls.get(call_id)

    def counted_for(self, call_id: UUID) -> list[Party]:
        """Everybody for whom a call counts, together with what it is a leg of and with its legs."""
        family = self._families.get(call_id)
        if family is not None:
            return family.parties
        ids = self._calls.get(call_id)
        return parties_of(ids) if ids is not None else []

    def put(self, call_id: UUID, ids: PartyIds, parent_id: UUID | None = None) -> None:
        """A call begins, or counts for others from now on. A leg of a call that is not known stands for itself."""
        known = self._calls.get(call_id)
        family = self._families.get(call_id) if self._families else None
        if family is None and known is None and parent_id in self._calls:
            family = self._join(call_id, parent_id)
        self._calls[call_id] = ids
        if family is not None:
            self._count_anew(family)
            return
        if known is not None:
            self._add(parties_of(known), -1)
        self._add(parties_of(ids), 1)

    def end(self, call_id: UUID) -> bool:
        """A call ends, and its legs with it. Gives whether it was known."""
        ids = self._calls.pop(call_id, None)
        if ids is None:
            return False
        family = self._families.get(call_id) if self._families else None
        if family is None:
            self._add(parties_of(ids), -1)
            return True
        for member in family.with_descendants(call_id):
            del family.members[member], self._families[member]
            self._calls.pop(member, None)
        self._count_anew(family)
        return True

    def _join(self, call_id: UUID, parent_id: UUID) -> _Family:
        family = self._families.get(parent_id)
        if family is None:
            family = self._families[parent_id] = _Family(parent_id, parties_of(self._calls[parent_id]))
        family.members[call_id] = parent_id
        self._families[call_id] = family
        return family

    def _count_anew(self, family: _Family) -> None:
        self._add(family.parties, -1)
        family.parties = _together(self._calls[member] for member in family.members)
        self._add(family.parties, 1)

    def _add(self, parties: list[Party], number: int) -> None:
        add_to(self.counts, parties, number)
        if self.changed is not None:
            self.changed.update(dict.fromkeys(parties))


def _together(calls: Iterable[PartyIds]) -> list[Party]:
    everybody = [party for ids in calls for party in parties_of(ids)]
    channels = [party for party in everybody if party[0] == GATEWAY]
    return [*dict.fromkeys(party for party in everybody if party[0] != GATEWAY), *channels]
