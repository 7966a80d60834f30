"""What is still to be sent, and who sends it: all of it stands in PostgreSQL, so that nothing is lost with a worker or
with Redis, and no two workers send the same.

A webhook is leased by one worker at a time. What it is to be told is taken out of the feed into Delivery, a little
ahead of what is sent. A server that fails is left alone for a while; what it alone refuses is tried again by itself.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from events.actions import owned_by
from events.choices import DeliveryStatus
from events.cursors import Place
from events.feed import Gone, begin_of_feed, horizon, read
from events.models import Delivery, Event, Webhook
from events.sending import Sent

LEASE: Final = timedelta(seconds=60)
"""Several times what one attempt may take; a worker that was killed holds its webhook up for so long."""
AHEAD: Final = 200
"""Deliveries that wait: more of the feed is taken when fewer do."""
FIRST_DELAY: Final = 60.0
LONGEST_DELAY: Final = 24 * 3600.0
MOST_ATTEMPTS: Final = 14
"""With the delays between them some three days."""
LONGEST_PAUSE: Final = 15 * 60.0
"""Seconds for which a server that fails is left alone at most."""
MOST_OF_OWNER: Final = 4
"""Webhooks of one reseller that are served at the same time: its slow servers hold up its own alone."""
FAILURES_OF_A_SERVER: Final = 3
"""So many refusals in a row are taken for a server that fails."""
GIVEN_UP_AFTER: Final = timedelta(days=3)
"""A webhook that failed for so long is switched off."""

_CLAIM: Final = """
    UPDATE events_webhook SET leased_until = now() + %(lease)s, lease = %(worker)s, served_at = now()
    WHERE id = (
        SELECT w.id FROM events_webhook AS w
        LEFT JOIN accounts_reseller AS r ON r.id = w.reseller_id
        LEFT JOIN accounts_customer AS c ON c.id = w.customer_id
        WHERE w.is_active AND coalesce(r.is_active, true) AND coalesce(c.is_active, true)
        AND coalesce(w.reseller_id, 0) <> ALL (ARRAY(
            SELECT coalesce(o.reseller_id, 0) FROM events_webhook AS o WHERE o.leased_until >= now()
            GROUP BY 1 HAVING count(*) >= %(most)s))
        AND (w.leased_until IS NULL OR w.leased_until < now()) AND (w.next_at IS NULL OR w.next_at <= now())
        AND (
            EXISTS (SELECT FROM events_delivery AS d
                WHERE d.webhook_id = w.id AND d.status = 'waiting' AND d.next_at <= now())
            OR w.customer_id IS NOT NULL AND EXISTS (SELECT FROM events_event AS e
                WHERE e.customer = c.uid AND (e.xid, e.id) > (w.xid, w.place) AND e.xid < %(horizon)s::xid8)
            OR w.customer_id IS NULL AND w.reseller_id IS NOT NULL AND EXISTS (SELECT FROM events_event AS e
                WHERE e.reseller = r.uid AND (e.xid, e.id) > (w.xid, w.place) AND e.xid < %(horizon)s::xid8)
            OR w.reseller_id IS NULL AND EXISTS (SELECT FROM events_event AS e
                WHERE (e.xid, e.id) > (w.xid, w.place) AND e.xid < %(horizon)s::xid8)
        )
        ORDER BY w.served_at NULLS FIRST LIMIT 1 FOR UPDATE OF w SKIP LOCKED
    ) RETURNING id"""


def claim() -> Webhook | None:
    """Lease the webhook with something to send that was served the longest ago; None where there is none. Of a reseller
    that has MOST_OF_OWNER leased already, its customers' among them, none is taken."""
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {
            "lease": LEASE,
            "worker": uuid4(),
            "horizon": str(horizon()),
            "most": MOST_OF_OWNER,
        }
        cursor.execute(_CLAIM, parameters)
        found = cursor.fetchone()
    return Webhook.objects.select_related("reseller", "customer").get(pk=found[0]) if found else None


def still_leased(webhook: Webhook) -> Any:
    """The webhook's row while the lease that this worker knows is its own."""
    return Webhook.objects.filter(pk=webhook.pk, lease=webhook.lease)


def release(webhook: Webhook) -> None:
    """Let others serve it."""
    still_leased(webhook).update(leased_until=None, lease=None)


def put_off(webhook: Webhook) -> None:
    """Leave it alone for a while, as one whose server fails: what went wrong here is not tried again at once."""
    still_leased(webhook).update(next_at=timezone.now() + delay(1, LONGEST_PAUSE))


def next_due(webhook: Webhook) -> Delivery | None:
    """The next thing to send, in the feed's order; None where nothing is due."""
    waiting = Delivery.objects.filter(webhook=webhook, status=DeliveryStatus.WAITING)
    if waiting[:AHEAD].count() < AHEAD:
        while not take_from_feed(webhook):
            pass
    return waiting.filter(next_at__lte=Now()).order_by("id").first()


@transaction.atomic
def take_from_feed(webhook: Webhook) -> bool:
    """Put what follows in the feed among what is to be sent; return whether that was enough, or all for now."""
    row = still_leased(webhook).select_for_update(of=("self",), no_key=True).first()
    if row is None:
        return True
    rows = owned_by(row, Event.objects.all())
    chosen = (lambda found: found.of_types(row.types)) if row.types else None
    try:
        page = read(rows, Place(row.xid, row.place, row.placed_at), AHEAD, chosen)
    except Gone:  # it was off for longer than events are kept
        page = read(rows, begin_of_feed(), AHEAD, chosen)
    now = timezone.now()
    Delivery.objects.bulk_create(
        [Delivery(webhook=row, event=event.pk, type=event.type, next_at=now) for event in page.events],
        update_conflicts=True,  # those of a replay have been sent before
        unique_fields=["webhook", "event"],
        update_fields=["status", "attempts", "next_at"],
    )
    row.xid, row.place, row.placed_at = page.place.xid, page.place.id, page.place.at
    row.save(update_fields=["xid", "place", "placed_at"])
    return page.is_last or bool(page.events)


@transaction.atomic
def note(webhook: Webhook, delivery: Delivery, sent: Sent) -> bool:
    """Write down what became of an attempt; return whether to go on with this webhook."""
    row = still_leased(webhook).select_for_update(no_key=True).first()
    now = timezone.now()
    delivery.attempts += 1
    delivery.tried_at, delivery.status_code = now, sent.status
    delivery.error, delivery.answer = sent.error, sent.answer
    delivery.next_at = None
    if sent.is_delivered:
        delivery.status = DeliveryStatus.DELIVERED
    elif sent.is_hopeless or delivery.attempts >= MOST_ATTEMPTS:
        delivery.status = DeliveryStatus.FAILED
    else:
        delivery.next_at = now + delay(delivery.attempts, LONGEST_DELAY)
    Delivery.objects.filter(pk=delivery.pk, status=DeliveryStatus.WAITING).update(
        **{name: getattr(delivery, name) for name in _NOTED}
    )
    return row is not None and (sent.is_hopeless or _note_webhook(row, sent, now))


_NOTED: Final = ("status", "attempts", "next_at", "tried_at", "status_code", "error", "answer")


def _note_webhook(row: Webhook, sent: Sent, now: datetime) -> bool:
    row.leased_until = now + LEASE
    goes_on = row.is_active
    if sent.is_delivered:
        row.failures, row.failing_since, row.next_at = 0, None, None
    else:
        row.failures += 1
        row.failing_since = row.failing_since or now
        if sent.is_the_servers or row.failures >= FAILURES_OF_A_SERVER:
            row.next_at, goes_on = now + delay(row.failures, LONGEST_PAUSE), False
        if now - row.failing_since >= GIVEN_UP_AFTER:
            row.is_active, goes_on = False, False
            row.disabled_reason = f"It failed for {GIVEN_UP_AFTER.days} days: {sent.error}"
    row.save(update_fields=["leased_until", "failures", "failing_since", "next_at", "is_active", "disabled_reason"])
    return goes_on


def delay(attempts: int, longest: float) -> timedelta:
    """How long to wait after so many attempts that failed: doubled each time, give or take a fifth."""
    seconds = min(longest, FIRST_DELAY * 2 ** min(attempts - 1, 20))
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - no secret


def forget_old(now: datetime, days: int) -> int:
    """Remove what was sent, or given up, longer ago than so many days; return how many."""
    old = Delivery.objects.filter(created_at__lt=now - timedelta(days=days))
    done = old.exclude(status=DeliveryStatus.WAITING, next_at__gt=now)
    keys = list(done.order_by("created_at").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    return Delivery.objects.filter(pk__in=keys).delete()[0]


FORGOTTEN_AT_ONCE: Final = 10_000
