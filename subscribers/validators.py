"""What a SIP user name and a domain's name may look like. The database checks the same patterns."""

from __future__ import annotations

import ipaddress

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

# Lower-case letters, digits and the marks that every phone can type and that need no %-escape in a SIP URI.
USERNAME_PATTERN = r"^[a-z0-9._+-]+$"

# Host names of RFC 1123 in lower case, at least two labels and the last one not all digits, or `localhost`.
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN_PATTERN = rf"^(localhost|({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?)$"

# What the database can say about an alias: a host name or an address literal, in lower case.
ALIAS_PATTERN = r"^[a-z0-9.:-]+$"

MAX_HOST_LENGTH = 253  # RFC 1035 §2.3.4: 255 octets on the wire, of which two are no text

validate_username = RegexValidator(
    USERNAME_PATTERN.replace("$", r"\Z"),
    _("Only lower-case letters, digits and . _ + - are allowed."),
)
validate_domain = RegexValidator(
    DOMAIN_PATTERN.replace("$", r"\Z"),
    _("Write a domain's full name in lower case, such as voip.example.org."),
)


def validate_domain_name(value: str) -> None:
    """Accept a domain's full name or an IP address in its shortest form.

    Raises ValidationError that says which of both it is not.
    """
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        MaxLengthValidator(MAX_HOST_LENGTH)(value)
        validate_domain(value)
        return
    if "%" in value or str(address) != value:
        raise ValidationError(_("Write the address in its shortest form: %(form)s"), params={"form": address})
