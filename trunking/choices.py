"""The closed lists of the app trunking; the values are those of GatewayFacts and RouteFacts (sipedge/facts.py)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Transport(models.TextChoices):
    """How SIP messages travel to a gateway."""

    UDP = "udp", "UDP"
    TCP = "tcp", "TCP"
    TLS = "tls", "TLS"


class CalledNumberIn(models.TextChoices):
    """Where a gateway writes the called number."""

    REQUEST_URI = "request_uri", _("request URI")
    TO = "to", _("To")
    P_CALLED_PARTY_ID = "p_called_party_id", _("P-Called-Party-ID, else request URI")


class CallerIn(models.TextChoices):
    """Where a gateway writes the calling number."""

    ASSERTED = "asserted", _("P-Asserted-Identity, else From")
    REMOTE_PARTY_ID = "remote_party_id", _("Remote-Party-ID, else From")
    FROM = "from", _("From alone")


class IdentityAs(models.TextChoices):
    """In which header a gateway wants the caller's proven number."""

    ASSERTED = "asserted", "P-Asserted-Identity (RFC 3325)"
    PREFERRED = "preferred", "P-Preferred-Identity (RFC 3325)"
    REMOTE_PARTY_ID = "remote_party_id", "Remote-Party-ID"
    NONE = "none", _("in none: From alone")


class FromAs(models.TextChoices):
    """What stands in From of calls to a gateway."""

    CALLER = "caller", _("as the phone wrote it")
    IDENTITY = "identity", _("the number that is shown, in the gateway's number format")


class DivertedAs(models.TextChoices):
    """How a gateway is told that a call was forwarded, and by whom."""

    DIVERSION = "diversion", "Diversion (RFC 5806)"
    HISTORY_INFO = "history_info", "History-Info (RFC 7044)"
    BOTH = "both", _("both")
    NONE = "none", _("not at all")


class RouteKind(models.TextChoices):
    """What a route's prefix is the beginning of."""

    NUMBER = "number", _("telephone number")
    SERVICE = "service", _("service number, as dialled")
    EMERGENCY = "emergency", _("emergency number, as dialled")


class RuleKind(models.TextChoices):
    """What a destination rule's prefix is the beginning of. Nothing bars emergency numbers."""

    NUMBER = "number", _("telephone number")
    SERVICE = "service", _("service number, as dialled")


class Weekday(models.IntegerChoices):
    """Days of the week as ISO 8601 counts them."""

    MONDAY = 1, _("Mon")
    TUESDAY = 2, _("Tue")
    WEDNESDAY = 3, _("Wed")
    THURSDAY = 4, _("Thu")
    FRIDAY = 5, _("Fri")
    SATURDAY = 6, _("Sat")
    SUNDAY = 7, _("Sun")
