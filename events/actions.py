"""What is done with webhooks beyond saving one row. Each function is atomic, and says which field is wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer, Reseller
from accounts.sealing import seal
from calls.months import moment_of
from events.choices import DeliveryStatus
from events.days import kept_since
from events.feed import end_of_feed
from events.models import Delivery, Event, Webhook
from events.querysets import EventQuerySet
from events.signing import new_secret

MAX_WEBHOOKS: Final = 20
"""Of a customer, of a reseller beside its customers', and of the provider."""
OVERLAP: Final = timedelta(days=1)
PING: Final = "ping"


@transaction.atomic
def create_webhook(reseller: Reseller | None, customer: Customer | None, **fields: Any) -> tuple[Webhook, str]:
    """Make a webhook that is told what happens from now on; return it and its secret, to be shown once.

    Both None: one of the provider's, told everything. Raises ValidationError for the field that is wrong, or when there
    are MAX_WEBHOOKS already.
    """
    owner = Reseller.objects.filter(pk=reseller.pk) if reseller else Reseller.objects.none()
    owner.select_for_update(no_key=True).first()  # who makes another one at the same time waits
    if Webhook.objects.filter(reseller=reseller, customer=customer).count() >= MAX_WEBHOOKS:
        raise ValidationError(_("There are %(most)d webhooks already, which is the most.") % {"most": MAX_WEBHOOKS})
    place, secret = end_of_feed(), new_secret()
    webhook = Webhook(
        reseller=reseller,
        customer=customer,
        secret=seal(secret),
        xid=place.xid,
        place=place.id,
        placed_at=place.at,
        **fields,
    )
    webhook.full_clean()
    webhook.save()
    return webhook, secret


def change_webhook(webhook: Webhook, **fields: Any) -> Webhook:
    """Set fields; one that is switched on again forgets how it failed, and goes on where it stopped.

    Raises ValidationError.
    """
    if fields.get("is_active") and not webhook.is_active:
        fields |= {"disabled_reason": "", "failures": 0, "failing_since": None, "next_at": None}
    if "url" in fields and fields["url"] != webhook.url:
        fields |= {"failures": 0, "next_at": None}
    for name, value in fields.items():
        setattr(webhook, name, value)
    webhook.full_clean()
    if fields:
        webhook.save(update_fields=list(fields))
    return webhook


@transaction.atomic
def rotate_secret(webhook: Webhook) -> str:
    """Replace the secret; return the new one, to be shown once. Both sign what is sent for OVERLAP."""
    secret = new_secret()
    webhook.previous_secret, webhook.previous_until = webhook.secret, timezone.now() + OVERLAP
    webhook.secret = seal(secret)
    webhook.save(update_fields=["secret", "previous_secret", "previous_until"])
    return secret


def ping(webhook: Webhook) -> Delivery:
    """Have something sent that tells of nothing, to see whether it arrives; at once, though the webhook is failing.

    Raises ValidationError where it is switched off.
    """
    if not webhook.is_active:
        raise ValidationError({"is_active": _("It is switched off.")})
    Webhook.objects.filter(pk=webhook.pk).update(next_at=None)
    return Delivery.objects.create(webhook=webhook, type=PING, next_at=timezone.now())


def replay(delivery: Delivery) -> None:
    """Have a delivery done once more, from its first attempt on. Raises ValidationError where its event is gone."""
    if delivery.event is not None and not Event.objects.filter(pk=delivery.event).exists():
        raise ValidationError({"event": _("This event is kept no more.")})
    delivery.status, delivery.attempts = DeliveryStatus.WAITING, 0
    delivery.next_at = timezone.now()
    delivery.save(update_fields=["status", "attempts", "next_at"])


@transaction.atomic
def replay_since(webhook: Webhook, since: datetime) -> datetime:
    """Have all be sent again that happened since then, in its order, before what is new; return since when it is.

    Raises ValidationError for `since` that lies before what is kept, or ahead.
    """
    now = timezone.now()
    if not kept_since(now) <= since <= now:
        raise ValidationError({"since": _("Events are kept since %(since)s.") % {"since": kept_since(now).isoformat()}})
    first = owned_by(webhook, Event.objects.happened(since)).in_order().values_list("xid", "id").first()
    locked = Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)
    if first is not None and first < (locked.xid, locked.place):
        before = type(first[1])(int=first[1].int - 1)
        locked.xid, locked.place, locked.placed_at = first[0], before, moment_of(first[1])
        locked.save(update_fields=["xid", "place", "placed_at"])
    return since


def owned_by(webhook: Webhook, rows: EventQuerySet[Event] | QuerySet[Event]) -> EventQuerySet[Event]:
    """The events that a webhook's owner may see."""
    reseller, customer = webhook.reseller, webhook.customer
    found: Any = rows
    owned: EventQuerySet[Event] = found.owned_by(reseller and reseller.uid, customer and customer.uid)
    return owned
