"""What comes back by itself for subscribers: bindings that have expired are removed."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.db.models.functions import Now

from subscribers.models import Binding
from subscribers.querysets import BindingQuerySet

log = logging.getLogger(__name__)

# How long an expired binding stays: a refresh that is on its way finds its row, and the edge, which ignores
# expired bindings by itself, has forgotten it by then.
GRACE = timedelta(seconds=60)

# Fewer than the 256 keys of a NOTIFY, so that a sweep never makes the edge forget all bindings.
BATCH = 250

MOST = 100_000  # in one run, which bounds its memory and time; the next run comes within a minute

SCHEDULE = {"subscribers.tasks.sweep_expired_bindings": 60.0}


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def sweep_expired_bindings() -> int:
    """Remove the bindings that expired more than GRACE ago; return how many.

    Rows that the edge holds locked are left for the next time; one that was refreshed meanwhile stays.
    """
    # One scan for all: no index stands on expires_at, which every refresh changes.
    expired = list(_expired().order_by("pk").values_list("pk", flat=True)[:MOST])
    removed = sum(_remove(expired[start : start + BATCH]) for start in range(0, len(expired), BATCH))
    if removed:
        log.info("removed %d bindings that had expired", removed)
    return removed


def _expired() -> BindingQuerySet[Binding]:
    return Binding.objects.filter(expires_at__lt=Now() - GRACE)


def _remove(batch: list[int]) -> int:
    """Remove rows in one statement and transaction; return how many.

    It never waits for a row, so the edge, which sorts its own keys, cannot come into a deadlock with it.
    """
    free = _expired().filter(pk__in=batch).select_for_update(skip_locked=True)
    removed, _ = Binding.objects.filter(pk__in=free.values("pk")).delete()
    return removed
