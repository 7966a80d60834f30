"""Webhooks, and what was sent by each: models.py names these models too."""

from __future__ import annotations

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Identified, Reseller
from accounts.sealing import unseal
from events.choices import DeliveryStatus
from events.fields import XidField
from events.querysets import DeliveryQuerySet, WebhookQuerySet
from events.validators import validate_types, validate_url
from events.webhook_triggers import WEBHOOK

MAX_TYPES = 50
NIL = UUID(int=0)


class Webhook(Identified):
    """Where a program of a reseller or customer wants to be told of events; of an administrator, of all of them.

    It reads the feed from a place of its own (`xid`, `place`) and keeps in Delivery what it has taken from there. A
    worker that serves it has it leased, so that no two do.
    """

    reseller = models.ForeignKey(
        Reseller, verbose_name=_("reseller"), on_delete=models.CASCADE, null=True, blank=True, related_name="webhooks"
    )
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, null=True, blank=True, related_name="webhooks"
    )
    url = models.TextField(_("address"), validators=[validate_url])
    description = models.CharField(_("description"), max_length=200, blank=True, default="")
    types = ArrayField(
        models.CharField(max_length=50),
        verbose_name=_("types of events"),
        size=MAX_TYPES,
        blank=True,
        default=list,
        validators=[validate_types],
    )
    is_active = models.BooleanField(_("active"), default=True)
    disabled_reason = models.TextField(_("switched off because"), blank=True, default="", editable=False)
    secret = models.TextField(editable=False)
    previous_secret = models.TextField(blank=True, default="", editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    xid = XidField(editable=False)
    place = models.UUIDField(default=NIL, editable=False)
    placed_at = models.DateTimeField(editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)
    next_at = models.DateTimeField(_("tried again at"), null=True, blank=True, editable=False)
    served_at = models.DateTimeField(null=True, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    lease = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    encrypted_fields = ("secret", "previous_secret")

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["-created_at", "-id"]
        triggers = WEBHOOK
        constraints = [
            models.CheckConstraint(
                name="webhook_customer_has_reseller",
                condition=Q(customer__isnull=True) | Q(reseller__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="webhook_by_age")]

    def __str__(self) -> str:
        return self.description or self.url.partition("?")[0]

    def secrets(self) -> list[str]:
        """The secrets that are good now, the newest first. Raises SecretError."""
        is_overlap = self.previous_until is not None and self.previous_until > timezone.now()
        kept = [self.secret, self.previous_secret] if is_overlap and self.previous_secret else [self.secret]
        return [unseal(one) for one in kept]


class Delivery(Identified):
    """An event on its way to a webhook; `event` null is a ping. Its row is what is still to be done, whatever is lost
    elsewhere."""

    webhook = models.ForeignKey(
        Webhook, verbose_name=_("webhook"), on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    event = models.UUIDField(_("event"), null=True, blank=True)
    type = models.TextField(_("type"))
    status = models.CharField(
        _("status"), max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.WAITING
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    tried_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    status_code = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True, default="", db_default="")
    answer = models.TextField(_("answer"), blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="delivery_event_once"),
            models.CheckConstraint(name="delivery_status_known", condition=Q(status__in=DeliveryStatus.values)),
        ]
        indexes = [
            models.Index(fields=["webhook", "created_at", "id"], name="delivery_of_webhook"),
            models.Index(fields=["webhook", "id"], name="delivery_waiting", condition=Q(status="waiting")),
            models.Index(fields=["created_at", "id"], name="delivery_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.type} → {self.webhook}"
