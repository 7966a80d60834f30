"""Which gateway takes which numbers."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Identified
from accounts.notify import notify_all
from trunking.models.gateways import Gateway
from trunking.querysets import ProviderQuerySet

PREFIX_PATTERN = r"^[0-9]{0,15}$"


class Route(Identified):
    """Which gateway takes calls to numbers with a prefix. Lower priority comes first."""

    gateway = models.ForeignKey(Gateway, on_delete=models.CASCADE, related_name="routes")
    prefix = models.CharField(
        _("prefix"),
        max_length=15,
        blank=True,
        default="",
        validators=[RegexValidator(r"^[0-9]*\Z", _("Only digits, without the plus."))],
        help_text=_("The first digits of the E.164 number, without the plus. Empty: all numbers."),
    )
    priority = models.PositiveSmallIntegerField(_("priority"), default=100)
    is_active = models.BooleanField(_("active"), default=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        ordering = ["prefix", "priority", "id"]
        triggers = notify_all("gateway")
        constraints = [
            models.UniqueConstraint(fields=["prefix", "gateway"], name="route_once_per_gateway"),
            models.CheckConstraint(name="route_prefix_digits", condition=Q(prefix__regex=PREFIX_PATTERN)),
        ]

    def __str__(self) -> str:
        return f"{self.prefix or '*'} → {self.gateway}"
