"""What is told of calls: that they begin, are answered and end, to each side that is a subscriber's.

A call between two subscribers is told twice, once to the owner of each side, so that neither learns of the other more
than a call's record says (calls/api/serializers.py).
"""

from __future__ import annotations

import pgtrigger

from events.triggers import CHANGED, tell, utc
from sipedge.proxy.identity import ANONYMOUS

MOST = 200
"""Characters of what SIP messages say that are kept: whoever wants all of it asks for the call."""

_WITHHELD = f"side.role = 'callee' AND n.caller = '{ANONYMOUS}'"
_CALLER_NUMBER = f"CASE WHEN {_WITHHELD} THEN '' ELSE n.caller_number END"
_DATA = f"""
    jsonb_build_object('role', side.role, 'direction', n.direction, 'is_forwarding', n.parent_id IS NOT NULL,
        'caller', left(n.caller, {MOST}), 'callee', left(n.callee, {MOST}), 'caller_number', {_CALLER_NUMBER},
        'callee_number', n.callee_number, 'started_at', {utc("n.started_at")})
    || CASE WHEN told.number > 1 THEN jsonb_build_object('answered_at', {utc("n.answered_at")}) ELSE '{{}}' END
    || CASE WHEN told.number > 2 THEN jsonb_build_object('ended_at', {utc("n.ended_at")},
        'billable_seconds', greatest(0, coalesce(extract(epoch FROM n.ended_at - n.answered_at), 0)),
        'status_code', n.status_code, 'cause', n.cause, 'ended_by', n.ended_by) ELSE '{{}}' END"""
_NAME = f"""
    left(coalesce(nullif({_CALLER_NUMBER}, ''), n.caller), {MOST}) || ' → ' ||
    left(coalesce(nullif(n.callee_number, ''), n.callee), {MOST})"""


def _calls(rows: str, steps: str) -> str:
    """The events of calls; steps: rows of (number, kind, whether it is so)."""
    return f"""
        SELECT told.kind, r.uid, c.uid, s.uid, 'call', n.id, {_NAME}, {_DATA} FROM {rows}
        CROSS JOIN LATERAL (VALUES
            ('caller', n.caller_reseller_id, n.caller_customer_id, n.caller_subscriber_id),
            ('callee', n.callee_reseller_id, n.callee_customer_id, n.callee_subscriber_id)
        ) AS side(role, reseller_id, customer_id, subscriber_id)
        CROSS JOIN LATERAL (VALUES {steps}) AS told(number, kind, is_so)
        LEFT JOIN subscribers_subscriber AS s ON s.id = side.subscriber_id
        LEFT JOIN accounts_customer AS c ON c.id = side.customer_id
        LEFT JOIN accounts_reseller AS r ON r.id = side.reseller_id
        WHERE told.is_so AND side.reseller_id IS NOT NULL ORDER BY n.started_at, n.id, told.number"""  # noqa: S608


_ANSWERED = "o.answered_at IS NULL AND n.answered_at IS NOT NULL"
_ENDED = "o.ended_at IS NULL AND n.ended_at IS NOT NULL"
CALL = [
    tell(
        pgtrigger.Insert,
        _calls(
            "new_rows AS n",
            "(1, 'call.started', true), (2, 'call.answered', n.answered_at IS NOT NULL), "
            "(3, 'call.ended', n.ended_at IS NOT NULL)",
        ),
        if_any="new_rows",
    ),
    tell(
        pgtrigger.Update,
        _calls(CHANGED, f"(2, 'call.answered', {_ANSWERED}), (3, 'call.ended', {_ENDED})"),
        if_any=f"{CHANGED} WHERE {_ANSWERED} OR {_ENDED}",
    ),
]
