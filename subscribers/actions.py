"""What is done with subscribers beyond saving one row. Each function is atomic, and says which field is wrong."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Customer
from sipedge.auth.ha1 import Ha1Set
from subscribers.models import MAX_CREDENTIALS, Binding, Domain, SipCredential, Subscriber
from subscribers.secrets import encrypt, new_password

MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_LENGTH = 128


@transaction.atomic
def create_subscriber(domain: Domain, customer: Customer, username: str, **fields: Any) -> Subscriber:
    """Make a subscriber of the domain's reseller. `fields` are further columns, such as display_name.

    Raises ValidationError for `username`, `customer` or the field that is wrong.
    """
    subscriber = Subscriber(
        domain=domain, customer=customer, reseller_id=domain.reseller_id, username=username.lower(), **fields
    )
    subscriber.full_clean()
    subscriber.save()
    return subscriber


def suspend_subscriber(subscriber: Subscriber) -> None:
    """Stop the subscriber from registering, calling and being called. What is stored stays."""
    _set_active(subscriber, is_active=False)


def resume_subscriber(subscriber: Subscriber) -> None:
    """Let a suspended subscriber work again."""
    _set_active(subscriber, is_active=True)


def _set_active(subscriber: Subscriber, *, is_active: bool) -> None:
    subscriber.is_active = is_active
    subscriber.save(update_fields=["is_active"])


@transaction.atomic
def add_credential(subscriber: Subscriber, label: str = "") -> tuple[SipCredential, str]:
    """Give the subscriber one more credential; return it and its generated password, to be shown once.

    Raises ValidationError for `slot` when it has the most that are allowed, for `label` when that is too long.
    """
    password = new_password()
    return set_credential_from_password(subscriber, password, label=label), password


@transaction.atomic
def rotate_credential(credential: SipCredential) -> str:
    """Replace the password of a credential; return the new one, to be shown once."""
    password = new_password()
    stored = set_credential_from_password(credential.subscriber, password, slot=credential.slot, label=credential.label)
    credential.secret, credential.rotated_at = stored.secret, stored.rotated_at
    return password


def set_credential_from_password(
    subscriber: Subscriber, password: str, *, slot: int | None = None, label: str = ""
) -> SipCredential:
    """Store a given password, as HA1 values alone, in a slot (1 to 5) or in the first free one.

    Raises ValidationError for `password`, `slot` or `label`.
    """
    ha1 = Ha1Set.from_password(subscriber.username, subscriber.domain.name, checked_password(password))
    return _store(subscriber, ha1, slot, label)


def checked_password(password: str) -> str:
    """The same, if it may be one. Raises ValidationError for `password`."""
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        lengths = {"least": MIN_PASSWORD_LENGTH, "most": MAX_PASSWORD_LENGTH}
        raise ValidationError({"password": _("A password has %(least)d to %(most)d characters.") % lengths})
    if not password.isprintable():
        raise ValidationError({"password": _("A password cannot hold control characters.")})
    return password


def set_credential_from_ha1(
    subscriber: Subscriber, values: dict[str, str], *, slot: int | None = None, label: str = ""
) -> SipCredential:
    """Store given HA1 values, hexadecimal: `md5`, `sha256`, and `md5_at`, `sha256_at` for user@domain.

    The realm in them must be the domain's name; nobody can check that. At least one is needed. Raises
    ValidationError for the value that is wrong, `slot` or `label`.
    """
    return _store(subscriber, ha1_of(values), slot, label)


def ha1_of(values: dict[str, str]) -> Ha1Set:
    """The HA1 values that are given in hexadecimal. Raises ValidationError for the value that is wrong."""
    fields = {"md5", "sha256", "md5_at", "sha256_at"}
    if not any(values.get(name) for name in fields) or not set(values) <= fields:
        raise ValidationError({"md5": _("Give at least one of md5, sha256, md5_at and sha256_at.")})
    return Ha1Set(**{name: _hash(name, text) for name, text in values.items() if text})


def _hash(name: str, text: str) -> bytes:
    length = 16 if name.startswith("md5") else 32
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != length:
        raise ValidationError({name: _("This needs %(count)d hexadecimal digits.") % {"count": 2 * length}})
    return value


@transaction.atomic
def _store(subscriber: Subscriber, ha1: Ha1Set, slot: int | None, label: str) -> SipCredential:
    """Write a credential into `slot`, or the first free one. Who adds at the same time waits at the subscriber."""
    # Not against its key: the edge refers to it when a phone registers, and must not wait for a long transaction.
    Subscriber.objects.select_for_update(of=("self",), no_key=True).get(pk=subscriber.pk)
    by_slot = {credential.slot: credential for credential in subscriber.credentials.all()}
    chosen = _free_slot(set(by_slot)) if slot is None else slot
    credential = by_slot.get(chosen) or SipCredential(subscriber=subscriber, slot=chosen)
    if credential.pk:
        credential.rotated_at = timezone.now()
    credential.label = label
    credential.secret = encrypt(ha1)
    credential.full_clean()
    credential.save()
    return credential


def _free_slot(taken: set[int]) -> int:
    for slot in range(1, MAX_CREDENTIALS + 1):
        if slot not in taken:
            return slot
    message = _("A subscriber has at most %(most)d credentials.") % {"most": MAX_CREDENTIALS}
    raise ValidationError({"slot": message})


def remove_credential(credential: SipCredential) -> None:
    """End a credential; phones that use it cannot register any more."""
    credential.delete()


def remove_binding(binding: Binding) -> None:
    """Forget where a phone is: calls do not reach it until it registers again. The edge is told."""
    binding.delete()
