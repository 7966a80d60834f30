"""Which rows of the app subscribers a user may see, and the reads that pages and the API share."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models
from django.utils import timezone

from accounts.querysets import ScopedQuerySet

Row = TypeVar("Row", bound=models.Model)


class DomainQuerySet(ScopedQuerySet[Row]):
    """SIP domains: a customer sees those in which it has subscribers."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the reseller's domains."""
        return self.filter(reseller_id=reseller_id)

    def of_customer(self, customer_id: int) -> Self:
        """Return the domains in which the customer has a subscriber."""
        from subscribers.models import Subscriber

        # Distinct, so that the customer's subscribers are read once, and not looked for in each domain.
        own = Subscriber.objects.filter(customer_id=customer_id).order_by().values("domain_id").distinct()
        return self.filter(pk__in=own)


class DomainNameQuerySet(ScopedQuerySet[Row]):
    """Names of domains: visible with their domain."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the names of the reseller's domains."""
        return self.filter(domain__reseller_id=reseller_id)

    def of_customer(self, customer_id: int) -> Self:
        """Return the names of the domains in which the customer has a subscriber."""
        from subscribers.models import Domain

        return self.filter(domain__in=Domain.objects.of_customer(customer_id))


class SubscriberQuerySet(ScopedQuerySet[Row]):
    """Subscribers: a reseller's and a customer's own."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the reseller's subscribers."""
        return self.filter(reseller_id=reseller_id)

    def of_customer(self, customer_id: int) -> Self:
        """Return the customer's subscribers."""
        return self.filter(customer_id=customer_id)


class SipCredentialQuerySet(ScopedQuerySet[Row]):
    """Credentials: visible with their subscriber; their secret is never shown to anybody."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the credentials of the reseller's subscribers."""
        return self.filter(subscriber__reseller_id=reseller_id)

    def of_customer(self, customer_id: int) -> Self:
        """Return the credentials of the customer's subscribers."""
        return self.filter(subscriber__customer_id=customer_id)


class BindingQuerySet(ScopedQuerySet[Row]):
    """Bindings: visible with their subscriber."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the bindings of the reseller's subscribers."""
        return self.filter(subscriber__reseller_id=reseller_id)

    def of_customer(self, customer_id: int) -> Self:
        """Return the bindings of the customer's subscribers."""
        return self.filter(subscriber__customer_id=customer_id)

    def current(self) -> Self:
        """Return the bindings that have not expired."""
        return self.filter(expires_at__gt=timezone.now())
