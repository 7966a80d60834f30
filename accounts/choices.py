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
