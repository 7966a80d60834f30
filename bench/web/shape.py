"""How big the measured world is, and which subscriber is whose: arithmetic alone, the same in every run.

Resellers' subscribers, customers, domains and numbers lie in ranges one after the other. Two resellers have four
fifths of everything; of the many small ones the last three have next to no calls.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Final

VERSION: Final = 5
"""Of what is written: data of another one is made anew."""

BIG: Final = 2
BIG_SHARE: Final = 0.4
"""Of each big reseller."""

SPARSE: Final = 3
"""The last resellers: the first of them has a few calls all over the time, the next a few old ones, the last none."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one reseller has: half-open ranges of row numbers, counted from 1 as ids are."""

    reseller: int
    subscribers: range
    numbers: range
    customers: range
    domains: range

    def customer_of(self, subscriber: int) -> int:
        """The first customer, a company, has a fortieth of the subscribers; the others share the rest evenly."""
        return _place(subscriber - self.subscribers.start, len(self.subscribers), self.customers, 40)

    def domain_of(self, subscriber: int) -> int:
        """The first domain has a quarter of the subscribers; the others share the rest evenly."""
        return _place(subscriber - self.subscribers.start, len(self.subscribers), self.domains, 4)

    def first_of_domain(self, domain: int) -> int:
        """The first subscriber of a domain."""
        return self.subscribers.start + _first(domain, len(self.subscribers), self.domains, 4)

    @property
    def quiet(self) -> range:
        """The subscribers of the last customer, who hardly calls at all."""
        first = self.subscribers.start + _first(self.customers.stop - 1, len(self.subscribers), self.customers, 40)
        return range(first, self.subscribers.stop)

    @property
    def talking(self) -> range:
        """All the others."""
        return range(self.subscribers.start, self.quiet.start)


def _place(offset: int, count: int, places: range, share: int) -> int:
    first = count // share
    if offset < first or len(places) == 1:
        return places.start
    return places.start + 1 + (offset - first) * (len(places) - 1) // (count - first)


def _first(place: int, count: int, places: range, share: int) -> int:
    """The first offset that `_place` puts there."""
    if place == places.start:
        return 0
    first, others = count // share, len(places) - 1
    return first - (-(place - places.start - 1) * (count - first) // others)


@dataclass(frozen=True)
class Shape:
    """How many rows there are. scale 1.0: a million subscribers, a million numbers, five million calls."""

    scale: float

    @property
    def _wanted(self) -> int:
        return max(1_000, round(1_000_000 * self.scale))

    @property
    def subscribers(self) -> int:
        """Accounts that phones register to; as many numbers."""
        return self.parts[-1].subscribers.stop - 1

    @property
    def calls(self) -> int:
        """Over half a year."""
        return 5 * self.subscribers

    @property
    def registrations(self) -> int:
        """Phones; some of them have expired."""
        return self.subscribers * 3 // 10

    @property
    def resellers(self) -> int:
        """The big ones, the small ones, and the three that hardly call."""
        return BIG + max(SPARSE + 2, round(200 * self.scale))

    @cached_property
    def parts(self) -> list[Part]:
        """Who has what, in the order of the resellers."""
        big = int(self._wanted * BIG_SHARE)
        small = (self._wanted - BIG * big) // (self.resellers - BIG)
        parts: list[Part] = []
        subscriber = customer = domain = 1
        for reseller in range(1, self.resellers + 1):
            count = big if reseller <= BIG else small
            customers, domains = max(3, count // 80), max(2, count // 400)
            own = range(subscriber, subscriber + count)
            parts.append(
                Part(reseller, own, own, range(customer, customer + customers), range(domain, domain + domains))
            )
            subscriber, customer, domain = subscriber + count, customer + customers, domain + domains
        return parts

    @cached_property
    def _starts(self) -> list[int]:
        return [part.subscribers.start for part in self.parts]

    def part_of(self, subscriber: int) -> Part:
        """Whose the subscriber is."""
        return self.parts[bisect_right(self._starts, subscriber) - 1]

    @property
    def customers(self) -> int:
        """How many there are."""
        return self.parts[-1].customers.stop - 1

    @property
    def domains(self) -> int:
        """How many there are."""
        return self.parts[-1].domains.stop - 1
