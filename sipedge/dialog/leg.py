"""The call that a forwarding makes: a record of its own, which is its subscriber's."""

from __future__ import annotations

from uuid import UUID

from sipedge.dialog.call import storable
from sipedge.facts import CallRecord
from sipedge.routing.decision import ToGateways, ToSubscriber


def begin(key: UUID, parent: CallRecord, outcome: ToSubscriber | ToGateways, host: str, now: float) -> CallRecord:
    """The record of a forwarded call. parent: of the call that was forwarded; host: the forwarding subscriber's domain;
    now: seconds since the epoch."""
    payer = outcome.diversions[-1].subscriber
    callee = outcome.subscriber if isinstance(outcome, ToSubscriber) else None
    gateway_id = outcome.attempts[0].gateway.id if isinstance(outcome, ToGateways) else None
    return CallRecord(
        id=key,
        direction="internal" if gateway_id is None else "outbound",
        state="trying",
        sip_call_id=parent.sip_call_id,
        edge=parent.edge,
        started_at=now,
        from_tag=parent.from_tag,
        caller=storable(f"sip:{payer.username}@{host}"),
        callee=storable(outcome.number or (callee.username if callee else "")),
        caller_number=outcome.diversions[-1].number or payer.main_number or "",
        callee_number=outcome.number if outcome.number.startswith("+") else "",
        caller_subscriber_id=payer.id,
        caller_customer_id=payer.customer_id,
        caller_reseller_id=payer.reseller_id,
        callee_subscriber_id=callee.id if callee else None,
        callee_customer_id=callee.customer_id if callee else None,
        callee_reseller_id=callee.reseller_id if callee else None,
        gateway_out_id=gateway_id,
        parent_id=parent.id,
    )
