"""Which rows of the app numbering a user may see, and which assignments hold now."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Length, Now

from accounts.querysets import ScopedQuerySet
from numbering.choices import Holding, NumberState
from numbering.formats import ONLY_E164, NumberFormat

if TYPE_CHECKING:
    from subscribers.models import Subscriber

Row = TypeVar("Row", bound=models.Model)


class NumberFormatQuerySet(ScopedQuerySet[Row]):
    """Number formats are the provider's: administrators alone see the list."""


class NumberBlockQuerySet(ScopedQuerySet[Row]):
    """Blocks of numbers: a reseller sees those that were given to it."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the reseller's blocks."""
        return self.filter(reseller_id=reseller_id)

    def around(self, e164: str) -> Row | None:
        """Return the block that a number (E.164 with the plus) lies in, or None."""
        return self.filter(digits=len(e164) - 1, numbers__contains=int(e164)).first()

    def overlapping(self, first: str, last: str) -> Self:
        """Return the blocks that share numbers with those from `first` to `last`, of one length."""
        return self.filter(digits=len(first) - 1, numbers__overlap=(int(first), int(last) + 1))


class PhoneNumberQuerySet(ScopedQuerySet[Row]):
    """Numbers: a customer sees those that its subscribers have now."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the reseller's numbers."""
        return self.filter(reseller_id=reseller_id)

    def of_customer(self, customer_id: int) -> Self:
        """Return the numbers that the customer's subscribers have now."""
        from numbering.models import NumberAssignment

        # Distinct, so that the customer's assignments are read once, and not looked for at each number of everybody.
        own = NumberAssignment.objects.current().filter(subscriber__customer_id=customer_id)
        return self.filter(pk__in=own.order_by().values("number_id").distinct())

    def between(self, first: str, last: str) -> Self:
        """Return the numbers from `first` to `last`, which have the same length."""
        return self.alias(size=Length("e164")).filter(e164__range=(first, last), size=len(first))

    def clashing(self, e164: str, extension_digits: int) -> Self:
        """Return the numbers that `e164` is an extension of, and those that would be extensions of it."""
        before = [Q(e164=e164[:size], extension_digits__gte=len(e164) - size) for size in range(3, len(e164))]
        clashing = Q(extension_digits__gt=0) & reduce(or_, before, Q(pk__in=[]))
        if extension_digits:
            behind = Q(size__gt=len(e164), size__lte=len(e164) + extension_digits)
            clashing |= Q(e164__startswith=e164) & behind
        return self.alias(size=Length("e164")).filter(clashing)

    def assigned(self) -> Self:
        """Return the numbers that somebody has now."""
        return self.filter(Q(holding=Holding.HELD) | self._held_now(), holding__in=Holding.perhaps_held())

    def unassigned(self) -> Self:
        """Return the numbers that are free: nobody has them now, and they may be given at once."""
        return self.filter(Q(holding=Holding.FREE) | ~self._held_now(), holding__in=Holding.perhaps_free())

    def not_assigned(self) -> Self:
        """Return the numbers that nobody has now: those in quarantine and ported out are among them."""
        return self.exclude(holding=Holding.HELD).filter(~Q(holding=Holding.DATED) | ~self._held_now())

    def quarantined(self) -> Self:
        """Return the numbers that were taken back, and rest."""
        return self.filter(holding=Holding.QUARANTINED)

    def ported_out(self) -> Self:
        """Return the numbers that are another provider's now."""
        return self.filter(holding=Holding.PORTED_OUT)

    def in_state(self, state: str) -> Self:
        """Return the numbers in a state of choices.NumberState; none for what is none."""
        lists = {
            NumberState.FREE: self.unassigned,
            NumberState.ASSIGNED: self.assigned,
            NumberState.QUARANTINED: self.quarantined,
            NumberState.PORTED_OUT: self.ported_out,
        }
        return lists[NumberState(state)]() if state in NumberState.values else self.none()

    def _held_now(self) -> Exists:
        """The look at the clock, which is needed for the few numbers whose assignment begins or ends some day."""
        from numbering.models import NumberAssignment

        return Exists(NumberAssignment.objects.current().filter(number_id=OuterRef("pk")))


class NumberAssignmentQuerySet(ScopedQuerySet[Row]):
    """Assignments with their history."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the assignments of the reseller's numbers."""
        return self.filter(reseller_id=reseller_id)

    def of_customer(self, customer_id: int) -> Self:
        """Return the assignments to the customer's subscribers."""
        return self.filter(subscriber__customer_id=customer_id)

    def not_ended(self) -> Self:
        """Return the assignments that hold now or later, by the database's clock, which the edge uses too."""
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=Now()))

    def current(self) -> Self:
        """Return the assignments that hold now, by the database's clock."""
        return self.not_ended().filter(valid_from__lte=Now())


class DialSettingsQuerySet(ScopedQuerySet[Row]):
    """How domains and subscribers dial: visible to their reseller, a subscriber's to its customer, too."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the settings of the reseller's domains and subscribers."""
        return self.filter(Q(domain__reseller_id=reseller_id) | Q(subscriber__reseller_id=reseller_id))

    def of_customer(self, customer_id: int) -> Self:
        """Return the settings of the customer's subscribers."""
        return self.filter(subscriber__customer_id=customer_id)

    def format_of(self, subscriber: Subscriber) -> NumberFormat:
        """How a subscriber dials: by its own format, else by its domain's, else E.164 with the plus alone.

        The same as the edge reads it (sipedge/routing/network.py).
        """
        of_either = self.filter(Q(subscriber=subscriber) | Q(domain_id=subscriber.domain_id))
        found = of_either.select_related("number_format").order_by(F("subscriber_id").asc(nulls_last=True)).first()
        return ONLY_E164 if found is None else found.number_format.value  # type: ignore[attr-defined]
