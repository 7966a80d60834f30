"""Who may do what: people with a role, resellers and customers as owners of data, API tokens."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role, Scope, TokenState
from accounts.fields import NetworkField
from accounts.notify import notify_all, notify_all_when_changed
from accounts.querysets import ApiTokenQuerySet, CustomerQuerySet, ResellerQuerySet, ScopedQuerySet, UserManager
from accounts.usernames import login_key, validate_one_script
from accounts.validators import validate_user_agent_pattern
from sipedge.guards.user_agents import MAX_PATTERN

SHA256_PATTERN = r"^[0-9a-f]{64}$"


class Identified(models.Model):
    """A row with a name for the outside: `uid`, the API's `id`, which does not tell how many there are."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class Reseller(Identified):
    """An organisation that sells the service under its own name; whose data no other reseller sees."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("If not, all its subscribers are suspended.")
    )
    max_calls = models.PositiveIntegerField(
        _("calls at the same time"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Of all its subscribers together, calls in and out. Empty: no limit."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ResellerQuerySet.as_manager()

    class Meta:
        verbose_name = _("reseller")
        verbose_name_plural = _("resellers")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="reseller_max_calls", condition=Q(max_calls__isnull=True) | Q(max_calls__gte=1)
            ),
        ]
        triggers = [
            *notify_all_when_changed("subscriber", ["is_active", "max_calls"]),
            *notify_all_when_changed("domain", ["is_active"]),
        ]

    def __str__(self) -> str:
        return self.name


class Customer(Identified):
    """Who buys the service from a reseller: a person or an organisation."""

    reseller = models.ForeignKey(
        Reseller, verbose_name=_("reseller"), on_delete=models.PROTECT, related_name="customers", db_index=False
    )
    name = models.CharField(_("name"), max_length=200)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("If not, all its subscribers are suspended.")
    )
    max_calls = models.PositiveIntegerField(
        _("calls at the same time"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Of all its subscribers together, calls in and out. Empty: no limit."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["reseller", "name"], name="customer_name_once_per_reseller"),
            # What the composite foreign keys of other tables point at, and the order of paged lists.
            models.UniqueConstraint(fields=["reseller", "id"], name="customer_of_reseller"),
            models.CheckConstraint(
                name="customer_max_calls", condition=Q(max_calls__isnull=True) | Q(max_calls__gte=1)
            ),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="customer_by_name"),
            # Searching for how a name begins, in any case of letters and whatever the database's collation.
            models.Index(OpClass(Upper("name"), "text_pattern_ops"), name="customer_by_prefix"),
        ]
        triggers = notify_all_when_changed("subscriber", ["is_active", "max_calls"])

    def __str__(self) -> str:
        return self.name


class User(AbstractUser, Identified):  # noqa: DJ008 - AbstractUser has one
    """A person who logs in: an administrator of the provider, or somebody of a reseller or customer."""

    username = models.CharField(
        _("username"),
        max_length=150,
        unique=True,
        help_text=_("Letters, digits and @ . + - _; one name for all ways to write it: Alice is alice."),
        validators=[UnicodeUsernameValidator(), validate_one_script],
        error_messages={"unique": _("This user name is taken.")},
    )
    login_key = models.TextField(unique=True, editable=False, error_messages={"unique": _("This user name is taken.")})
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.CUSTOMER)
    reseller = models.ForeignKey(
        Reseller, verbose_name=_("reseller"), on_delete=models.PROTECT, null=True, blank=True, related_name="users"
    )
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, null=True, blank=True, related_name="users"
    )

    # Whose people these are, a customer's counting as its reseller's: PostgreSQL fills it in (trigger `set_seller`).
    seller = models.ForeignKey(
        Reseller, on_delete=models.DO_NOTHING, null=True, editable=False, related_name="+", db_index=False
    )

    objects: ClassVar[UserManager] = UserManager()

    class Meta(AbstractUser.Meta):
        indexes = [
            models.Index(fields=["seller", "username", "id"], name="user_of_seller"),
            models.Index(OpClass(Upper("username"), "text_pattern_ops"), name="user_by_prefix"),
            # Few among the many people of customers.
            models.Index(fields=["username", "id"], condition=~Q(role=Role.CUSTOMER), name="user_staff"),
            models.Index(fields=["username", "id"], condition=Q(is_active=False), name="user_suspended"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="set_seller",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="NEW.seller_id := COALESCE(NEW.reseller_id, "
                "(SELECT reseller_id FROM accounts_customer WHERE id = NEW.customer_id)); RETURN NEW;",
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="user_role_and_owner_fit",
                condition=Q(role=Role.ADMIN, reseller__isnull=True, customer__isnull=True)
                | Q(role=Role.RESELLER, reseller__isnull=False, customer__isnull=True)
                | Q(role=Role.CUSTOMER, reseller__isnull=True, customer__isnull=False),
                violation_error_message=_(
                    "A reseller's user needs a reseller, a customer's a customer, an administrator neither."
                ),
            ),
            models.CheckConstraint(
                name="user_staff_is_admin",
                condition=Q(role=Role.ADMIN) | Q(is_staff=False, is_superuser=False),
                violation_error_message=_("Only an administrator may enter the panel."),
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Stored with what its name is the same as."""
        self.login_key = login_key(self.username)
        if (fields := kwargs.get("update_fields")) is not None and "username" in fields:
            kwargs["update_fields"] = {*fields, "login_key"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """The name and what it is the same as."""
        super().clean()
        self.login_key = login_key(self.username)

    def validate_unique(self, exclude: Iterable[str] | None = None) -> None:
        """Raises ValidationError that names the user name, where another one is the same."""
        exclude = set(exclude or ())
        try:
            super().validate_unique(exclude - {"login_key"} if "username" not in exclude else exclude)
        except ValidationError as refused:
            errors = refused.error_dict
            if "login_key" in errors:
                errors["username"] = errors.pop("login_key")
            raise


def default_scopes() -> list[str]:
    """Return the scopes of a token of which nothing was said: reading."""
    return [Scope.READ.value]


class ApiToken(Identified):
    """A key to the API. Only its hash is kept; the text is shown once, when it is made."""

    user = models.ForeignKey(User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("begins with"), max_length=12, editable=False)
    token_hash = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(_("scopes"), default=default_scopes)
    networks = ArrayField(
        NetworkField(),
        verbose_name=_("good from"),
        default=list,
        blank=True,
        help_text=_("Networks from which it may be used. Empty: from anywhere."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)
    last_used_from = models.GenericIPAddressField(_("last used from"), null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["token_hash"], name="apitoken_hash_unique"),
            models.CheckConstraint(
                name="apitoken_hash_is_sha256",
                condition=Q(token_hash__regex=SHA256_PATTERN),
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="apitoken_by_age"),
            # Few among many, where every customer's program has one.
            models.Index(fields=["-created_at", "-id"], condition=Q(revoked_at__isnull=False), name="apitoken_revoked"),
            models.Index(fields=["-created_at", "-id"], condition=Q(expires_at__isnull=False), name="apitoken_ending"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def state(self) -> TokenState:
        """Whether it still opens anything by itself."""
        if self.revoked_at is not None:
            return TokenState.REVOKED
        is_over = self.expires_at is not None and self.expires_at <= timezone.now()
        return TokenState.EXPIRED if is_over else TokenState.VALID


class IdempotentAnswer(models.Model):
    """What a write of a token was answered with, under the Idempotency-Key that it was sent with; kept for a day.

    The answer is encrypted, since it may hold a password that is shown once.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    sealed_answer = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    # A token's own: nobody is shown any.
    objects = ScopedQuerySet.as_manager()

    encrypted_fields = ("sealed_answer",)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="idempotentanswer_key_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotentanswer_by_age")]

    def __str__(self) -> str:
        return self.key


class UserAgentBan(models.Model):
    """A User-Agent that the edge does not answer: a scanner that says its name."""

    pattern = models.CharField(
        _("pattern"),
        max_length=MAX_PATTERN,
        unique=True,
        validators=[validate_user_agent_pattern],
        help_text=_("The User-Agent header, in any case. * stands for anything: friendly-scanner*"),
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("If not, phones of this name are served again.")
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    # An administrator's alone: nobody else sees any.
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("banned User-Agent")
        verbose_name_plural = _("banned User-Agents")
        ordering = ["pattern"]
        triggers = notify_all("guard")

    def __str__(self) -> str:
        return self.pattern
