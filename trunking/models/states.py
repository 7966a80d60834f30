"""What the edges know of the gateways: whether they answer, and whether we are registered there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from trunking.models.gateways import Gateway
from trunking.querysets import GatewayStateQuerySet

STATUS_RANGE = {"gte": 100, "lte": 699}  # RFC 3261 §7.2


def _status_or_none(field: str) -> Q:
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__{way}": limit for way, limit in STATUS_RANGE.items()})


class GatewayState(models.Model):
    """One gateway as one edge sees it. Edges write it (sipedge/store/gateway_states.py); nothing here tells them."""

    gateway = models.ForeignKey(
        Gateway, verbose_name=_("gateway"), on_delete=models.CASCADE, related_name="states", db_index=False
    )
    edge = models.TextField(_("edge"))
    saved_at = models.DateTimeField(_("told at"))
    is_up = models.BooleanField(_("answers"), null=True, blank=True)
    since = models.DateTimeField(_("since"), null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(_("last answer"), null=True, blank=True)
    last_error = models.TextField(_("what is wrong"), blank=True, default="")
    round_trip_ms = models.PositiveIntegerField(_("round trip in ms"), null=True, blank=True)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    registered_until = models.DateTimeField(_("registered until"), null=True, blank=True)
    registration_status = models.PositiveSmallIntegerField(_("registrar's last answer"), null=True, blank=True)
    registration_error = models.TextField(_("what is wrong with the registration"), blank=True, default="")

    objects = GatewayStateQuerySet.as_manager()

    class Meta:
        verbose_name = _("gateway state")
        verbose_name_plural = _("gateway states")
        ordering = ["gateway", "edge"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "edge"], name="gatewaystate_once_per_edge"),
            models.CheckConstraint(name="gatewaystate_status_range", condition=_status_or_none("last_status")),
            models.CheckConstraint(
                name="gatewaystate_registration_range", condition=_status_or_none("registration_status")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} / {self.edge}"
