"""Which rows of the app trunking a user may see: interconnects are the provider's own business.

What is set up for one reseller's calls alone that reseller may look at: its routes, the gateways that these lead to,
and the rules for its calls. What all share it may not: that would tell it of the provider's contracts.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Now

from accounts.querysets import ScopedQuerySet
from trunking.choices import RuleKind

Row = TypeVar("Row", bound=models.Model)

# An edge saves what it knows of a gateway that it probes every 30 s, and of one where it is registered at each refresh.
FORGOTTEN_AFTER = timedelta(hours=1)


class ProviderQuerySet(ScopedQuerySet[Row]):
    """Rows that administrators alone see."""


def beginnings(digits: str) -> list[str]:
    """Return what a number may begin with, '' and itself included: the prefixes of rows that fit it."""
    return [digits[:length] for length in range(len(digits) + 1)]


class GatewayQuerySet(ScopedQuerySet[Row]):
    """Gateways: those are a reseller's to see that a route of its own leads to."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the gateways that take calls of this reseller's subscribers alone, or of one of them."""
        used = self.model._base_manager.filter(routes__reseller_id=reseller_id)
        return self.filter(pk__in=used.values("pk"))


class RouteQuerySet(ScopedQuerySet[Row]):
    """Ways out: a reseller sees those for its own calls alone."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the routes for calls of this reseller's subscribers alone, or of one of them."""
        return self.filter(reseller_id=reseller_id)

    def fitting(self, digits: str) -> Self:
        """Return the routes for a number (E.164 without its plus, or as dialled), the longest prefix first."""
        return self.filter(prefix__in=beginnings(digits)).order_by(Length("prefix").desc(), "priority", "id")


class DestinationRuleQuerySet(ScopedQuerySet[Row]):
    """Which numbers may be called: a reseller sees the rules for its own calls alone."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the rules for calls of this reseller's subscribers, or of one customer of it."""
        return self.filter(reseller_id=reseller_id)

    def fitting(self, digits: str) -> Self:
        """Return the rules for a number (E.164 without its plus), the longest prefix first."""
        return self.filter(kind=RuleKind.NUMBER, prefix__in=beginnings(digits)).order_by(Length("prefix").desc(), "id")


class GatewayStateQuerySet(ProviderQuerySet[Row]):
    """What edges know of gateways."""

    def forgotten(self) -> Self:
        """Return what no edge has said for long: the edge is gone, or the gateway is not probed any more."""
        is_over = Q(registered_until__isnull=True) | Q(registered_until__lt=Now())
        return self.filter(is_over, saved_at__lt=Now() - FORGOTTEN_AFTER)
