"""Giving numbers to subscribers and taking them back. Each function is atomic, and says which field is wrong."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now
from django.utils.translation import gettext as _

from numbering.models import NumberAssignment, PhoneNumber
from subscribers.models import Subscriber

_INSTANT = timedelta(microseconds=1)  # the least that an assignment lasts


@transaction.atomic
def assign_number(number: PhoneNumber, subscriber: Subscriber, *, is_main: bool | None = None) -> NumberAssignment:
    """Give a free number to a subscriber of the same reseller, from now on, by the database's clock.

    `is_main` None: it becomes the main number if the subscriber has none. True: it takes the place of the one
    that was. Raises ValidationError for `number` when somebody has it, for `subscriber` of another reseller.
    """
    if number.reseller_id != subscriber.reseller_id:
        raise ValidationError({"subscriber": _("The number belongs to another reseller.")})
    # In this order everywhere, so that two at the same time wait and do not lock each other out.
    PhoneNumber.objects.select_for_update().get(pk=number.pk)
    Subscriber.objects.select_for_update(of=("self",)).get(pk=subscriber.pk)
    if NumberAssignment.objects.not_ended().filter(number=number).exists():
        raise ValidationError({"number": _("Somebody has this number, or will have it. Release it before.")})
    mains = NumberAssignment.objects.not_ended().filter(subscriber=subscriber, is_main=True)
    if is_main:
        mains.update(is_main=False)
    chosen = not mains.exists() if is_main is None else is_main
    assignment = NumberAssignment.objects.create(
        number=number, subscriber=subscriber, reseller_id=number.reseller_id, is_main=chosen
    )
    assignment.refresh_from_db(fields=["valid_from"])
    return assignment


@transaction.atomic
def release_number(number: PhoneNumber) -> None:
    """Take a number back, now; its history stays. The subscriber's oldest other number becomes the main one.

    Raises ValidationError for `number` when nobody has it.
    """
    PhoneNumber.objects.select_for_update().get(pk=number.pk)
    held = NumberAssignment.objects.current().filter(number=number).first()
    if held is None:
        raise ValidationError({"number": _("Nobody has this number.")})
    Subscriber.objects.select_for_update(of=("self",)).get(pk=held.subscriber_id)
    NumberAssignment.objects.filter(pk=held.pk).update(valid_until=Greatest(Now(), F("valid_from") + _INSTANT))
    if held.is_main:
        _promote_oldest(held.subscriber_id)


def _promote_oldest(subscriber_id: int) -> None:
    """Make the oldest number that is left the main one, and take the mark from those of the past.

    A main number is the only one over its whole time, and the oldest has overlapped with the one that went.
    """
    NumberAssignment.objects.filter(subscriber_id=subscriber_id, is_main=True).update(is_main=False)
    left = NumberAssignment.objects.current().filter(subscriber_id=subscriber_id)
    oldest = left.order_by("valid_from", "id").first()
    if oldest is not None:
        NumberAssignment.objects.filter(pk=oldest.pk).update(is_main=True)
