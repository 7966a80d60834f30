"""Whose events and webhooks are whose; how the feed is cut at a place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Self, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from accounts.models import Customer, Reseller
from accounts.querysets import ScopedQuerySet
from calls.months import after_id, oldest_id

Row = TypeVar("Row", bound=models.Model)

APART: Final = timedelta(seconds=1)
"""The time in an event's id and its `at` are of two looks at the clock, which are much nearer."""


def _uid(model: type[models.Model], key: int) -> models.Subquery:
    """The uid of a row: events name everything by it, so that they outlive what they tell of."""
    rows: Any = model._default_manager.filter(pk=key)
    return models.Subquery(rows.values("uid"))


def _compared(operator: str, xid: int, key: UUID) -> RawSQL:
    """Rows by their place, as one index condition."""
    places = f'("events_event"."xid", "events_event"."id") {operator} (%s::xid8, %s::uuid)'
    return RawSQL(places, [str(xid), str(key)], output_field=models.BooleanField())  # noqa: S611 - operators of ours


class EventQuerySet(ScopedQuerySet[Row]):
    """Events: a reseller sees those of all that is its own, a customer those of its own."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the events of the reseller and of its customers."""
        return self.filter(reseller=_uid(Reseller, reseller_id))

    def of_customer(self, customer_id: int) -> Self:
        """Return the events of the customer."""
        return self.filter(customer=_uid(Customer, customer_id))

    def owned_by(self, reseller: UUID | None, customer: UUID | None) -> Self:
        """Return the events that an owner may see: the customer's, the reseller's, or all where both are None."""
        if customer is not None:
            return self.filter(customer=customer)
        return self.filter(reseller=reseller) if reseller is not None else self

    def of_types(self, names: Sequence[str]) -> Self:
        """Return the events of these types; `call.*` are all that begin so. Of any type where none is named."""
        patterns = [name.removesuffix("*") for name in names if name.endswith("*")]
        wanted = Q(type__in=[name for name in names if not name.endswith("*")])
        for pattern in patterns:
            wanted |= Q(type__startswith=pattern)
        return self.filter(wanted) if names else self

    def after(self, xid: int, key: UUID) -> Self:
        """Return the events behind a place of the feed."""
        return self.filter(_compared(">", xid, key))

    def up_to(self, xid: int, key: UUID) -> Self:
        """Return the events up to a place of the feed, it included."""
        return self.filter(_compared("<=", xid, key))

    def happened(self, since: datetime | None = None, before: datetime | None = None) -> Self:
        """Return the events of [since, before[; by their ids too, so that only these days are looked at."""
        rows = self
        if since is not None:
            rows = rows.filter(at__gte=since, id__gte=oldest_id(since - APART))
        if before is not None:
            rows = rows.filter(at__lt=before, id__lt=after_id(before + APART))
        return rows

    def newest(self, count: int) -> Self:
        """Return the last so many of these events in the feed's order."""
        last = self.order_by("-xid", "-id").values_list("xid", "id")[count - 1 : count].first()
        return self if last is None else self.filter(_compared(">=", *last))

    def settled(self, horizon: int) -> Self:
        """Return the events of transactions before `horizon` (feed.horizon), of which all have ended."""
        return self.filter(xid__lt=horizon)

    def in_order(self) -> Self:
        """Return them in the feed's order."""
        return self.order_by("xid", "id")


class WebhookQuerySet(ScopedQuerySet[Row]):
    """Webhooks: a reseller sees its own and its customers', a customer its own."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return those of the reseller and of its customers."""
        return self.filter(reseller_id=reseller_id)

    def of_customer(self, customer_id: int) -> Self:
        """Return those of the customer."""
        return self.filter(customer_id=customer_id)


class DeliveryQuerySet(ScopedQuerySet[Row]):
    """Deliveries: visible to whoever sees their webhook."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return those of the reseller's webhooks and of its customers'."""
        return self.filter(webhook__reseller_id=reseller_id)

    def of_customer(self, customer_id: int) -> Self:
        """Return those of the customer's webhooks."""
        return self.filter(webhook__customer_id=customer_id)

    def newest(self, count: int) -> Self:
        """Return the so many that were made last, and those made in the same moment as the first of these."""
        last = self.order_by("-created_at", "-id").values_list("created_at", flat=True)[count - 1 : count].first()
        return self if last is None else self.filter(created_at__gte=last)


class PresenceQuerySet(ScopedQuerySet[Row]):
    """Which subscribers are registered: for the triggers alone."""


class MarkQuerySet(ScopedQuerySet[Row]):
    """How far something was read: for tasks alone."""
