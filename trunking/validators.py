"""What addresses, accounts and time zones of gateways and routes may look like. The database checks it too."""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from subscribers.validators import MAX_HOST_LENGTH, validate_domain_name

MAX_PORT = 65535
MAX_ADDRESS_LENGTH = MAX_HOST_LENGTH + len(":65535")
MAX_USERNAME_LENGTH = 64  # as a subscriber's
MAX_PASSWORD_LENGTH = 128
# Who knows it calls at our expense from anywhere: guessing must be out of the question.
MIN_INBOUND_PASSWORD_LENGTH = 12
MIN_PROBE, MAX_PROBE = 5, 3600  # seconds between two OPTIONS

# host or host:port; an IPv6 address in brackets, as in a SIP URI (RFC 3261 §25.1, hostport).
ADDRESS_PATTERN = r"^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$"
# What needs no quoting in a digest header and no escape in a SIP URI but for the @ of a name such as 1234@carrier.
ACCOUNT_PATTERN = r"^[A-Za-z0-9._+@-]+$"
CONTACT_USER_PATTERN = r"^[A-Za-z0-9._+-]+$"
AOR_PATTERN = r"^sip:[A-Za-z0-9._+-]+@([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?$"
REALM_PATTERN = r'^[^"\\[:cntrl:]]*$'  # PostgreSQL's; the validator below says the same
PREFIX_PATTERN = r"^[0-9]{0,15}$"
TIMEZONE_PATTERN = r"^[A-Za-z0-9_+/-]+$"

validate_account = RegexValidator(
    ACCOUNT_PATTERN.replace("$", r"\Z"), _("Only letters, digits and . _ + - @ are allowed.")
)
validate_contact_user = RegexValidator(
    CONTACT_USER_PATTERN.replace("$", r"\Z"), _("Only letters, digits and . _ + - are allowed.")
)
validate_aor = RegexValidator(
    AOR_PATTERN.replace("$", r"\Z"), _("Write it as the carrier names it, such as sip:4311001@carrier.example.")
)
validate_realm = RegexValidator(
    r'^[^"\\\x00-\x1f\x7f]*\Z', _("A realm has no quotation mark, backslash or control character.")
)
validate_prefix = RegexValidator(r"^[0-9]*\Z", _("Only digits, without the plus."))

_ADDRESS = re.compile(r"(?:(?P<name>[^:\[\]]+)|\[(?P<literal>[^\[\]]+)\])(?::(?P<port>[0-9]+))?")


def validate_address(value: str) -> None:
    """Accept host or host:port, an IPv6 address in brackets. Raises ValidationError that says what is wrong."""
    found = _ADDRESS.fullmatch(value)
    if found is None:
        raise ValidationError(_("Write host or host:port, an IPv6 address in brackets: [2001:db8::1]:5060."))
    if found["literal"] is not None and not _is_ipv6(found["literal"]):
        raise ValidationError(_("Brackets are for IPv6 addresses alone."))
    validate_domain_name(found["literal"] or found["name"])
    if found["port"] is not None and not 1 <= int(found["port"]) <= MAX_PORT:
        raise ValidationError(_("A port lies between 1 and %(last)s."), params={"last": MAX_PORT})


def validate_probe_interval(value: int) -> None:
    """Accept 0 or a number of seconds between MIN_PROBE and MAX_PROBE. Raises ValidationError."""
    if value and not MIN_PROBE <= value <= MAX_PROBE:
        limits = {"first": MIN_PROBE, "last": MAX_PROBE}
        raise ValidationError(_("0, or between %(first)s and %(last)s seconds."), params=limits)


def validate_timezone(value: str) -> None:
    """Accept a name of the IANA time zone database. Raises ValidationError."""
    if value not in time_zones():
        raise ValidationError(_("No time zone of this name. Write it as Europe/Vienna."))


@cache
def time_zones() -> frozenset[str]:
    """All names of the IANA time zone database as this machine has it."""
    return frozenset(available_timezones()) | {"UTC"}


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False
