"""What is told of registrations: that the first phone of a subscriber is there, and that the last one has gone.

Nothing stands on updates: a phone that renews its registration costs nothing here.
"""

from __future__ import annotations

import pgtrigger

from events.triggers import tell

_FIELDS = "jsonb_build_object('transport', b.transport, 'user_agent', b.user_agent, 'received_from', b.received_from)"


def of_subscribers(kind: str, source: str, data: str) -> str:
    """Events of the subscribers in `source`, a FROM clause whose `b` has the subscriber's id."""
    return (
        f"SELECT DISTINCT ON (b.subscriber_id) '{kind}', r.uid, c.uid, s.uid, 'subscriber', s.uid, "  # noqa: S608
        f"s.username || '@' || d.name, {data} FROM {source} JOIN subscribers_subscriber AS s ON s.id = b.subscriber_id "
        "LEFT JOIN subscribers_domain AS d ON d.id = s.domain_id "
        "LEFT JOIN accounts_customer AS c ON c.id = s.customer_id "
        "LEFT JOIN accounts_reseller AS r ON r.id = s.reseller_id ORDER BY b.subscriber_id"
    )


# Who begins a presence tells of it: of two at the same moment one waits for the other, and finds it there.
_BEGAN = (
    "WITH began AS (INSERT INTO events_presence (subscriber_id) "
    "SELECT DISTINCT subscriber_id FROM new_rows ORDER BY subscriber_id ON CONFLICT DO NOTHING RETURNING subscriber_id)"
)
# Nobody waits here, so that no two can wait for each other: what is locked now is mended later (presence.py).
_ENDED = (
    "WITH free AS (SELECT p.subscriber_id FROM events_presence AS p "
    "WHERE p.subscriber_id IN (SELECT subscriber_id FROM old_rows) "
    "AND NOT EXISTS (SELECT FROM subscribers_binding AS left_over WHERE left_over.subscriber_id = p.subscriber_id) "
    "FOR UPDATE SKIP LOCKED), "
    "ended AS (DELETE FROM events_presence AS p USING free WHERE p.subscriber_id = free.subscriber_id "
    "RETURNING p.subscriber_id)"
)

BINDING = [
    # An upsert that only renews fires it with an empty table.
    tell(
        pgtrigger.Insert,
        of_subscribers("registration.first", "began JOIN new_rows AS b USING (subscriber_id)", _FIELDS),
        first=_BEGAN,
        if_any="new_rows",
    ),
    tell(
        pgtrigger.Delete,
        of_subscribers("registration.last", "ended JOIN old_rows AS b USING (subscriber_id)", _FIELDS),
        first=_ENDED,
        if_any="old_rows",
    ),
]
