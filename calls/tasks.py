"""What comes back by itself for calls: those that nobody ended are ended, so that "live" means live."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from calls.choices import EndedBy, State
from calls.models import Call
from calls.partitions import drop_partitions, make_partitions
from calls.rollup import roll_up
from provider.clock import even_for

log = logging.getLogger(__name__)

# Timer C ends an unanswered call after three minutes (RFC 3261 §16.6 step 11), and again after each provisional
# answer. Nobody waits for ten minutes.
UNANSWERED_AFTER = timedelta(minutes=10)

SESSION_GRACE = timedelta(minutes=5)
"""Past the end of a session (RFC 4028): the edge that has the call ends it after 32 s, and writes a second later."""

TOLD_FOR = timedelta(minutes=2)
"""So long an edge that lives is told to end such a call, before its record ends without it: what was answered, or went
on, behind a record that has ended would be nobody's to pay."""

MOST_AT_ONCE = 5_000
"""Calls that one run ends of a kind: the next run goes on."""

TOLD_AT_ONCE = 150
"""Calls that one NOTIFY names: it has room for 7,500 bytes, and a UUID with its quotes takes 40."""

COUNTING = 0x43616C6C73  # "Calls" in ASCII, as PostgreSQL's advisory locks want a bigint

TRUSTED_AFTER = timedelta(minutes=10)
"""So long a clock has to run evenly before it may say which calls are too old: what is dropped is gone."""

SCHEDULE = {
    "calls.tasks.sweep_abandoned_calls": 60.0,
    "calls.tasks.keep_partitions": 3600.0,
    "calls.tasks.count_calls": 600.0,
}


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def sweep_abandoned_calls() -> int:
    """Have edges end the calls that go on for too long, then end the records that are left; return how many of these.

    Unanswered ones after ten minutes; answered ones when the session that both sides agreed on is over, and where they
    agreed on none after settings.CALL_MAX_HOURS. A clock that was set says nothing of how old a call is.
    """
    even = even_for()
    swept = 0
    for too_long, age, reason in (
        (_unanswered, UNANSWERED_AFTER, "abandoned before an answer"),
        (_session_over, SESSION_GRACE, "session over"),
        (_endless, timedelta(hours=settings.CALL_MAX_HOURS), f"no end within {settings.CALL_MAX_HOURS} hours"),
    ):
        if even >= age + TOLD_FOR:
            swept += _end(too_long(age + TOLD_FOR), reason)
        if even >= age:
            _tell(too_long(age))
    return swept


def _unanswered(age: timedelta) -> Q:
    return Q(answered_at__isnull=True, started_at__lt=Now() - age)


def _session_over(age: timedelta) -> Q:
    return Q(answered_at__isnull=False, session_expires_at__lt=Now() - age)


def _endless(age: timedelta) -> Q:
    return Q(answered_at__isnull=False, session_expires_at__isnull=True, answered_at__lt=Now() - age)


def _tell(which: Q) -> None:
    """Ask the edges to end open calls of a kind, for both sides; their forwardings go with them."""
    open_calls = Call.objects.open().filter(which, parent__isnull=True)
    found = [str(pk) for pk in open_calls.values_list("pk", flat=True)[:MOST_AT_ONCE]]
    with connection.cursor() as cursor:
        for first in range(0, len(found), TOLD_AT_ONCE):
            cursor.execute("SELECT edge_notify('overdue', %s)", [found[first : first + TOLD_AT_ONCE]])


def _end(which: Q, reason: str) -> int:
    """End the records of open calls of a kind, and of their forwardings, which have no session of their own."""
    ended = list(Call.objects.open().filter(which).values_list("pk", flat=True)[:MOST_AT_ONCE])
    count = (
        Call.objects.open()
        .filter(Q(pk__in=ended) | Q(parent__in=ended))
        .update(state=State.ENDED, ended_at=Now(), ended_by=EndedBy.SWEEPER, reason=reason)
    )
    if count:
        log.info("ended %d calls: %s", count, reason)
    return count


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def keep_partitions() -> None:
    """Make the partitions of the months that come; drop those whose calls are older than CALL_RETENTION_MONTHS.

    Where a long report holds the table, the next run does it.
    """
    now = timezone.now()
    try:
        make_partitions(now)
        if even_for() >= TRUSTED_AFTER:
            drop_partitions(now, settings.CALL_RETENTION_MONTHS)
    except OperationalError as error:
        log.warning("partitions of calls have to wait: %s", " ".join(str(error).split()))


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def count_calls() -> int:
    """Count the hours of calls that are due (calls/rollup.py); return how many. One counts at a time."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [COUNTING])
        return roll_up(timezone.now()) if cursor.fetchone()[0] else 0
