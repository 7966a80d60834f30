"""What a webhook may look like."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from events.addresses import is_allowed
from events.types import TYPES

MAX_URL = 2_000
ALL_OF = ".*"


def validate_url(url: str) -> None:
    """Raises ValidationError for what is no address to send to, or an internal one.

    A name is judged when something is sent, each time anew (sending.py).
    """
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise ValidationError(
            _("Write an address of printable ASCII, at most %(most)d characters.") % {"most": MAX_URL}
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValidationError(_("This is no address.")) from error
    if not host or port == 0 or "@" in parts.netloc or parts.fragment or "%" in host:
        raise ValidationError(_("Write it as https://host/path, without a user and without a #fragment."))
    is_here = settings.WEBHOOKS_TO_LOOPBACK and host in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        raise ValidationError(_("It must begin with https://."))
    if _is_address(host) and not is_here and not is_allowed(host, settings.WEBHOOK_NETWORKS):
        raise ValidationError(_("This address is not of the public internet."))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def validate_types(names: list[str]) -> None:
    """Raises ValidationError for the name of a type that there is not."""
    unknown = [name for name in names if not is_known(name)]
    if unknown:
        raise ValidationError(
            _("There is no such type: %(names)s.") % {"names": ", ".join(unknown)[:200]}, "unknown_type"
        )


def is_known(name: str) -> bool:
    """Whether there is such a type, or one that fits a pattern as `call.*`."""
    return name in TYPES or (name.endswith(ALL_OF) and any(known.startswith(name[:-1]) for known in TYPES))
