"""What comes back by itself for calls: those that nobody ended are ended, so that "live" means live."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from calls.choices import EndedBy, State
from calls.models import Call
from provider.clock import even_for

log = logging.getLogger(__name__)

# Timer C ends an unanswered call after three minutes (RFC 3261 §16.6 step 11), and again after each provisional
# answer. One that stands for ten minutes lost its edge.
UNANSWERED_AFTER = timedelta(minutes=10)

SCHEDULE = {"calls.tasks.sweep_abandoned_calls": 60.0}


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def sweep_abandoned_calls() -> int:
    """End the calls that nobody will end any more; return how many.

    Unanswered ones after ten minutes, answered ones after settings.CALL_MAX_HOURS. A clock that was set says nothing of
    how old a call is.
    """
    even = even_for()
    max_age = timedelta(hours=settings.CALL_MAX_HOURS)
    unanswered = Q(answered_at__isnull=True, started_at__lt=Now() - UNANSWERED_AFTER)
    answered = Q(answered_at__isnull=False, answered_at__lt=Now() - max_age)
    swept = 0
    for which, age, reason in (
        (unanswered, UNANSWERED_AFTER, "abandoned before an answer"),
        (answered, max_age, f"no end within {settings.CALL_MAX_HOURS} hours"),
    ):
        if even < age:
            continue
        count = (
            Call.objects.open()
            .filter(which)
            .update(state=State.ENDED, ended_at=Now(), ended_by=EndedBy.SWEEPER, reason=reason)
        )
        if count:
            log.info("ended %d calls: %s", count, reason)
        swept += count
    return swept
