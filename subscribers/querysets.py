"""Which rows of the app subscribers a user may see, and the reads that pages and the API share."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from django.db import models
from django.db.models import BooleanField, F, Func, Q
from django.db.models.expressions import RawSQL
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.functions import Now
from django.db.models.lookups import In
from django.db.models.sql import Query
from django.utils import timezone

from accounts.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from subscribers.models import Subscriber

Row = TypeVar("Row", bound=models.Model)

_NAMED: Final = """
    SELECT s.id FROM unnest(%s::bigint[], %s::text[]) AS wanted (domain_id, username)
    JOIN subscribers_subscriber s ON s.domain_id = wanted.domain_id AND s.username = wanted.username
"""

FEW: Final = 1_000
"""So many subscribers PostgreSQL joins to their bindings, and sorts these: some milliseconds."""

MANY: Final = 50_000
"""Of so many the keys are gathered before the bindings are walked; of more, a walk soon meets a page of theirs."""


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

    def named(self, names: Collection[tuple[int, str]]) -> Self:
        """Return the subscribers of these names: the key of the domain, and the user name."""
        domains, usernames = [domain for domain, _name in names], [name for _domain, name in names]
        return self.filter(pk__in=RawSQL(_NAMED, [domains, usernames]))  # noqa: S611 - a constant

    def having_number(self, e164: str) -> Self:
        """Return the subscriber that has this number now; the rows that say so are numbering's."""
        return self.filter(_has_now(), assignments__number__e164=e164)

    def numbers_now(self) -> list[tuple[int, str, bool]]:
        """Return each number that these have now, in order: the subscriber's key, the number, whether it is its main
        one."""
        having = self.filter(_has_now()).order_by("assignments__number__e164")
        return list(having.values_list("pk", "assignments__number__e164", "assignments__is_main"))

    def take(self, stop: int, start: int = 0) -> list[Row]:
        """Return the rows [start:stop] by their keys: an index of the few suspended says whose they are."""
        return self.take_by_keys(stop, start)


class OfSubscriberQuerySet(ScopedQuerySet[Row]):
    """Rows that belong to a subscriber, such as its call settings: visible with it."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the rows of the reseller's subscribers."""
        return self.filter(subscriber__reseller_id=reseller_id)

    def of_customer(self, customer_id: int) -> Self:
        """Return the rows of the customer's subscribers."""
        return self.filter(subscriber__customer_id=customer_id)


class SipCredentialQuerySet(OfSubscriberQuerySet[Row]):
    """Credentials: visible with their subscriber; their secret is never shown to anybody."""


class BindingQuerySet(ScopedQuerySet[Row]):
    """Bindings: visible with their subscriber.

    Nothing in a binding says whose it is, and an index on such a column would cost each phone that registers. So a page
    of somebody's bindings starts at the subscribers, and the way from there depends on how many these are.
    """

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the bindings of the reseller's subscribers."""
        return self.of_subscribers(_subscribers().of_reseller(reseller_id))

    def of_customer(self, customer_id: int) -> Self:
        """Return the bindings of the customer's subscribers."""
        return self.of_subscribers(_subscribers().of_customer(customer_id))

    def of_subscribers(self, subscribers: SubscriberQuerySet[Subscriber]) -> Self:
        """Return the bindings of these subscribers."""
        return self.filter(subscriber__in=subscribers.order_by())

    def current(self) -> Self:
        """Return the bindings that have not expired."""
        return self.filter(expires_at__gt=timezone.now())

    def take(self, stop: int, start: int = 0) -> list[Row]:
        """Return the rows [start:stop], looked for with the keys of their subscribers at hand where these are many.

        Else PostgreSQL looks each binding's subscriber up on the way, one by one.
        """
        rows: Self = self._chain()  # type: ignore[attr-defined]
        conditions: list[Any] = rows.query.where.children
        replaced = [node for node in conditions if _names_subscribers(node) and _are_many(node.rhs)]
        conditions[:] = [node for node in conditions if node not in replaced]
        walked = rows.filter(*(_is_among(_subscribers_of(node.rhs)) for node in replaced))
        return super(BindingQuerySet, walked).take(stop, start)


def _has_now() -> Q:
    """A subscriber's assignment of a number holds, by the database's clock."""
    until = Q(assignments__valid_until__isnull=True) | Q(assignments__valid_until__gt=Now())
    return until & Q(assignments__valid_from__lte=Now())


def _subscribers() -> SubscriberQuerySet[Subscriber]:
    from subscribers.models import Subscriber

    return Subscriber.objects.all()


def _subscribers_of(query: Query) -> SubscriberQuerySet[Subscriber]:
    subscribers = _subscribers()
    subscribers.query = query.chain()
    return subscribers


def _names_subscribers(node: Any) -> bool:
    """Whether a condition wants a binding's subscriber among those of a query."""
    return isinstance(node, RelatedIn) and isinstance(node.rhs, Query) and node.lhs.target.name == "subscriber"


def _are_many(query: Query) -> bool:
    """Whether the planner expects neither few rows nor so many that it would not gather them in memory."""
    return FEW < _subscribers_of(query).estimate() <= MANY


def _is_among(subscribers: SubscriberQuerySet[Subscriber]) -> Func:
    """Whether a binding's subscriber is one of these: a question that PostgreSQL answers from a hash table of them.

    IS TRUE keeps it from making a join of it.
    """
    among = In(F("subscriber_id"), subscribers.values("pk"))
    return Func(among, template="(%(expressions)s) IS TRUE", output_field=BooleanField())
