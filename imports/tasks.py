"""What comes back by itself for imports: work that waits or was left lying, secrets and jobs that are too old."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import uuid4

from celery import shared_task
from django.db.models.functions import Now

from imports.actions import forget_secrets
from imports.models import ImportJob
from imports.running import work

SECONDS: Final = 15.0
"""A worker stays with a job for so long; then whatever else waits has its turn."""
SECRETS_KEPT: Final = timedelta(hours=24)
JOBS_KEPT: Final = timedelta(days=90)

SCHEDULE = {
    "imports.tasks.look_for_imports": 5.0,
    "imports.tasks.forget_import_secrets": 600.0,
    "imports.tasks.forget_imports": 3600.0,
}


@shared_task(ignore_result=True)  # type: ignore[untyped-decorator]  # Celery brings no types
def look_for_imports() -> None:
    """Take up what waits, and what a worker that is no more left lying: Redis need not know of it."""
    if ImportJob.objects.open().exists():
        run_imports()


@shared_task(ignore_result=True)  # type: ignore[untyped-decorator]
def run_imports() -> None:
    """Work at imports for some seconds, and come back for the rest."""
    if work(uuid4(), SECONDS) and ImportJob.objects.open().exists():
        run_imports.apply_async(ignore_result=True)


@shared_task(ignore_result=True)  # type: ignore[untyped-decorator]
def forget_import_secrets() -> int:
    """Delete files, and passwords that nobody fetched, a day after the end of their job; return of how many jobs."""
    return forget_secrets(Now() - SECRETS_KEPT)


@shared_task(ignore_result=True)  # type: ignore[untyped-decorator]
def forget_imports() -> int:
    """Delete jobs that ended long ago, with what became of their rows; return how many rows that were."""
    return ImportJob.objects.filter(finished_at__lt=Now() - JOBS_KEPT).delete()[0]
