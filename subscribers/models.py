"""SIP domains, the subscribers in them, their credentials, and the bindings that phones registered.

What a subscriber may do and wants done with its calls has a file of its own, call_settings.py.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Identified, Reseller
from subscribers import triggers
from subscribers.call_settings import CallerRule, CallSettings, Forwarding, ShownNumber
from subscribers.choices import DigestAlgorithm, PhoneTransport
from subscribers.querysets import (
    BindingQuerySet,
    DomainNameQuerySet,
    DomainQuerySet,
    SipCredentialQuerySet,
    SubscriberQuerySet,
)
from subscribers.validators import (
    ALIAS_PATTERN,
    DOMAIN_PATTERN,
    MAX_HOST_LENGTH,
    USERNAME_PATTERN,
    validate_domain,
    validate_domain_name,
    validate_username,
)

__all__ = [
    "MAX_CREDENTIALS",
    "Binding",
    "CallSettings",
    "CallerRule",
    "Domain",
    "DomainName",
    "Forwarding",
    "ShownNumber",
    "SipCredential",
    "Subscriber",
]

MAX_CREDENTIALS = 5  # of one subscriber: all of them are tried on each REGISTER (DESIGN, "whose secret")
MAX_CONTACT_BYTES = 1024
MAX_Q = 1000  # q of RFC 3261 §20.10 in thousandths


class Domain(Identified):
    """A SIP domain of a reseller. Its name is the digest realm, so it is never renamed, only aliased."""

    reseller = models.ForeignKey(
        Reseller, verbose_name=_("reseller"), on_delete=models.PROTECT, related_name="domains", db_index=False
    )
    name = models.CharField(
        _("name"),
        max_length=MAX_HOST_LENGTH,
        validators=[validate_domain],
        help_text=_("The part behind the @. It cannot be changed later; aliases can be added."),
    )
    is_default = models.BooleanField(
        _("default"), default=False, help_text=_("Phones that know only the server's address belong to it.")
    )
    digest_algorithm = models.CharField(
        _("digest algorithm"), max_length=10, choices=DigestAlgorithm.choices, default=DigestAlgorithm.MD5
    )
    strict_call_id = models.BooleanField(
        _("strict Call-ID"),
        default=False,
        db_default=False,
        help_text=_(
            "On: a registration is renewed only by the phone that made it, told by its Call-ID. Turn it on where "
            "phones of one user have the same private address behind different routers; a phone that restarts is then "
            "listed twice until its old registration ends."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DomainQuerySet.as_manager()

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        ordering = ["name"]
        triggers = triggers.DOMAIN
        constraints = [
            models.UniqueConstraint(fields=["name"], name="domain_name_unique"),
            models.UniqueConstraint(fields=["reseller", "id"], name="domain_of_reseller"),
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="domain_one_default",
                violation_error_message=_("Another domain is the default already."),
            ),
            models.CheckConstraint(name="domain_name_is_host", condition=Q(name__regex=DOMAIN_PATTERN)),
            models.CheckConstraint(
                name="domain_digest_known", condition=Q(digest_algorithm__in=DigestAlgorithm.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse another name for a domain that stands: every stored HA1 contains it.

        Raises ValidationError for the field `name`.
        """
        if self.pk and Domain.objects.filter(pk=self.pk).exclude(name=self.name).exists():
            raise ValidationError({"name": _("A domain cannot be renamed. Add an alias instead.")})
        if DomainName.objects.filter(name=self.name).exclude(domain_id=self.pk).exists():
            taken = ValidationError(_("Another domain has this name or alias."), "unique")
            raise ValidationError({"name": taken})


class DomainName(models.Model):
    """A name by which a domain is reached. The primary one is the domain's own and is made by a trigger."""

    uid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    domain = models.ForeignKey(Domain, verbose_name=_("domain"), on_delete=models.CASCADE, related_name="names")
    name = models.CharField(
        _("name"),
        max_length=MAX_HOST_LENGTH,
        validators=[validate_domain_name],
        help_text=_("A host name or an IP address. Over all domains each name exists once."),
    )
    is_primary = models.BooleanField(_("primary"), default=False, editable=False)

    objects = DomainNameQuerySet.as_manager()

    class Meta:
        verbose_name = _("domain name")
        verbose_name_plural = _("domain names")
        ordering = ["-is_primary", "name"]
        triggers = triggers.DOMAIN_NAME
        constraints = [
            models.UniqueConstraint(fields=["name"], name="domainname_name_unique"),
            models.UniqueConstraint(fields=["domain"], condition=Q(is_primary=True), name="domainname_one_primary"),
            models.CheckConstraint(name="domainname_name_is_host", condition=Q(name__regex=ALIAS_PATTERN)),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse to change what the domain's own name is.

        Raises ValidationError for the field `name`.
        """
        primary = DomainName.objects.filter(pk=self.pk, is_primary=True).first() if self.pk else None
        if primary and primary.name != self.name:
            raise ValidationError({"name": _("The primary name of a domain cannot be changed.")})


class Subscriber(Identified):
    """An account that phones register to: the address of record sip:username@domain."""

    domain = models.ForeignKey(
        Domain,
        verbose_name=_("domain"),
        on_delete=models.PROTECT,
        related_name="subscribers",
        db_index=False,
        db_constraint=False,
    )
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="subscribers",
        db_index=False,
        db_constraint=False,
    )
    reseller = models.ForeignKey(
        Reseller, verbose_name=_("reseller"), on_delete=models.PROTECT, related_name="subscribers", db_index=False
    )
    username = models.CharField(_("user name"), max_length=64, validators=[validate_username])
    display_name = models.CharField(_("display name"), max_length=100, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    digest_algorithm = models.CharField(  # noqa: DJ001 - null says "as the domain does"
        _("digest algorithm"),
        max_length=10,
        choices=DigestAlgorithm.choices,
        null=True,
        blank=True,
        help_text=_("Empty: as the domain does."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        ordering = ["username", "id"]
        triggers = triggers.SUBSCRIBER
        constraints = [
            models.UniqueConstraint(fields=["domain", "username"], name="subscriber_username_once"),
            models.UniqueConstraint(fields=["reseller", "id"], name="subscriber_of_reseller"),
            models.CheckConstraint(name="subscriber_username_chars", condition=Q(username__regex=USERNAME_PATTERN)),
            models.CheckConstraint(
                name="subscriber_digest_known",
                condition=Q(digest_algorithm__isnull=True) | Q(digest_algorithm__in=DigestAlgorithm.values),
            ),
        ]
        indexes = [
            models.Index(fields=["username", "id"], name="subscriber_by_username"),
            # Searching for how a name begins, whatever the database's collation.
            models.Index(fields=["username"], name="subscriber_by_prefix", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["reseller", "username", "id"], name="subscriber_by_reseller"),
            models.Index(fields=["customer", "username", "id"], name="subscriber_by_customer"),
            # Those who are suspended are few: the list of them does not read all the others.
            models.Index(
                fields=["username", "id"],
                name="subscriber_suspended",
                condition=Q(is_active=False),
                include=["domain", "customer", "reseller"],
            ),
        ]

    def __str__(self) -> str:
        return self.aor

    @property
    def aor(self) -> str:
        """The address of record without its scheme: alice@example.org."""
        return f"{self.username}@{self.domain.name}"

    def clean(self) -> None:
        """Refuse what the database would refuse too, with the field's name.

        Raises ValidationError for `domain`, `customer` or `username`.
        """
        self.username = self.username.lower()
        if self.domain_id and self.reseller_id and self.domain.reseller_id != self.reseller_id:
            raise ValidationError({"domain": _("The domain belongs to another reseller.")})
        if self.customer_id and self.reseller_id and self.customer.reseller_id != self.reseller_id:
            raise ValidationError({"customer": _("The customer belongs to another reseller.")})
        if self.pk and self._was_renamed() and self.credentials.exists():
            raise ValidationError({"username": _("The stored credentials hold the old name. Remove them before.")})

    def _was_renamed(self) -> bool:
        same = Subscriber.objects.filter(pk=self.pk, username=self.username, domain_id=self.domain_id)
        return not same.exists()


class SipCredential(Identified):
    """A secret with which a subscriber's phone answers a challenge. Only encrypted HA1 values are kept."""

    subscriber = models.ForeignKey(
        Subscriber, verbose_name=_("subscriber"), on_delete=models.CASCADE, related_name="credentials", db_index=False
    )
    slot = models.PositiveSmallIntegerField(
        _("slot"), validators=[MinValueValidator(1), MaxValueValidator(MAX_CREDENTIALS)]
    )
    label = models.CharField(_("label"), max_length=100, blank=True)
    secret = models.TextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    rotated_at = models.DateTimeField(_("rotated at"), null=True, blank=True, editable=False)

    objects = SipCredentialQuerySet.as_manager()

    encrypted_fields = ("secret",)

    class Meta:
        verbose_name = _("SIP credential")
        verbose_name_plural = _("SIP credentials")
        ordering = ["subscriber_id", "slot"]
        triggers = triggers.SIP_CREDENTIAL
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "slot"], name="sipcredential_slot_once"),
            models.CheckConstraint(
                name="sipcredential_slot_range", condition=Q(slot__gte=1, slot__lte=MAX_CREDENTIALS)
            ),
        ]

    def __str__(self) -> str:
        return self.label or f"#{self.slot}"


class Binding(Identified):
    """Where a subscriber's phone can be reached, until when (RFC 3261 §10). Written by the edge.

    No btree stands on a column that a refresh changes, so that each refresh is a HOT update.
    """

    uid = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    subscriber = models.ForeignKey(
        Subscriber, verbose_name=_("subscriber"), on_delete=models.CASCADE, related_name="bindings", db_index=False
    )
    key = models.TextField(help_text=_("What tells this device from the subscriber's others."))
    contact = models.TextField(_("contact"))
    call_id = models.TextField(_("Call-ID"))
    cseq = models.BigIntegerField(_("CSeq"))
    q = models.PositiveSmallIntegerField(_("q in thousandths"), default=MAX_Q, db_default=MAX_Q)
    expires_at = models.DateTimeField(_("expires at"))
    received_from = models.TextField(_("received from"))
    flow = models.TextField(  # noqa: DJ001 - null says "send to the contact itself"
        _("flow"),
        null=True,
        blank=True,
        help_text=_("Set when requests must go there, not to the contact."),
    )
    transport = models.TextField(_("transport"))
    user_agent = models.TextField(_("user agent"), blank=True, default="", db_default="")
    path = models.TextField(_("path"), blank=True, default="", db_default="")
    instance_id = models.TextField(_("instance"), blank=True, default="", db_default="")
    reg_id = models.IntegerField(_("reg-id"), null=True, blank=True)
    edge = models.TextField(_("edge"), blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("refreshed at"), db_default=Now(), editable=False)

    objects = BindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("binding")
        verbose_name_plural = _("bindings")
        ordering = ["-id"]
        triggers = triggers.BINDING
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "key"], name="binding_key_once_per_subscriber"),
            models.CheckConstraint(name="binding_q_range", condition=Q(q__gte=0, q__lte=MAX_Q)),
            models.CheckConstraint(name="binding_cseq_not_negative", condition=Q(cseq__gte=0)),
        ]
        indexes = [
            # By a rare transport none is looked for among all. Most phones come by UDP and cost nothing here; one that
            # changes its transport pays once.
            models.Index(
                fields=["transport", "id"], name="binding_by_transport", condition=~Q(transport=PhoneTransport.UDP)
            ),
        ]

    def __str__(self) -> str:
        return self.contact
