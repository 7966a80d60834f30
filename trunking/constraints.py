"""What the database refuses of gateways, whoever writes them. What Django cannot say is in migrations/0007."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from subscribers.validators import ALIAS_PATTERN, DOMAIN_PATTERN
from trunking.choices import CalledNumberIn, CallerIn, DivertedAs, FromAs, IdentityAs, Transport
from trunking.validators import (
    ACCOUNT_PATTERN,
    ADDRESS_PATTERN,
    AOR_PATTERN,
    CONTACT_USER_PATTERN,
    MAX_PORT,
    MAX_PROBE,
    MIN_PROBE,
    REALM_PATTERN,
)

MAX_LIMIT = 100_000
MAX_RINGING = 180  # Timer C (RFC 3261 §16.6 step 11) ends what rings for longer
MIN_EXPIRES, MAX_EXPIRES = 60, 86_400


def is_or_empty(field: str, pattern: str) -> Q:
    """A text that is empty, or as the pattern says."""
    return Q(**{field: ""}) | Q(**{f"{field}__regex": pattern})


def is_between_or_null(field: str, first: int, last: int) -> Q:
    """A number that is not given, or lies in these bounds."""
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": first, f"{field}__lte": last})


def is_known(model: str, field: str, choices: type[models.TextChoices]) -> CheckConstraint:
    """A value of a closed list."""
    return CheckConstraint(name=f"{model}_{field}_known", condition=Q(**{f"{field}__in": choices.values}))


def _account(side: str) -> CheckConstraint:
    """A name has a password, and a password a name."""
    name, secret = f"{side}_username", f"{side}_secret"
    is_empty = Q(**{name: "", secret: ""})
    is_whole = Q(**{f"{name}__regex": ACCOUNT_PATTERN}) & ~Q(**{secret: ""})
    return CheckConstraint(
        name=f"gateway_{side}_account_whole",
        condition=is_empty | is_whole,
        violation_error_message=_("A user name needs a password, and a password a user name."),
    )


GATEWAY = [
    CheckConstraint(name="gateway_port_range", condition=is_between_or_null("port", 1, MAX_PORT)),
    is_known("gateway", "transport", Transport),
    CheckConstraint(name="gateway_host_is_host", condition=Q(host__regex=ALIAS_PATTERN)),
    CheckConstraint(name="gateway_outbound_proxy_is_address", condition=is_or_empty("outbound_proxy", ADDRESS_PATTERN)),
    CheckConstraint(name="gateway_tls_name_is_name", condition=is_or_empty("tls_name", DOMAIN_PATTERN)),
    UniqueConstraint(fields=["tls_name"], name="gateway_tls_name_unique", condition=~Q(tls_name="")),
    is_known("gateway", "called_number_in", CalledNumberIn),
    is_known("gateway", "caller_in", CallerIn),
    is_known("gateway", "identity_as", IdentityAs),
    is_known("gateway", "from_as", FromAs),
    is_known("gateway", "diverted_as", DivertedAs),
    CheckConstraint(name="gateway_max_calls_range", condition=is_between_or_null("max_calls", 1, MAX_LIMIT)),
    CheckConstraint(
        name="gateway_max_calls_per_second_range", condition=is_between_or_null("max_calls_per_second", 1, MAX_LIMIT)
    ),
    CheckConstraint(
        name="gateway_probe_interval_range",
        condition=Q(probe_interval=0) | Q(probe_interval__gte=MIN_PROBE, probe_interval__lte=MAX_PROBE),
    ),
    CheckConstraint(
        name="gateway_ringing_within_range", condition=is_between_or_null("ringing_within", 1, MAX_RINGING)
    ),
    _account("inbound"),
    _account("outbound"),
    UniqueConstraint(
        fields=["inbound_username"],
        name="gateway_inbound_username_unique",
        condition=~Q(inbound_username=""),
        violation_error_message=_("Another gateway has this user name."),
    ),
    CheckConstraint(name="gateway_outbound_realm_is_realm", condition=Q(outbound_realm__regex=REALM_PATTERN)),
    CheckConstraint(name="gateway_registrar_is_address", condition=is_or_empty("registrar", ADDRESS_PATTERN)),
    CheckConstraint(name="gateway_registration_aor_is_uri", condition=is_or_empty("registration_aor", AOR_PATTERN)),
    CheckConstraint(
        name="gateway_registration_user_is_user", condition=is_or_empty("registration_user", CONTACT_USER_PATTERN)
    ),
    CheckConstraint(
        name="gateway_registration_whole",
        condition=Q(registers=False) | ~Q(registration_aor="") & ~Q(registration_user=""),
        violation_error_message=_("To register, the registered address and the contact user are needed."),
    ),
    CheckConstraint(
        name="gateway_registration_expires_range",
        condition=Q(registration_expires__gte=MIN_EXPIRES, registration_expires__lte=MAX_EXPIRES),
    ),
]
