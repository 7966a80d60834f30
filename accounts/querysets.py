"""Which rows of the app accounts a user may see; the base that the other apps' querysets build on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Self, TypeVar

from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.choices import Role, TokenState
from accounts.usernames import login_key

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

Row = TypeVar("Row", bound=models.Model)


class ScopedQuerySet(models.QuerySet[Row]):
    """A queryset that knows whose its rows are. Each app says how by `of_reseller` and `of_customer`."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the rows that `user` may see: an administrator all, everybody else their own."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.role == Role.ADMIN:
            return self
        if user.role == Role.RESELLER and user.reseller_id is not None:
            return self.of_reseller(user.reseller_id)
        if user.role == Role.CUSTOMER and user.customer_id is not None:
            return self.of_customer(user.customer_id)
        return self.none()

    def take(self, stop: int, start: int = 0) -> list[Row]:
        """Return the rows [start:stop] of an ordered queryset; a subclass may know a quicker way to them.

        Far down only keys are read on the way there, not the rows and what is joined to them.
        """
        return self.take_by_keys(stop, start) if start else list(self[:stop])

    def take_by_keys(self, stop: int, start: int = 0) -> list[Row]:
        """Return the same rows in two queries: their keys, which an index may hold beside what is asked, and they."""
        keys = list(self.select_related(None).prefetch_related(None).values_list("pk", flat=True)[start:stop])
        return list(self.filter(pk__in=keys)) if keys else []

    def count_up_to(self, limit: int) -> int:
        """Return how many rows there are, or `limit` where there are more."""
        return self.order_by().values("pk")[:limit].count()

    def estimate(self) -> int:
        """Return how many rows PostgreSQL's planner expects: a look at its statistics, and not at the rows."""
        plan = self.explain(format="JSON")
        return int(json.loads(plan)[0]["Plan"]["Plan Rows"]) if plan else 0

    def of_reseller(self, reseller_id: int) -> Self:  # noqa: ARG002 - the signature that subclasses fill
        """Return the rows that belong to the reseller; none unless a subclass knows better."""
        return self.none()

    def of_customer(self, customer_id: int) -> Self:  # noqa: ARG002 - the signature that subclasses fill
        """Return the rows that belong to the customer; none unless a subclass knows better."""
        return self.none()


class ResellerQuerySet(ScopedQuerySet[Row]):
    """Resellers: each sees itself."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the reseller itself."""
        return self.filter(pk=reseller_id)


class CustomerQuerySet(ScopedQuerySet[Row]):
    """Customers: a reseller sees its own, a customer itself."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the reseller's customers."""
        return self.filter(reseller_id=reseller_id)

    def of_customer(self, customer_id: int) -> Self:
        """Return the customer itself."""
        return self.filter(pk=customer_id)


class UserQuerySet(ScopedQuerySet[Row]):
    """People: those of one's own organisation, and for a reseller those of its customers."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the reseller's people and its customers'."""
        return self.filter(seller_id=reseller_id)

    def of_customer(self, customer_id: int) -> Self:
        """Return the customer's people."""
        return self.filter(customer_id=customer_id)


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes users; the superuser of `manage.py createsuperuser` is an administrator."""

    use_in_migrations = False

    def get_by_natural_key(self, username: str | None) -> User:
        """Return who logs in by this name, in whatever case it is typed. Raises User.DoesNotExist."""
        user: User = self.get(login_key=login_key(username or ""))
        return user

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra: object
    ) -> User:
        """Make an administrator, who may do everything.

        Raises ValueError when `extra` contradicts that.
        """
        extra.setdefault("role", Role.ADMIN)
        user: User = super().create_superuser(username, email, password, **extra)
        return user


class ApiTokenQuerySet(ScopedQuerySet[Row]):
    """API tokens: visible to whoever may see their user."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the tokens of the reseller's people and its customers'."""
        return self.filter(user__seller_id=reseller_id)

    def of_customer(self, customer_id: int) -> Self:
        """Return the tokens of the customer's people."""
        return self.filter(user__customer_id=customer_id)

    def in_state(self, state: str) -> Self:
        """Return the tokens in a TokenState."""
        is_over = Q(expires_at__isnull=False, expires_at__lte=timezone.now())
        condition = {
            TokenState.REVOKED: Q(revoked_at__isnull=False),
            TokenState.EXPIRED: Q(revoked_at__isnull=True) & is_over,
            TokenState.VALID: Q(revoked_at__isnull=True) & (Q(expires_at__isnull=True) | ~is_over),
        }
        return self.filter(condition[TokenState(state)])

    def ended_before(self, moment: datetime) -> Self:
        """Return the tokens that were revoked, or expired, before that moment: whichever came first."""
        return self.filter(Q(revoked_at__lt=moment) | Q(expires_at__lt=moment))

    def usable(self) -> Self:
        """Return the tokens that open the API now: not revoked, not expired, nobody above suspended."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()),
            Q(user__reseller__isnull=True) | Q(user__reseller__is_active=True),
            Q(user__customer__isnull=True)
            | Q(user__customer__is_active=True, user__customer__reseller__is_active=True),
            revoked_at__isnull=True,
            user__is_active=True,
        )
