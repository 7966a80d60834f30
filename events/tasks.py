"""What comes back by itself for events: their partitions, what the edges tell in Redis, what was missed."""

from __future__ import annotations

import logging

from celery import shared_task
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone
from redis.exceptions import RedisError

from calls.tasks import TRUSTED_AFTER
from events.days import EVENTS, kept_since
from events.delivering import deliver_all
from events.outbox import forget_old
from events.presence import mend
from events.security import bring_security
from provider.clock import even_for

log = logging.getLogger(__name__)

SCHEDULE = {
    "events.tasks.keep_partitions": 3600.0,
    "events.tasks.mend_presence": 300.0,
    "events.tasks.tell_security": 10.0,
    "events.tasks.send_webhooks": 2.0,
    "events.tasks.forget_deliveries": 600.0,
}

_FIRST_XID = "3"
"""PostgreSQL's first ordinary transaction: before whatever one that runs."""


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def keep_partitions() -> None:
    """Make the partitions of the days that come; drop those that are older than events are kept.

    Where somebody holds the table, the next run does it.
    """
    now = timezone.now()
    settle_restored()
    try:
        EVENTS.make(now)
        if even_for() >= TRUSTED_AFTER:
            EVENTS.drop_before(kept_since(now))
    except OperationalError as error:
        log.warning("partitions of events have to wait: %s", " ".join(str(error).split()))


def settle_restored() -> int:
    """Have events of another PostgreSQL be read: a dump brings ids of transactions that this one has yet to reach.

    Returns how many there were. Cursors from there are refused, since they are ahead of all.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_event SET xid = %s::xid8 WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())"
            " AND xid <> pg_current_xact_id()",
            [_FIRST_XID],
        )
        if cursor.rowcount:
            log.info("%d events came from another database", cursor.rowcount)
        return int(cursor.rowcount)


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def mend_presence() -> int:
    """Tell what was missed of who is registered; return of how many."""
    mended = mend()
    if mended:
        log.info("told %d registrations that nobody had told of", mended)
    return mended


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def tell_security() -> int:
    """Bring the edges' security events into the feed; return how many. Without Redis the next run does it."""
    try:
        return bring_security()
    except (RedisError, OSError) as error:
        log.warning("security events have to wait: %s", error)
        return 0


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def send_webhooks() -> int:
    """Send webhooks what is due; return how many attempts were made. One run at a time, which takes half a minute."""
    return deliver_all()


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def forget_deliveries() -> int:
    """Remove the deliveries that are older than events are kept; return how many."""
    return forget_old(timezone.now(), settings.EVENT_RETENTION_DAYS)
