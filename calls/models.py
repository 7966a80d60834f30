"""Call records. The edge writes them; the panel, the API and the customer's page read them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Reseller
from accounts.notify import notify_when_set
from calls.choices import Direction, EndedBy, State
from calls.querysets import CallHourQuerySet, CallQuerySet, RolledHourQuerySet
from numbering.models import E164_LENGTH
from subscribers.models import Subscriber
from trunking.models import Gateway


def _fact(label: Any, to: type[models.Model]) -> Any:
    """Return a reference that the record keeps even when the row it names is gone."""
    return models.ForeignKey(
        to,
        verbose_name=label,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )


def _number(label: Any) -> Any:
    """Return a column for an E.164 number with the plus; empty where there is none."""
    return models.CharField(label, max_length=E164_LENGTH, blank=True, default="", db_default="")


DELAYS = (1, 2, 3, 5, 8, 13, 21)
"""Seconds of post-dial delay within which calls are counted."""


class Call(models.Model):
    """One call from its first INVITE to its end. `id` is a UUID of version 7, made by the edge."""

    id = models.UUIDField("ID", primary_key=True, editable=False)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    sip_call_id = models.TextField("Call-ID")
    from_tag = models.TextField(_("From tag"), blank=True, default="", db_default="")
    to_tag = models.TextField(_("To tag"), blank=True, default="", db_default="")
    caller = models.TextField(_("caller"))
    callee = models.TextField(_("callee"), help_text=_("As dialled."))
    caller_number = _number(_("caller's number"))
    callee_number = _number(_("callee's number"))
    caller_subscriber = _fact(_("caller's subscriber"), Subscriber)
    callee_subscriber = _fact(_("callee's subscriber"), Subscriber)
    caller_customer = _fact(_("caller's customer"), Customer)
    callee_customer = _fact(_("callee's customer"), Customer)
    caller_reseller = _fact(_("caller's reseller"), Reseller)
    callee_reseller = _fact(_("callee's reseller"), Reseller)
    gateway_in = _fact(_("came by gateway"), Gateway)
    gateway_out = _fact(_("left by gateway"), Gateway)
    edge = models.TextField(_("edge"), blank=True, default="", db_default="")
    started_at = models.DateTimeField(_("started at"))
    ringing_at = models.DateTimeField(_("ringing at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    status_code = models.PositiveSmallIntegerField(_("SIP status"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True, default="", db_default="")
    cause = models.PositiveSmallIntegerField(_("Q.850 cause"), null=True, blank=True)
    ended_by = models.CharField(
        _("ended by"), max_length=10, choices=EndedBy.choices, blank=True, default="", db_default=""
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="legs",
        db_constraint=False,
        db_index=False,
        verbose_name=_("forwarding of"),
    )
    steps = models.JSONField(_("decision"), null=True, blank=True)
    attempts = models.JSONField(_("gateways tried"), null=True, blank=True)
    dialog = models.JSONField(_("dialog"), null=True, blank=True, editable=False)
    session_expires_at = models.DateTimeField(_("session ends at"), null=True, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        triggers = notify_when_set("call", "ended_at")
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(name="call_direction_known", condition=Q(direction__in=Direction.values)),
            models.CheckConstraint(name="call_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="call_ended_by_known", condition=Q(ended_by__in=["", *EndedBy.values])),
            models.CheckConstraint(
                name="call_ended_has_end",
                condition=Q(state=State.ENDED, ended_at__isnull=False)
                | (~Q(state=State.ENDED) & Q(ended_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="call_by_start"),
            models.Index(fields=["started_at"], name="call_open", condition=Q(ended_at__isnull=True)),
            *(
                models.Index(
                    fields=[f"{party}_{owner}", "-started_at", "-id"],
                    name=f"call_by_{party}_{owner}",
                    condition=Q(**{f"{party}_{owner}__isnull": False}),
                )
                for party in ("caller", "callee")
                for owner in ("reseller", "customer", "subscriber")
            ),
            *(
                models.Index(
                    fields=[f"{party}_number", "-started_at", "-id"],
                    name=f"call_by_{party}_number",
                    condition=~Q(**{f"{party}_number": ""}),
                )
                for party in ("caller", "callee")
            ),
            *(
                models.Index(
                    fields=[gateway, "-started_at", "-id"],
                    name=f"call_by_{gateway}",
                    condition=Q(**{f"{gateway}__isnull": False}),
                )
                for gateway in ("gateway_in", "gateway_out")
            ),
            models.Index(fields=["parent"], name="call_leg", condition=Q(parent__isnull=False)),
            HashIndex(fields=["sip_call_id"], name="call_by_sip_call_id"),
        ]

    def __str__(self) -> str:
        return f"{self.caller} → {self.callee}"

    @property
    def post_dial_delay(self) -> timedelta | None:
        """How long the caller heard nothing: from the INVITE to the first ringing or the answer."""
        heard = self.ringing_at or self.answered_at
        return heard - self.started_at if heard else None

    @property
    def billable_seconds(self) -> float:
        """Seconds from the answer to the end; 0 for a call that was not answered or has not ended."""
        if self.answered_at is None or self.ended_at is None:
            return 0.0
        return max(0.0, (self.ended_at - self.answered_at).total_seconds())


def _sum() -> Any:
    return models.BigIntegerField(default=0)


class CallHour(models.Model):
    """Calls that began in an hour, counted (calls/rollup.py). way: '' counts calls, their gateway being that by which
    they came in; out counts attempts to call by a gateway. Never changed: an hour is counted anew as a whole."""

    hour = models.DateTimeField(_("hour"))
    way = models.CharField(max_length=3, blank=True)
    direction = models.CharField(_("direction"), max_length=10)
    gateway = _fact(_("gateway"), Gateway)
    caller_reseller = _fact(_("caller's reseller"), Reseller)
    callee_reseller = _fact(_("callee's reseller"), Reseller)
    country = models.CharField(_("destination"), max_length=8, blank=True)
    attempts = _sum()
    answered = _sum()
    completed = _sum()
    effective = _sum()
    seconds = models.FloatField(default=0)
    delays = _sum()
    delay_seconds = models.FloatField(default=0)
    within_1 = _sum()
    within_2 = _sum()
    within_3 = _sum()
    within_5 = _sum()
    within_8 = _sum()
    within_13 = _sum()
    within_21 = _sum()

    objects = CallHourQuerySet.as_manager()

    class Meta:
        verbose_name = _("hour of calls")
        verbose_name_plural = _("hours of calls")
        indexes = [models.Index(fields=["hour"], name="call_hour_by_hour")]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}:00 {self.attempts}"


class RolledHour(models.Model):
    """An hour that has been counted. open: how many of its calls stood then; it is counted again until none does."""

    hour = models.DateTimeField(_("hour"), primary_key=True)
    open = models.PositiveIntegerField(default=0)

    objects = RolledHourQuerySet.as_manager()

    class Meta:
        verbose_name = _("counted hour")
        verbose_name_plural = _("counted hours")
        indexes = [models.Index(fields=["hour"], name="rolled_hour_open", condition=Q(open__gt=0))]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}:00"
