"""`manage.py rotate_credential_keys`: put every stored SIP secret under the newest of CREDENTIAL_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from subscribers.models import SipCredential
from subscribers.secrets import SecretError, reencrypt

BATCH = 200  # rows locked at a time; fewer than 256 keys, so that the edge need not forget all subscribers


class Command(BaseCommand):
    """Encrypts anew in batches; can be broken off and started again at any time."""

    help = (
        "Encrypt all stored SIP secrets with the newest key. Put the new key in front of CREDENTIAL_KEYS and "
        "restart all parts before; when this is done, the old keys can be taken away."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Do it, and say how many there were. Raises CommandError when one cannot be read; the others are done."""
        done, last = 0, 0
        unreadable: list[int] = []
        while batch := self._rotate_after(last, unreadable):
            last = batch[-1]
            done += len(batch)
        self.stdout.write(f"{done - len(unreadable)} stored SIP secrets are under the newest key now.")
        if unreadable:
            raise CommandError(
                f"{len(unreadable)} secrets cannot be read with any of CREDENTIAL_KEYS and stay as they were, "
                f"the first of them with the id {unreadable[0]}. Do not take the old keys away."
            )

    @transaction.atomic
    def _rotate_after(self, last: int, unreadable: list[int]) -> list[int]:
        """Rotate the next batch behind the id `last`; return its ids, none at the end."""
        rows = list(SipCredential.objects.filter(pk__gt=last).order_by("pk").select_for_update()[:BATCH])
        changed = []
        for row in rows:
            try:
                row.secret = reencrypt(row.secret)
                changed.append(row)
            except SecretError:
                unreadable.append(row.pk)
        SipCredential.objects.bulk_update(changed, ["secret"])
        return [row.pk for row in rows]
