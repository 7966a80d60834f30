"""Who is registered, as the feed has told it: mended where two who wrote at the same moment did not see each other."""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

from events.registration_triggers import of_subscribers
from events.triggers import inserted

_NO_FIELDS: Final = "'{}'::jsonb"

_BEGAN: Final = inserted(
    of_subscribers("registration.first", "began AS b", _NO_FIELDS),
    first="WITH began AS (INSERT INTO events_presence (subscriber_id) "
    "SELECT DISTINCT b.subscriber_id FROM subscribers_binding AS b "
    "LEFT JOIN events_presence AS p USING (subscriber_id) WHERE p.subscriber_id IS NULL "
    "ORDER BY b.subscriber_id ON CONFLICT DO NOTHING RETURNING subscriber_id)",
)
_ENDED: Final = inserted(
    of_subscribers("registration.last", "ended AS b", _NO_FIELDS),
    first="WITH free AS (SELECT p.subscriber_id FROM events_presence AS p WHERE NOT EXISTS "
    "(SELECT FROM subscribers_binding AS b WHERE b.subscriber_id = p.subscriber_id) FOR UPDATE SKIP LOCKED), "
    "ended AS (DELETE FROM events_presence AS p USING free WHERE p.subscriber_id = free.subscriber_id "
    "RETURNING p.subscriber_id)",
)


def mend() -> int:
    """Tell what was missed of who is registered and who is not; return how many subscribers."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BEGAN)
        mended = cursor.rowcount
        cursor.execute(_ENDED)
        return mended + cursor.rowcount
