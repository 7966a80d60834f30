"""What stands, written out as documents: so that what is there already can be managed from now on.

It is walked in parts: customers, domains and subscribers with what belongs to them, then numbers. A place on the way
is the section and the last one that was written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db.models import F, Q, QuerySet

from accounts.models import Customer, Reseller
from desired.kinds.all import KINDS
from desired.kinds.base import Found, Kind
from desired.kinds.subscribers import AOR
from numbering.models import NumberAssignment, PhoneNumber
from subscribers.models import Domain, Subscriber

Written = dict[str, dict[str, Found]]
"""What is written: by kind and key, in its order."""


class Place(NamedTuple):
    """How far the walk came. walk: which one. value, pk: of the last row; '' and 0 before the first."""

    walk: int = 0
    value: str = ""
    pk: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Whose state is wanted: all of the reseller's, or what a customer has, or what lives in a domain."""

    reseller: Reseller
    customer: Customer | None = None
    domain: Domain | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether only some is wanted."""
        return self.customer is not None or self.domain is not None

    def subscribers(self) -> QuerySet[Subscriber]:
        """The subscribers that are meant."""
        rows: QuerySet[Subscriber] = Subscriber.objects.of_reseller(self.reseller.pk)
        rows = rows.filter(customer=self.customer) if self.customer else rows
        return rows.filter(domain=self.domain) if self.domain else rows

    def customers(self) -> QuerySet[Customer]:
        """The customers that are meant: of a domain those who have subscribers there."""
        rows: QuerySet[Customer] = Customer.objects.of_reseller(self.reseller.pk)
        if self.customer:
            return rows.filter(pk=self.customer.pk)
        return rows.filter(pk__in=self.subscribers().order_by().values("customer")) if self.domain else rows

    def domains(self) -> QuerySet[Domain]:
        """The domains that are meant: of a customer those in which it has subscribers."""
        rows: QuerySet[Domain] = Domain.objects.of_reseller(self.reseller.pk)
        if self.domain:
            return rows.filter(pk=self.domain.pk)
        return rows.filter(pk__in=self.subscribers().order_by().values("domain")) if self.customer else rows

    def numbers(self) -> QuerySet[PhoneNumber]:
        """The numbers that are meant: all, or those that these subscribers have."""
        rows: QuerySet[PhoneNumber] = PhoneNumber.objects.of_reseller(self.reseller.pk)
        if not self.is_narrowed:
            return rows
        held = NumberAssignment.objects.current().filter(subscriber__in=self.subscribers().order_by())
        return rows.filter(pk__in=held.order_by().values("number"))


class _Walk(NamedTuple):
    """One way through: what it writes by itself, in the order of a column, and named by what."""

    kind: str
    rows: Callable[[Part], QuerySet[Any]]
    column: str
    key: Any


_WALKS: Final = (
    _Walk("customer", Part.customers, "name", F("name")),
    _Walk("domain", Part.domains, "name", F("name")),
    _Walk("subscriber", Part.subscribers, "username", AOR),
    _Walk("number", Part.numbers, "e164", F("e164")),
)


def written(part: Part, place: Place, most: int, kinds: Collection[str]) -> tuple[Written, Place | None]:
    """The next `most` rows from a place on, with what belongs to them; and where to go on, None at the end.

    kinds: those that are wanted. What belongs to domains and subscribers comes with them.
    """
    found: Written = {}
    for number in range(place.walk, len(_WALKS)):
        walk = _WALKS[number]
        with_it = [kind for kind in KINDS if kind.name in kinds and walk.kind in _walked_with(kind)]
        if not with_it:
            continue
        rows = _rows(walk, part, place if place.walk == number else Place(number), most + 1)
        for kind in with_it:
            some = _read(kind, walk, part.reseller, [key for *_, key in rows[:most]])
            found[kind.name] = found.get(kind.name, {}) | some
        if len(rows) > most:
            return found, Place(number, *rows[most - 1][:2]) if most else Place(number)
        most -= len(rows)
    return found, None


def _walked_with(kind: Kind) -> tuple[str, ...]:
    """The kinds whose rows bring those of this one along: its own, or those that it belongs to."""
    return (kind.name,) if kind.name in {walk.kind for walk in _WALKS} else kind.within


def _rows(walk: _Walk, part: Part, place: Place, most: int) -> list[tuple[str, int, str]]:
    """Column, primary key and name of the next ones."""
    rows = walk.rows(part).order_by(walk.column, "pk")
    if place.pk:
        behind = Q(**{f"{walk.column}__gt": place.value}) | Q(pk__gt=place.pk)
        rows = rows.filter(behind, **{f"{walk.column}__gte": place.value})
    return list(rows.values_list(walk.column, "pk", walk.key)[:most])


def _read(kind: Kind, walk: _Walk, reseller: Reseller, keys: list[str]) -> dict[str, Found]:
    """What stands, in the order of the keys."""
    names = keys if kind.name == walk.kind else list(kind.below(reseller, keys))
    found = kind.read(reseller, names) if names else {}
    return {key: found[key] for key in names if key in found}
