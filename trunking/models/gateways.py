"""The ways to and from the telephone network: carriers and their gateways."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Identified
from accounts.notify import notify_all
from numbering.models import NumberFormat
from subscribers.choices import Transport
from subscribers.validators import (
    ALIAS_PATTERN,
    DOMAIN_PATTERN,
    MAX_HOST_LENGTH,
    validate_domain,
    validate_domain_name,
)
from trunking.fields import NetworkField
from trunking.querysets import ProviderQuerySet

MAX_PORT = 65535


class Carrier(Identified):
    """A company that takes calls to, and brings calls from, the telephone network."""

    name = models.CharField(_("name"), max_length=100, unique=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("carrier")
        verbose_name_plural = _("carriers")
        ordering = ["name"]
        triggers = notify_all("gateway")

    def __str__(self) -> str:
        return self.name


class Gateway(Identified):
    """A SIP peer that joins us to the telephone network. Trusted by its source addresses, or by its TLS certificate."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="gateways")
    name = models.CharField(_("name"), max_length=100, unique=True)
    is_active = models.BooleanField(_("active"), default=True)
    host = models.CharField(
        _("host"),
        max_length=MAX_HOST_LENGTH,
        validators=[validate_domain_name],
        help_text=_("Where calls out are sent."),
    )
    port = models.PositiveIntegerField(
        _("port"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_PORT)],
        help_text=_("Empty: as DNS says, or 5060."),
    )
    transport = models.CharField(_("transport"), max_length=5, choices=Transport.choices, default=Transport.UDP)
    tls_name = models.CharField(
        _("TLS name"),
        max_length=MAX_HOST_LENGTH,
        blank=True,
        default="",
        db_default="",
        validators=[validate_domain],
        help_text=_(
            "The host name in the certificate that the gateway shows when it connects by TLS; whoever proves it is "
            "this gateway, from whatever address. Needs SIP_TLS_CLIENT_CA. Empty: trusted sources alone count."
        ),
    )
    number_format = models.ForeignKey(
        NumberFormat,
        on_delete=models.PROTECT,
        related_name="gateways",
        null=True,
        blank=True,
        help_text=_("How the gateway writes numbers. Empty: E.164 with the plus, and nothing else."),
    )

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("gateway")
        verbose_name_plural = _("gateways")
        ordering = ["name"]
        triggers = notify_all("gateway")
        constraints = [
            models.CheckConstraint(
                name="gateway_port_range", condition=Q(port__isnull=True) | Q(port__gte=1, port__lte=MAX_PORT)
            ),
            models.CheckConstraint(name="gateway_transport_known", condition=Q(transport__in=Transport.values)),
            models.CheckConstraint(name="gateway_host_is_host", condition=Q(host__regex=ALIAS_PATTERN)),
            models.CheckConstraint(
                name="gateway_tls_name_is_name", condition=Q(tls_name="") | Q(tls_name__regex=DOMAIN_PATTERN)
            ),
            models.UniqueConstraint(fields=["tls_name"], name="gateway_tls_name_unique", condition=~Q(tls_name="")),
        ]

    def __str__(self) -> str:
        return self.name


class GatewaySource(models.Model):
    """A network from which a gateway's requests come; whoever sends from there is that gateway."""

    gateway = models.ForeignKey(Gateway, on_delete=models.CASCADE, related_name="sources")
    network = NetworkField(_("network"), help_text=_("An address or a network, such as 192.0.2.0/28."))

    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("gateway source")
        verbose_name_plural = _("gateway sources")
        ordering = ["network"]
        triggers = notify_all("gateway")
        constraints = [models.UniqueConstraint(fields=["network"], name="gatewaysource_network_unique")]

    def __str__(self) -> str:
        return str(self.network)
