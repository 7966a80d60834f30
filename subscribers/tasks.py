"""What comes back by itself for subscribers: bindings that have expired are removed.

Also when the clock is set. Set forward, it would have all bindings expire at once: nothing is removed before the clock
has gone evenly for as long as a binding may last, so that every phone has come back. Set back, it would save for long
what no phone renews: no binding lasts longer from now than one may last.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.db.models.functions import Now

from provider.clock import even_for
from sipedge.registrar.limits import RegistrarLimits
from subscribers.models import Binding
from subscribers.querysets import BindingQuerySet

log = logging.getLogger(__name__)

# How long an expired binding stays: a refresh that is on its way finds its row, and the edge, which ignores
# expired bindings by itself, has forgotten it by then.
GRACE = timedelta(seconds=60)

LONGEST = timedelta(seconds=RegistrarLimits().max_expires)

# Fewer than the 256 keys of a NOTIFY, so that a sweep never makes the edge forget all bindings.
BATCH = 250

MOST = 100_000  # in one run, which bounds its memory and time; the next run comes within a minute

SCHEDULE = {"subscribers.tasks.sweep_expired_bindings": 60.0}


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def sweep_expired_bindings() -> int:
    """Remove the bindings that expired more than GRACE ago; return how many.

    Rows that the edge holds locked are left for the next time; one that was refreshed meanwhile stays.
    """
    _shorten()
    if even_for() < LONGEST:
        return 0
    # One scan for all: no index stands on expires_at, which every refresh changes.
    expired = list(_expired().order_by("pk").values_list("pk", flat=True)[:MOST])
    removed = sum(_remove(expired[start : start + BATCH]) for start in range(0, len(expired), BATCH))
    if removed:
        log.info("removed %d bindings that had expired", removed)
    return removed


def _expired() -> BindingQuerySet[Binding]:
    return Binding.objects.filter(expires_at__lt=Now() - GRACE)


def _shorten() -> None:
    """End what would last for longer than a binding may. Its phone, if it is well, renews it before."""
    latest = Now() + LONGEST
    too_long = Binding.objects.filter(expires_at__gt=latest + GRACE)
    while keys := list(too_long.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            free = too_long.filter(pk__in=keys).select_for_update(skip_locked=True)
            shortened = Binding.objects.filter(pk__in=free.values("pk")).update(expires_at=latest)
        log.warning("the clock was set back: shortened %d bindings", shortened)
        if shortened < len(keys):
            return  # the edge holds the others: the next time


def _remove(batch: list[int]) -> int:
    """Remove rows in one statement and transaction; return how many.

    It never waits for a row, so the edge, which sorts its own keys, cannot come into a deadlock with it.
    """
    free = _expired().filter(pk__in=batch).select_for_update(skip_locked=True)
    removed, _ = Binding.objects.filter(pk__in=free.values("pk")).delete()
    return removed
