"""The closed lists of the app calls."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Direction(models.TextChoices):
    """Where a call comes from and goes to, seen from the provider."""

    INBOUND = "inbound", _("from a gateway")
    OUTBOUND = "outbound", _("to a gateway")
    INTERNAL = "internal", _("between subscribers")


class State(models.TextChoices):
    """How far a call is."""

    TRYING = "trying", _("trying")
    RINGING = "ringing", _("ringing")
    ANSWERED = "answered", _("answered")
    ENDED = "ended", _("ended")


class EndedBy(models.TextChoices):
    """Who ended a call; empty while it stands."""

    CALLER = "caller", _("the caller")
    CALLEE = "callee", _("the callee")
    GATEWAY = "gateway", _("the gateway")
    EDGE = "edge", _("the exchange")
    SWEEPER = "sweeper", _("the sweep of abandoned calls")
    ADMIN = "admin", _("an admin")
    RESELLER = "reseller", _("the reseller")
