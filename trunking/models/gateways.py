"""The ways to and from the telephone network: carriers and their gateways."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import NetworkField
from accounts.models import Identified
from accounts.notify import notify_all
from numbering.models import NumberFormat
from subscribers.secrets import encrypt_password
from subscribers.validators import MAX_HOST_LENGTH, validate_domain, validate_domain_name
from trunking.choices import CalledNumberIn, CallerIn, DivertedAs, FromAs, IdentityAs, Transport
from trunking.constraints import GATEWAY, MAX_EXPIRES, MAX_LIMIT, MAX_RINGING, MIN_EXPIRES
from trunking.querysets import GatewayQuerySet, ProviderQuerySet
from trunking.validators import (
    MAX_ADDRESS_LENGTH,
    MAX_PORT,
    MAX_USERNAME_LENGTH,
    validate_account,
    validate_address,
    validate_aor,
    validate_contact_user,
    validate_probe_interval,
    validate_realm,
)

MAX_FAILOVER_CODES = 32
MAX_EDGE_NAME = 100
DEFAULT_EXPIRES = 3600  # seconds; what most registrars grant


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


def _choice(label: Any, choices: type[models.TextChoices], default: models.TextChoices, help_text: Any) -> Any:
    """A column with one of a closed list, the usual one where nothing is said."""
    return models.CharField(
        label, max_length=20, choices=choices.choices, default=default, db_default=default, help_text=help_text
    )


def _text(label: Any, max_length: int, validator: Any, help_text: Any) -> Any:
    """A column that may be empty."""
    return models.CharField(
        label, max_length=max_length, blank=True, default="", db_default="", validators=[validator], help_text=help_text
    )


def _limit(label: Any, last: int, help_text: Any) -> Any:
    """A column with a number from 1 on; none: no limit."""
    validators = [MinValueValidator(1), MaxValueValidator(last)]
    return models.PositiveIntegerField(label, null=True, blank=True, validators=validators, help_text=help_text)


class Gateway(Identified):
    """A SIP peer that joins us to the telephone network.

    Trusted by its source addresses, its TLS certificate, or by digest. Passwords are kept as tokens that
    `subscribers.secrets` makes; the edge alone reads them.
    """

    carrier = models.ForeignKey(Carrier, verbose_name=_("carrier"), on_delete=models.PROTECT, related_name="gateways")
    name = models.CharField(_("name"), max_length=100, unique=True)
    is_active = models.BooleanField(_("active"), default=True)

    host = models.CharField(
        _("host"),
        max_length=MAX_HOST_LENGTH,
        validators=[validate_domain_name],
        help_text=_("Where calls out are sent: a name, whose SRV records count where no port is given, or an address."),
    )
    port = models.PositiveIntegerField(
        _("port"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_PORT)],
        help_text=_("Empty: as DNS says, or 5060."),
    )
    transport = models.CharField(_("transport"), max_length=5, choices=Transport.choices, default=Transport.UDP)
    outbound_proxy = _text(
        _("outbound proxy"),
        MAX_ADDRESS_LENGTH,
        validate_address,
        _("host or host:port that all requests to this gateway go through. Empty: straight to it."),
    )
    tls_name = _text(
        _("TLS name"),
        MAX_HOST_LENGTH,
        validate_domain,
        _(
            "The host name in the certificate that the gateway shows when it connects by TLS; whoever proves it is "
            "this gateway, from whatever address. Needs SIP_TLS_CLIENT_CA. Empty: trusted sources alone count."
        ),
    )
    inbound_username = _text(
        _("its user name"),
        MAX_USERNAME_LENGTH,
        validate_account,
        _("Whoever answers our challenge with this name and its password is this gateway, from whatever address."),
    )
    inbound_secret = models.TextField(blank=True, default="", db_default="", editable=False)

    number_format = models.ForeignKey(
        NumberFormat,
        verbose_name=_("number format"),
        on_delete=models.PROTECT,
        related_name="gateways",
        null=True,
        blank=True,
        help_text=_("How the gateway writes numbers. Empty: E.164 with the plus, and nothing else."),
    )
    called_number_in = _choice(
        _("called number in"),
        CalledNumberIn,
        CalledNumberIn.REQUEST_URI,
        _("Where it stands in calls that come in. To: where the carrier sends all calls to one registered address."),
    )
    caller_in = _choice(
        _("calling number in"), CallerIn, CallerIn.ASSERTED, _("Where it stands in calls that come in.")
    )
    identity_as = _choice(
        _("identity sent in"),
        IdentityAs,
        IdentityAs.ASSERTED,
        _("How calls out say whose they are, also when the caller hides the number from the called side."),
    )
    from_as = _choice(_("From of calls out"), FromAs, FromAs.CALLER, _("Carriers that bill by From want the number."))
    diverted_as = _choice(
        _("forwarded calls say so in"), DivertedAs, DivertedAs.DIVERSION, _("By which subscriber a call was forwarded.")
    )

    max_calls = _limit(_("calls at a time"), MAX_LIMIT, _("In and out together, over all edges. Empty: no limit."))
    max_calls_per_second = _limit(
        _("new calls a second"), MAX_LIMIT, _("Calls out that begin within a second. Empty: no limit.")
    )
    probe_interval = models.PositiveSmallIntegerField(
        _("OPTIONS every"),
        default=0,
        db_default=0,
        validators=[validate_probe_interval],
        help_text=_("Seconds, 30 is usual; a gateway that does not answer is left out until it does. 0: never asked."),
    )
    ringing_within = models.PositiveSmallIntegerField(
        _("rings within"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_RINGING)],
        help_text=_("Seconds after which the next gateway is tried. Empty: as long as the caller waits."),
    )
    failover_codes = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(400), MaxValueValidator(699)]),
        verbose_name=_("next gateway after"),
        blank=True,
        default=list,
        db_default=[],
        validators=[MaxLengthValidator(MAX_FAILOVER_CODES)],
        help_text=_(
            "Final answers after which the next gateway is tried, such as 404, 480, 503. Empty: those that speak of "
            "the gateway and not of the called side."
        ),
    )

    outbound_username = _text(
        _("our user name"),
        MAX_USERNAME_LENGTH,
        validate_account,
        _("With it, and its password, its challenges (401, 407) to calls and registrations are answered."),
    )
    outbound_secret = models.TextField(blank=True, default="", db_default="", editable=False)
    outbound_realm = _text(
        _("realm"), 128, validate_realm, _("The only realm whose challenges are answered. Empty: that of the first.")
    )

    registers = models.BooleanField(
        _("register there"),
        default=False,
        db_default=False,
        help_text=_("On where the carrier sends calls to a registered address, as to a phone."),
    )
    registrar = _text(
        _("registrar"), MAX_ADDRESS_LENGTH, validate_address, _("host or host:port. Empty: the gateway itself.")
    )
    registration_aor = _text(
        _("registered address"), 255, validate_aor, _("What the carrier calls it: sip:4311001@carrier.example")
    )
    registration_user = _text(
        _("contact user"),
        MAX_USERNAME_LENGTH,
        validate_contact_user,
        _("The user part of our contact: what calls come to."),
    )
    registration_expires = models.PositiveIntegerField(
        _("renewed after"),
        default=DEFAULT_EXPIRES,
        db_default=DEFAULT_EXPIRES,
        validators=[MinValueValidator(MIN_EXPIRES), MaxValueValidator(MAX_EXPIRES)],
        help_text=_("Seconds asked for; the registrar may say otherwise."),
    )
    registration_edge = models.CharField(
        _("by the edge"),
        max_length=MAX_EDGE_NAME,
        blank=True,
        default="",
        db_default="",
        help_text=_("The name of the edge that registers. Empty: each edge does, with an address of its own."),
    )

    objects = GatewayQuerySet.as_manager()

    encrypted_fields = ("inbound_secret", "outbound_secret")

    class Meta:
        verbose_name = _("gateway")
        verbose_name_plural = _("gateways")
        ordering = ["name"]
        triggers = notify_all("gateway")
        constraints = GATEWAY

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Each of the codes once, in their order."""
        self.failover_codes = sorted(set(self.failover_codes))

    def set_inbound_account(self, username: str, password: str | None) -> None:
        """Let the gateway prove itself so; password None: the one it has. '' as name: not by digest. Does not save.

        Raises ImproperlyConfigured when there is no key to encrypt with.
        """
        self.inbound_username = username
        self.inbound_secret = _secret(username, password, self.inbound_secret)

    def set_outbound_account(self, username: str, password: str | None) -> None:
        """Answer its challenges so; password None: the one it has. '' as name: not at all. Does not save.

        Raises ImproperlyConfigured when there is no key to encrypt with.
        """
        self.outbound_username = username
        self.outbound_secret = _secret(username, password, self.outbound_secret)


def _secret(username: str, password: str | None, known: str) -> str:
    if not username:
        return ""
    return known if password is None else encrypt_password(password)


class GatewaySource(models.Model):
    """A network from which a gateway's requests come; whoever sends from there is that gateway."""

    gateway = models.ForeignKey(Gateway, verbose_name=_("gateway"), on_delete=models.CASCADE, related_name="sources")
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
