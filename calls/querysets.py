"""Which calls a user may see: those with a leg of their own. And how a page of them is found among millions.

"Caller or callee is mine" is an OR over two columns, each of which has an index that begins with it and goes on in
the order of the lists. PostgreSQL cannot walk two indexes in one order: it reads all calls of both sides and sorts
them, or all calls of everybody until enough are mine. So a page is made of each side's own first rows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.db.models.lookups import Exact, Lookup
from django.db.models.sql.where import OR, WhereNode

from accounts.querysets import ScopedQuerySet
from calls.choices import Direction
from calls.months import after_id, oldest_id

Row = TypeVar("Row", bound=models.Model)

TWO_SIDED: Final = frozenset(
    {f"{side}_{what}" for side in ("caller", "callee") for what in ("reseller", "customer", "subscriber", "number")}
    | {"gateway_in", "gateway_out"}
)
"""Columns of which the one or the other may fit; each has an index."""

_OWNERS: Final = ("reseller", "customer", "subscriber")
OUTSIDE: Final = {
    Direction.INBOUND: frozenset({"gateway_out", *(f"caller_{owner}" for owner in _OWNERS)}),
    Direction.OUTBOUND: frozenset({"gateway_in", *(f"callee_{owner}" for owner in _OWNERS)}),
    Direction.INTERNAL: frozenset({"gateway_in", "gateway_out"}),
}
"""What a call of a direction does not have: the end that is in the telephone network is nobody's of ours."""


class CallHourQuerySet(ScopedQuerySet[Row]):
    """Counted calls: visible to the resellers of both sides. What customers see is counted from their calls."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return what counts calls that a subscriber of the reseller made or got."""
        return self.filter(Q(caller_reseller_id=reseller_id) | Q(callee_reseller_id=reseller_id))


class RolledHourQuerySet(ScopedQuerySet[Row]):
    """Which hours are counted: the provider's own."""


class CallQuerySet(ScopedQuerySet[Row]):
    """Calls: visible to the owner of the caller and to the owner of the callee."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the calls that a subscriber of the reseller made or got."""
        return self.filter(Q(caller_reseller_id=reseller_id) | Q(callee_reseller_id=reseller_id))

    def of_customer(self, customer_id: int) -> Self:
        """Return the calls that a subscriber of the customer made or got."""
        return self.filter(Q(caller_customer_id=customer_id) | Q(callee_customer_id=customer_id))

    def began(self, *, since: datetime | None = None, before: datetime | None = None) -> Self:
        """Return the calls that began in [since, before[; of the ids too, so that only these months are looked at."""
        rows = self
        if since is not None:
            rows = rows.filter(started_at__gte=since, id__gte=oldest_id(since))
        if before is not None:
            # An id holds whole milliseconds: it is not younger than the call, and less than one older.
            rows = rows.filter(started_at__lt=before, id__lt=after_id(before))
        return rows

    def open(self) -> Self:
        """Return the calls that have not ended."""
        return self.filter(ended_at__isnull=True)

    def take(self, stop: int, start: int = 0) -> list[Row]:
        """Return the rows [start:stop]; where two sides count, their keys first, found side by side.

        In a query of their own: the keys as a subquery would be looked up last, after all that is joined to a call.
        """
        legs = self._legs()
        if len(legs) < 2:
            return super(CallQuerySet, legs[0]).take(stop, start) if legs else []
        rows = self._chain()  # type: ignore[attr-defined]
        rows.query.where = WhereNode()
        return list(rows.filter(pk__in=self._keys(legs, start, stop)))

    def _keys(self, legs: list[Self], start: int, stop: int) -> list[Any]:
        """The keys of a page, out of the indexes alone."""
        ordering = [str(name).replace("pk", "id") for name in self.query.order_by]
        columns = ["id", *(name.removeprefix("-") for name in ordering if name.removeprefix("-") != "id")]
        first = [leg.select_related(None).values_list(*columns)[:stop] for leg in legs]
        return [row[0] for row in first[0].union(*first[1:]).order_by(*ordering)[start:stop]]

    def count_up_to(self, limit: int) -> int:
        """Return how many rows there are, or `limit` where there are more, counted side by side."""
        legs = self._legs()
        if len(legs) < 2:
            return super(CallQuerySet, legs[0]).count_up_to(limit) if legs else 0
        first = [leg.order_by().select_related(None).values("pk")[:limit] for leg in legs]
        return min(limit, first[0].union(*first[1:]).count())

    def _legs(self) -> list[Self]:
        """Querysets whose union is this one: (a OR b) AND c is a AND c together with b AND c.

        Without those that cannot hold a call: to look for calls out by the gateway through which they came in would
        take all of its calls.
        """
        outside = OUTSIDE.get(_direction(self), frozenset())
        for place, node in enumerate(_conditions(self)):
            if _is_two_sided(node):
                sides = [side for side, child in enumerate(node.children) if not _columns(child) & outside]
                return [leg for side in sides for leg in self._leg(place, side)._legs()]
        return [] if self.query.is_empty() else [self]

    def _leg(self, place: int, side: int) -> Self:
        """The queryset with one of the alternatives in the place of all of them."""
        leg: Self = self._chain()  # type: ignore[attr-defined]
        conditions = _conditions(leg)
        conditions[place] = conditions[place].children[side]
        return leg


def _conditions(rows: models.QuerySet[Any]) -> list[Any]:
    """What is joined by AND, to be read and to be changed."""
    where: Any = rows.query.where
    children: list[Any] = where.children
    return children


def _direction(rows: models.QuerySet[Any]) -> Any:
    """The direction that all rows have; None where it is left open."""
    for node in _conditions(rows):
        if isinstance(node, Exact) and _columns(node) == {"direction"}:
            return node.rhs
    return None


def _is_two_sided(node: Any) -> bool:
    """Whether a condition has alternatives each of which names one side's column."""
    if not isinstance(node, WhereNode) or node.connector != OR or node.negated:
        return False
    return all(_columns(child) & TWO_SIDED for child in node.children)


def _columns(node: Any) -> set[str]:
    """The columns that are compared there and in what is joined to it by AND."""
    if isinstance(node, WhereNode):
        parts = [] if node.connector == OR or node.negated else node.children
        return {name for child in parts for name in _columns(child)}
    if isinstance(node, Lookup) and isinstance(node.lhs, models.expressions.Col):
        return {node.lhs.target.name}
    return set()
