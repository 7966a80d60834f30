"""SIP credentials, named by their subscriber and slot: alice@example.org#1.

A secret is compared with what is stored of it, and never told: who applies a document twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from django.core.exceptions import ValidationError as FieldRefused
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils import timezone

from accounts.choices import Area
from accounts.models import Reseller
from accounts.sealing import SecretError
from desired.document import Secret, Wanted
from desired.kinds.base import Found, Kind, Run, Work, write
from desired.kinds.customers import keys_of
from desired.kinds.subscribers import by_aor, primary_keys
from sipedge.auth.ha1 import Ha1Set
from subscribers.actions import checked_password, ha1_of
from subscribers.models import SipCredential, Subscriber
from subscribers.secrets import decrypt, encrypt, new_password

SECRET: Final = "secret"  # noqa: S105 - the name of a member
_HA1: Final = {name: f"ha1.{name}" for name in ("md5", "sha256", "md5_at", "sha256_at")}
_AOR: Final = Concat("subscriber__username", Value("@"), "subscriber__domain__name")


def key_of(aor: str, slot: int) -> str:
    """How a credential is named."""
    return f"{aor}#{slot}"


def aor_of(key: str) -> str:
    """Whose credential it is."""
    return key.rpartition("#")[0]


def slot_of(key: str) -> int:
    """Which of its subscriber's it is."""
    return int(key.rpartition("#")[2])


class Credentials(Kind):
    """What a subscriber's phones prove themselves by."""

    name = "credential"
    section = "credentials"
    area = Area.CREDENTIALS
    within = ("subscriber",)
    order = ("label", SECRET)

    def read(self, reseller: Reseller, keys: Collection[str]) -> dict[str, Found]:
        """By subscriber and slot."""
        owners = primary_keys(reseller, {aor_of(key) for key in keys})
        rows = SipCredential.objects.filter(subscriber__in=owners).order_by()
        wanted = set(keys)
        told = rows.values_list("pk", "uid", _AOR, "slot", "label", "secret")
        return {
            key: Found(pk, uid, {"label": label}, _read(secret))
            for pk, uid, aor, slot, label, secret in told
            if (key := key_of(aor, slot)) in wanted
        }

    def below(self, reseller: Reseller, above: Collection[str] | None) -> dict[str, str]:
        """Of these subscribers."""
        rows = SipCredential.objects.of_reseller(reseller.pk)
        if above is not None:
            rows = rows.filter(subscriber__in=primary_keys(reseller, above))
        told = rows.order_by("subscriber_id", "slot").values_list(_AOR, F("slot"))
        return {key_of(aor, slot): aor for aor, slot in told}

    def owners(self, work: Work) -> list[str]:
        """Whose it is."""
        return [aor_of(work.wanted.key)]

    def differing(self, wanted: Wanted, found: Found | None) -> list[str]:
        """Also where another secret is wanted than the one that is stored."""
        names = super().differing(wanted, found)
        if found is None or wanted.is_absent or wanted.secret is None:
            return names
        username, _at, realm = aor_of(wanted.key).rpartition("@")
        return names if wanted.secret.is_held_by(found.secret or Ha1Set(), username, realm) else [*names, SECRET]

    def put(self, run: Run, works: Sequence[Work]) -> None:
        """Make or change them. A new one of which no secret is said gets a password of ours."""
        owners = by_aor(run.reseller, (aor_of(work.wanted.key) for work in works))
        rows = SipCredential.objects.select_related("subscriber__domain").in_bulk(keys_of(works))
        stored = []
        for work in works:
            owner = owners.get(aor_of(work.wanted.key))
            if owner is None:
                run.missing(work, "subscriber", "subscriber", aor_of(work.wanted.key))
                continue
            row = rows[work.found.pk] if work.found else SipCredential(subscriber=owner, slot=slot_of(work.wanted.key))
            row.label = work.wanted.members.get("label", row.label)
            try:
                if not work.found or SECRET in self.differing(work.wanted, work.found):
                    row.secret = encrypt(_secret(run, work, owner))
                    row.rotated_at = timezone.now() if work.found else None
                stored.append((work, row))
            except FieldRefused as error:
                run.faults.add_refusal(work.path, error, _HA1)
        write(run, stored, ["subscriber"], ["label", "secret", "rotated_at"])

    def remove(self, run: Run, works: Sequence[Work]) -> None:
        """End them; phones that use them cannot register any more."""
        del run
        SipCredential.objects.filter(pk__in=keys_of(works)).delete()


def _read(secret: str) -> Ha1Set:
    """What is stored; nothing where it cannot be read any more, so that whatever is wanted is another."""
    try:
        return decrypt(secret)
    except SecretError:
        return Ha1Set()


def _secret(run: Run, work: Work, owner: Subscriber) -> Ha1Set:
    """What is to be stored; of a password of ours where nothing is said. Raises ValidationError."""
    secret = work.wanted.secret
    if secret is None:
        secret = Secret(password=new_password())
        run.passwords[work.wanted.key] = secret.password
    if secret.password:
        return Ha1Set.from_password(owner.username, owner.domain.name, checked_password(secret.password))
    return ha1_of(dict(secret.ha1))
