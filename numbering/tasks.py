"""What happens to numbers by the clock: assignments that begin or end, quarantines that are over."""

from __future__ import annotations

import logging

from celery import shared_task
from django.db import connection
from django.db.models.functions import Now

from numbering.choices import Holding
from numbering.models import PhoneNumber

log = logging.getLogger(__name__)

PACE = 60.0  # seconds
SCHEDULE = {
    "numbering.tasks.announce_due_assignments": PACE,
    "numbering.tasks.end_due_quarantines": PACE,
    "numbering.tasks.sum_up_counts": PACE,
}

# Twice the pace, so that a run which came late leaves no gap; saying it twice does no harm.
_ANNOUNCE = """
    WITH due AS (
        SELECT a.number_id, n.e164, s.domain_id || '/' || s.username AS subscriber
        FROM numbering_numberassignment a
        JOIN numbering_phonenumber n ON n.id = a.number_id
        JOIN subscribers_subscriber s ON s.id = a.subscriber_id
        WHERE a.valid_from BETWEEN now() - 2 * %(pace)s * interval '1 second' AND now()
           OR a.valid_until BETWEEN now() - 2 * %(pace)s * interval '1 second' AND now()
    )
    SELECT count(*),
           edge_notify('number', ARRAY(SELECT DISTINCT e164 FROM due))::text,
           edge_notify('subscriber', ARRAY(SELECT DISTINCT subscriber FROM due))::text,
           numbering_keep_holding(ARRAY(SELECT DISTINCT number_id FROM due))::text
    FROM due
"""

# One statement, so that everybody sees either the rows or their sum.
_SUM_UP = """
    WITH gone AS (
        DELETE FROM numbering_blockcount c
        USING (
            SELECT block_id, holding FROM numbering_blockcount GROUP BY block_id, holding HAVING count(*) > 1
        ) AS several
        WHERE c.block_id = several.block_id AND c.holding = several.holding
        RETURNING c.block_id, c.holding, c.amount
    ), summed AS (
        INSERT INTO numbering_blockcount (block_id, holding, amount)
        SELECT block_id, holding, sum(amount) FROM gone GROUP BY block_id, holding HAVING sum(amount) <> 0
    )
    SELECT count(*) FROM gone
"""


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def announce_due_assignments() -> int:
    """Tell the edge of the assignments that began or ended in the last two minutes; return how many.

    Those that somebody made or ended by hand were told at once by the triggers; this is for the others.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ANNOUNCE, {"pace": PACE})
        count: int = cursor.fetchone()[0]
    if count:
        log.info("told the edge of %d number assignments that began or ended", count)
    return count


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def end_due_quarantines() -> int:
    """Make the numbers free whose quarantine is over; return how many."""
    due = PhoneNumber.objects.quarantined().filter(quarantined_until__lte=Now())
    count: int = due.update(holding=Holding.FREE, quarantined_until=None)
    if count:
        log.info("%d numbers are free again after their quarantine", count)
    return count


@shared_task  # type: ignore[untyped-decorator]  # Celery brings no types
def sum_up_counts() -> int:
    """Make one row of those that say how many numbers of a block are in a state; return of how many."""
    with connection.cursor() as cursor:
        cursor.execute(_SUM_UP)
        count: int = cursor.fetchone()[0]
    return count
