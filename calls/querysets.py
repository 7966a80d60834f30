"""Which calls a user may see: those with a leg of their own."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

from accounts.querysets import ScopedQuerySet

Row = TypeVar("Row", bound=models.Model)


class CallQuerySet(ScopedQuerySet[Row]):
    """Calls: visible to the owner of the caller and to the owner of the callee."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the calls that a subscriber of the reseller made or got."""
        return self.filter(Q(caller_reseller_id=reseller_id) | Q(callee_reseller_id=reseller_id))

    def of_customer(self, customer_id: int) -> Self:
        """Return the calls that a subscriber of the customer made or got."""
        return self.filter(Q(caller_customer_id=customer_id) | Q(callee_customer_id=customer_id))

    def open(self) -> Self:
        """Return the calls that have not ended."""
        return self.filter(ended_at__isnull=True)
