"""The feed of what happened, the webhooks that carry it out, and their deliveries."""

from __future__ import annotations

from django.db import models
from django.db.models import Func
from django.utils.translation import gettext_lazy as _

from events.fields import CurrentXid, XidField
from events.querysets import EventQuerySet, MarkQuerySet, PresenceQuerySet
from events.watched import (
    WatchedBinding,
    WatchedCall,
    WatchedCaller,
    WatchedCallSettings,
    WatchedCredential,
    WatchedCustomer,
    WatchedDomain,
    WatchedForwarding,
    WatchedNumber,
    WatchedNumberAssignment,
    WatchedShownNumber,
    WatchedSubscriber,
    WatchedToken,
    WatchedUser,
)
from events.webhook_models import Delivery, Webhook

__all__ = [
    "Delivery",
    "Event",
    "Mark",
    "Presence",
    "WatchedBinding",
    "WatchedCall",
    "WatchedCallSettings",
    "WatchedCaller",
    "WatchedCredential",
    "WatchedCustomer",
    "WatchedDomain",
    "WatchedForwarding",
    "WatchedNumber",
    "WatchedNumberAssignment",
    "WatchedShownNumber",
    "WatchedSubscriber",
    "WatchedToken",
    "WatchedUser",
    "Webhook",
]


class NewId(Func):
    """A UUID of version 7: PostgreSQL's own, or before 18 one that a function of ours makes (migration 0001)."""

    template = "events_new_id()"
    arity = 0
    output_field = models.UUIDField()


class ClockNow(Func):
    """The time of day of this very moment, not of the transaction's begin."""

    template = "clock_timestamp()"
    arity = 0
    output_field = models.DateTimeField()


class Event(models.Model):
    """One thing that happened. Written by triggers (watched.py), in the transaction that did it; never changed.

    All is named by the uids that the API knows, so an event outlives what it tells of. `xid` is the transaction that
    wrote it: readers go by (xid, id), see feed.py. In partitions by day, by the time in `id`.
    """

    id = models.UUIDField("ID", primary_key=True, db_default=NewId(), editable=False)
    xid = XidField(db_default=CurrentXid(), editable=False)
    type = models.TextField(_("what happened"))
    at = models.DateTimeField(_("at"), db_default=ClockNow())
    reseller = models.UUIDField(_("reseller"), null=True, blank=True)
    customer = models.UUIDField(_("customer"), null=True, blank=True)
    subscriber = models.UUIDField(_("subscriber"), null=True, blank=True)
    object_type = models.TextField(_("kind of object"), blank=True, default="", db_default="")
    object_id = models.UUIDField(_("object's id"), null=True, blank=True)
    object_name = models.TextField(_("object"), blank=True, default="", db_default="")
    data = models.JSONField(_("data"), default=dict)
    actor = models.UUIDField(_("done by"), null=True, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-xid", "-id"]
        indexes = [
            models.Index(fields=["xid", "id"], name="event_in_order"),
            models.Index(fields=["reseller", "xid", "id"], name="event_by_reseller"),
            models.Index(fields=["customer", "xid", "id"], name="event_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.object_name}"


class Presence(models.Model):
    """A subscriber of whom a phone is registered, as the feed has told it: kept by the triggers on registrations.

    It makes "the first one" and "the last one" exact whoever writes at the same time; presence.py mends the rest.
    """

    subscriber_id = models.BigIntegerField(primary_key=True)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")

    def __str__(self) -> str:
        return str(self.subscriber_id)


class Mark(models.Model):
    """How far something was read that lies elsewhere, so that it goes on from there."""

    name = models.TextField(primary_key=True)
    place = models.TextField(blank=True, default="")

    objects = MarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("mark")
        verbose_name_plural = _("marks")

    def __str__(self) -> str:
        return f"{self.name}: {self.place}"
