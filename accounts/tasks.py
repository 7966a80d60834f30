"""What comes back by itself for accounts: what was kept for a day is taken away after it."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.db.models.functions import Now

from accounts.models import IdempotentAnswer

ANSWERS_KEPT = timedelta(hours=24)
"""Longer than any client tries again; then a password that is shown once is nowhere to be read."""

SCHEDULE = {"accounts.tasks.forget_answers": 600.0}


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def forget_answers() -> int:
    """Delete what idempotent writes were answered with a day ago; return how many."""
    return IdempotentAnswer.objects.filter(created_at__lt=Now() - ANSWERS_KEPT).delete()[0]
