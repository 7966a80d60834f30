"""The closed lists of the app subscribers."""

from django.db import models


class DigestAlgorithm(models.TextChoices):
    """The digest that a challenge offers (RFC 7616, RFC 8760). Many phones in the field know MD5 alone."""

    MD5 = "MD5", "MD5"
    SHA256 = "SHA-256", "SHA-256"


class Transport(models.TextChoices):
    """How SIP messages travel."""

    UDP = "udp", "UDP"
    TCP = "tcp", "TCP"


class PhoneTransport(models.TextChoices):
    """How a phone's REGISTER came."""

    UDP = "udp", "UDP"
    TCP = "tcp", "TCP"
    TLS = "tls", "TLS"
    WS = "ws", "WebSocket"
    WSS = "wss", "WebSocket + TLS"
