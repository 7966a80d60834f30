"""The closed lists of the app accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a user is to the provider, which decides what is visible (see querysets.visible_to)."""

    ADMIN = "admin", _("Administrator")
    RESELLER = "reseller", _("Reseller")
    CUSTOMER = "customer", _("Customer")


class Scope(models.TextChoices):
    """What an API token may do, within what its user may see."""

    READ = "read", _("Read")
    WRITE = "write", _("Read and write")


class TokenState(models.TextChoices):
    """Whether an API token still opens anything by itself; its user's state counts beside it."""

    VALID = "valid", _("valid")
    EXPIRED = "expired", _("expired")
    REVOKED = "revoked", _("revoked")


class Area(models.TextChoices):
    """A part of the API, so that a token can be good for one part alone (see scopes.py)."""

    ACCOUNTS = "accounts", _("resellers, customers and their users")
    SUBSCRIBERS = "subscribers", _("domains, subscribers, their settings and registrations")
    CREDENTIALS = "credentials", _("SIP passwords")
    NUMBERS = "numbers", _("numbers, blocks and who has them")
    TRUNKS = "trunks", _("gateways and routes")
    CALLS = "calls", _("calls and their statistics")
    EVENTS = "events", _("events and webhooks")
    TOKENS = "tokens", _("API tokens")
