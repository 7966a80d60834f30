"""`manage.py rotate_credential_keys`: put every stored SIP secret under the newest of CREDENTIAL_KEYS."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Model

from accounts.sealing import SecretError
from subscribers.secrets import reencrypt

BATCH = 200  # rows locked at a time; fewer than 256 keys, so that the edge need not forget all subscribers


class Command(BaseCommand):
    """Encrypts anew in batches; can be broken off and started again at any time."""

    help = (
        "Encrypt all stored SIP secrets, of phones and of gateways, with the newest key. Put the new key in front of "
        "CREDENTIAL_KEYS and restart all parts before; when this is done, the old keys can be taken away."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Do it, and say how many there were. Raises CommandError when one cannot be read; the others are done."""
        done = 0
        unreadable: list[str] = []
        for model, fields in encrypted_columns():
            last = 0
            while batch := _rotate_after(model, fields, last, unreadable):
                last, rotated = batch
                done += rotated
        self.stdout.write(f"{done} stored SIP secrets are under the newest key now.")
        if unreadable:
            raise CommandError(
                f"{len(unreadable)} secrets cannot be read with any of CREDENTIAL_KEYS and stay as they were, "
                f"the first of them that of the {unreadable[0]}. Do not take the old keys away."
            )


def encrypted_columns() -> list[tuple[type[Model], tuple[str, ...]]]:
    """Return the models that keep tokens of `subscribers.secrets`, with those fields: `encrypted_fields` names them."""
    tables = (model for model in apps.get_models() if not model._meta.proxy)
    found = ((model, getattr(model, "encrypted_fields", ())) for model in tables)
    return [(model, fields) for model, fields in found if fields]


@transaction.atomic
def _rotate_after(
    model: type[Model], fields: tuple[str, ...], last: int, unreadable: list[str]
) -> tuple[int, int] | None:
    """Rotate the next batch of rows behind the id `last`; return its last id and how many secrets, None at the end."""
    rows = list(model._default_manager.filter(pk__gt=last).order_by("pk").select_for_update()[:BATCH])
    if not rows:
        return None
    rotated = sum(_rotate(row, field, unreadable) for row in rows for field in fields)
    model._default_manager.bulk_update(rows, fields)
    return rows[-1].pk, rotated


def _rotate(row: Model, field: str, unreadable: list[str]) -> bool:
    """Put one secret under the newest key; tell whether there is one that could be read."""
    secret: str = getattr(row, field)
    if not secret:
        return False
    try:
        setattr(row, field, reencrypt(secret))
    except SecretError:
        unreadable.append(f"{row._meta.verbose_name} with the id {row.pk}")
        return False
    return True
