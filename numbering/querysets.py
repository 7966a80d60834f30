"""Which rows of the app numbering a user may see, and which assignments hold now."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Length, Now

from accounts.querysets import ScopedQuerySet
from numbering.choices import Holding, NumberState, Time
from numbering.e164 import MAX_DIGITS, MIN_DIGITS
from numbering.formats import ONLY_E164, NumberFormat

if TYPE_CHECKING:
    from subscribers.models import Subscriber

Row = TypeVar("Row", bound=models.Model)


class _Row(Func):
    """Numbers side by side, as one value."""

    function = "ARRAY"
    template = "%(function)s[%(expressions)s]"
    output_field = ArrayField(models.BigIntegerField())


def span_of(prefix: str, digits: int) -> tuple[str, str]:
    """The first and the last number of so many digits that begin with `prefix`, which has no more."""
    left = digits - (len(prefix) - 1)
    return prefix + "0" * left, prefix + "9" * left


class NumberFormatQuerySet(ScopedQuerySet[Row]):
    """Number formats are the provider's: others see those that come with the platform, and those that they use."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the formats that the reseller may give to its domains and subscribers."""
        from numbering.models import DialSettings

        used = DialSettings.objects.of_reseller(reseller_id).order_by().values("number_format")
        return self.filter(~Q(shipped="") | Q(pk__in=used))

    def of_customer(self, customer_id: int) -> Self:
        """Return the formats by which the customer's subscribers dial."""
        from numbering.models import DialSettings
        from subscribers.models import Domain, Subscriber

        own = Subscriber.objects.of_customer(customer_id).order_by()
        domains = Domain.objects.filter(pk__in=own.values("domain").distinct())
        used = DialSettings.objects.filter(Q(subscriber__in=own) | Q(domain__in=domains)).order_by()
        return self.filter(pk__in=used.values("number_format"))


class NumberBlockQuerySet(ScopedQuerySet[Row]):
    """Blocks of numbers: a reseller sees those that were given to it."""

    def of_reseller(self, reseller_id: int) -> Self:
        """Return the reseller's blocks."""
        return self.filter(reseller_id=reseller_id)

    def with_counts(self) -> Self:
        """Return the blocks with `counts_by_holding`: how many numbers of each are in the states of Holding, in their
        order; worked out for each row that is read, out of what triggers keep.
        """
        from numbering.models_counts import BlockCount

        sums = [Coalesce(Sum("amount", filter=Q(holding=one)), 0) for one in Holding]
        whole = BlockCount.objects.filter(block=OuterRef("pk")).order_by().values("block")
        return self.annotate(counts_by_holding=Subquery(whole.annotate(counts=_Row(*sums)).values("counts")))

    def with_room(self) -> Self:
        """Return the blocks of which not every number was taken."""
        from numbering.models_counts import BlockCount

        whole = BlockCount.objects.filter(block=OuterRef("pk")).order_by().values("block")
        taken = Coalesce(Subquery(whole.annotate(taken=Sum("amount")).values("taken")), 0)
        return self.alias(room=F("numbers__endswith") - F("numbers__startswith") - taken).filter(room__gt=0)

    def with_prefix(self, prefix: str) -> Self:
        """Return the blocks that hold numbers which begin with `prefix`, a plus and digits."""
        spans = (span_of(prefix, digits) for digits in range(max(len(prefix) - 1, MIN_DIGITS), MAX_DIGITS + 1))
        matching = (Q(digits=len(first) - 1, numbers__overlap=(int(first), int(last) + 1)) for first, last in spans)
        return self.filter(reduce(or_, matching, Q(pk__in=[])))

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
        from subscribers.models import Subscriber

        # So that the customer's subscribers are read once, and not looked for at each assignment of everybody.
        own = Subscriber.objects.of_customer(customer_id).order_by().values("pk").distinct()
        return self.filter(subscriber__in=own)

    def in_time(self, time: str) -> Self:
        """Return the assignments of choices.Time; none for what is none."""
        if time == Time.CURRENT:
            return self.current()
        if time == Time.FUTURE:
            return self.filter(valid_from__gt=Now())
        return self.filter(valid_until__isnull=False, valid_until__lte=Now()) if time == Time.PAST else self.none()

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
        return self.formats_of([subscriber])[subscriber]

    def formats_of(self, subscribers: Collection[Subscriber]) -> dict[Subscriber, NumberFormat]:
        """How each of them dials; with a query for all."""
        domains = {one.domain_id for one in subscribers}
        rows: Any = self.filter(Q(subscriber__in=list(subscribers)) | Q(domain__in=domains)).order_by()
        found = {(row.domain_id, row.subscriber_id): row.number_format for row in rows.select_related("number_format")}
        formats = {one: found.get((None, one.pk)) or found.get((one.domain_id, None)) for one in subscribers}
        return {one: row.value if row else ONLY_E164 for one, row in formats.items()}
