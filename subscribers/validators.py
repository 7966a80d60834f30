"""What names, numbers and addresses of subscribers may look like. The database checks the same patterns."""

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

# ITU-T E.164 §6.1: at most 15 digits, the first not 0; here always with the plus.
E164_PATTERN = r"^\+[1-9][0-9]{1,14}$"
MAX_NUMBER_LENGTH = 16

# A user and a host with or without a port, all in lower case: what a forwarding needs of RFC 3261 §19.1.1. Neither
# parameters nor headers, by which one could make requests that nobody thought of.
_USER = r"[a-z0-9._~!$&'()*,;=%+-]+"
_HOST = r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?"
TARGET_PATTERN = rf"^(\+[1-9][0-9]{{1,14}}|sips?:{_USER}@{_HOST})$"
MAX_TARGET_LENGTH = 255

# A number, the beginning of numbers with a * behind it, or user@host.
CALLER_PATTERN = rf"^(\+[1-9][0-9]{{1,14}}|\+[1-9][0-9]{{0,13}}\*|{_USER}@{_HOST})$"

# RFC 3986 §3: a scheme and what is behind it, without what would end a header field's <URI>.
LOCATION_PATTERN = r"^[a-z][a-z0-9+.-]*:[!#-;=?-~]+$"

validate_username = RegexValidator(
    USERNAME_PATTERN.replace("$", r"\Z"),
    _("Only lower-case letters, digits and . _ + - are allowed."),
)
validate_domain = RegexValidator(
    DOMAIN_PATTERN.replace("$", r"\Z"),
    _("Write a domain's full name in lower case, such as voip.example.org."),
)
validate_e164 = RegexValidator(
    E164_PATTERN.removesuffix("$") + r"\Z",
    _("Write the number as +4311001: with the plus and the country code."),
)
validate_target = RegexValidator(
    TARGET_PATTERN.removesuffix("$") + r"\Z",
    _("Write a number as +4311001 or a SIP address as sip:anna@example.org, in lower case."),
)
validate_caller = RegexValidator(
    CALLER_PATTERN.removesuffix("$") + r"\Z",
    _("Write a number as +4311001, the beginning of numbers as +43900*, or a SIP address as anna@example.org."),
)
validate_location = RegexValidator(
    LOCATION_PATTERN.removesuffix("$") + r"\Z",
    _("Write a URI such as https://location.example.org/4711, without spaces, quotes and angle brackets."),
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
