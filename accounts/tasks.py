"""What comes back by itself for accounts: what was kept for a while is taken away after it."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import ApiToken, IdempotentAnswer

ANSWERS_KEPT = timedelta(hours=24)
"""Longer than any client tries again; then a password that is shown once is nowhere to be read."""

SCHEDULE = {"accounts.tasks.forget_answers": 600.0, "accounts.tasks.forget_tokens": 3600.0}


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def forget_answers() -> int:
    """Delete what idempotent writes were answered with a day ago; return how many."""
    return IdempotentAnswer.objects.filter(created_at__lt=Now() - ANSWERS_KEPT).delete()[0]


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def forget_tokens() -> int:
    """Delete the tokens that ended TOKEN_RETENTION_DAYS ago; return how many. 0 days: none, they are kept for ever.

    That long they stand in the lists, to see who had access: from where each was used last, and until when it held.
    """
    if not settings.TOKEN_RETENTION_DAYS:
        return 0
    rows = ApiToken.objects.ended_before(timezone.now() - timedelta(days=settings.TOKEN_RETENTION_DAYS))
    return rows.delete()[1].get("accounts.ApiToken", 0)
