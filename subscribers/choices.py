"""The closed lists of the app subscribers."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DigestAlgorithm(models.TextChoices):
    """The digest that a challenge offers (RFC 7616, RFC 8760). Many phones in the field know MD5 alone."""

    MD5 = "MD5", "MD5"
    SHA256 = "SHA-256", "SHA-256"


class PhoneTransport(models.TextChoices):
    """How a phone's REGISTER came."""

    UDP = "udp", "UDP"
    TCP = "tcp", "TCP"
    TLS = "tls", "TLS"
    WS = "ws", "WebSocket"
    WSS = "wss", "WebSocket + TLS"


class ForwardingCondition(models.TextChoices):
    """When calls go elsewhere than to the phones; `parallel`: to others as well, at the same time."""

    ALWAYS = "always", _("always")
    BUSY = "busy", _("when busy")
    NO_ANSWER = "no_answer", _("when nobody answers")
    NOT_REGISTERED = "not_registered", _("when no phone is registered")
    PARALLEL = "parallel", _("ring together with the phones")


class CallerAction(models.TextChoices):
    """What is done with the calls of somebody on a list."""

    BLOCK = "block", _("refused")
    ALLOW = "allow", _("let through")


class CalledNumberIn(models.TextChoices):
    """Where a phone finds the number that was called."""

    CONTACT = "contact", _("nothing: the request URI is what the phone registered")
    REQUEST_URI = "request_uri", _("the request URI, as a PBX wants it")
