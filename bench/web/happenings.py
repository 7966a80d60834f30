"""What happened in the measured world, and who is told of it: events, webhooks and what was sent by them."""

from __future__ import annotations

from typing import Final

from django.db import connection
from django.utils import timezone

from accounts.sealing import seal
from bench.web.shape import SPARSE, Shape
from events.feed import end_of_feed
from events.models import Delivery, Webhook
from events.signing import new_secret

EVENTS_A_CALL: Final = 0.2
"""So many stand in the feed for each call: a million beside five million calls."""
DELIVERIES: Final = 60
"""Of each webhook: more than a page."""

# Of a transaction that ended long ago, so that they can be read at once; of all subscribers in turn, so that
# resellers and customers have as many of them as they are large.
EVENTS: Final = """
    INSERT INTO events_event (xid, type, reseller, customer, subscriber, object_type, object_id, object_name, data)
    SELECT '3', (ARRAY['registration.first', 'registration.last', 'subscriber.changed'])[1 + n %% 3],
           r.uid, c.uid, s.uid, 'subscriber', s.uid, s.username, '{}'
    FROM generate_series(1, %(count)s) AS n
    JOIN LATERAL (SELECT * FROM subscribers_subscriber WHERE id >= 1 + n * 7919::bigint %% %(subscribers)s
                  ORDER BY id LIMIT 1) AS s ON true
    JOIN accounts_customer AS c ON c.id = s.customer_id JOIN accounts_reseller AS r ON r.id = s.reseller_id
"""


def write_happenings(shape: Shape) -> None:
    """Events, and a webhook for each of whom pages are measured."""
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, {"count": int(shape.calls * EVENTS_A_CALL), "subscribers": shape.subscribers})
    big, sparse = shape.parts[0], shape.parts[-SPARSE]
    owners: list[tuple[int | None, int | None]] = [(None, None), *((part.reseller, None) for part in shape.parts)]
    owners += [(big.reseller, customer) for customer in (big.customers.start, big.customers[1], big.customers[-1])]
    owners += [(sparse.reseller, sparse.customers.start)]
    place, secret = end_of_feed(), seal(new_secret())
    for reseller, customer in owners:
        webhook = Webhook.objects.create(
            url="https://hook.example/", secret=secret, xid=place.xid, placed_at=place.at, is_active=False,
            reseller_id=reseller, customer_id=customer,
        )  # fmt: skip
        now = timezone.now()
        Delivery.objects.bulk_create(Delivery(webhook=webhook, type="ping", next_at=now) for _ in range(DELIVERIES))
