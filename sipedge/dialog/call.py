"""What a call is, from its INVITE to its BYE: a CallRecord that each event turns into the next.

Pure: every function takes a record and gives the record that should be stored now.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from uuid import UUID

from sipedge.dialog import ending
from sipedge.dialog.cause import cause_in_reason, cause_of_status
from sipedge.facts import CallRecord, GatewayFacts, SubscriberFacts
from sipedge.proxy.identity import ANONYMOUS
from sipedge.routing.decision import Decision, Refused, Step, ToGateways
from sipedge.routing.query import CallQuery
from sipedge.sip.message import Request, Response

_TEXT_LIMIT = 512
_MOST_STEPS = 100
"""Of a call that is forwarded again and again; the first ones are kept."""


def call_key(now: float, entropy: bytes) -> UUID:
    """A UUID of version 7 (RFC 9562 §5.7): sorted by time, so that an index over millions of calls stays compact.

    `now` is in seconds since the epoch, `entropy` ten random bytes, 74 bits of which remain.
    """
    value = int(now * 1000) << 80 | int.from_bytes(entropy[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def begin(call_id: UUID, request: Request, query: CallQuery, decision: Decision, edge: str, now: float) -> CallRecord:
    """The record of a call that was routed a moment ago. `now` is in seconds since the epoch.

    `caller` is what the callee may know; `caller_number` is known to the provider even where it is withheld.
    """
    caller = query.caller
    subscriber = caller if isinstance(caller, SubscriberFacts) else None
    outcome = decision.outcome
    diversions = () if isinstance(outcome, Refused) else outcome.diversions
    callee = None if isinstance(outcome, ToGateways) else outcome.subscriber
    callee = diversions[0].subscriber if diversions else callee
    leaves = isinstance(outcome, ToGateways) and not diversions
    return CallRecord(
        id=call_id,
        direction="inbound" if isinstance(caller, GatewayFacts) else "outbound" if leaves else "internal",
        state="trying",
        sip_call_id=storable(request.call_id),
        edge=edge,
        started_at=now,
        from_tag=storable(request.from_tag or ""),
        dialog=ending.at_beginning(request),
        caller=storable(ANONYMOUS if query.hides_caller else str(query.from_uri)),
        callee=storable(request.request_uri),
        caller_number=decision.caller_number,
        callee_number=decision.callee_number,
        caller_subscriber_id=subscriber.id if subscriber else None,
        caller_customer_id=subscriber.customer_id if subscriber else None,
        caller_reseller_id=subscriber.reseller_id if subscriber else None,
        callee_subscriber_id=callee.id if callee else None,
        callee_customer_id=callee.customer_id if callee else None,
        callee_reseller_id=callee.reseller_id if callee else None,
        gateway_in_id=caller.id if isinstance(caller, GatewayFacts) else None,
        gateway_out_id=outcome.attempts[0].gateway.id if isinstance(outcome, ToGateways) and leaves else None,
        steps=written(decision.steps),
    )


def written(steps: Iterable[Step]) -> str:
    """Steps as they are kept: JSON, [[rule, template, found, …], …]. They are put into words by who reads them."""
    rows = [[step.rule, step.template, *[storable(str(value)) for value in step.found]] for step in steps]
    return json.dumps(rows, separators=(",", ":"), ensure_ascii=False)


def went_on(call: CallRecord, decision: Decision) -> CallRecord:
    """What was tried has failed, and the callee's forwarding has led on."""
    before, more = json.loads(call.steps or "[]"), json.loads(written(decision.steps))
    if len(before) >= _MOST_STEPS:
        return call
    return call._replace(steps=json.dumps(before + more, separators=(",", ":"), ensure_ascii=False))


def tries(call: CallRecord, gateway_id: int) -> CallRecord:
    """The call goes to this gateway now."""
    return call if call.gateway_out_id == gateway_id else call._replace(gateway_out_id=gateway_id)


def tried(call: CallRecord, gateway: GatewayFacts, status_code: int, reason: str, seconds: float) -> CallRecord:
    """This gateway has answered after so many seconds, or will not any more."""
    known = json.loads(call.attempts) if call.attempts else []
    known.append([gateway.id, gateway.name, status_code, round(seconds, 3), storable(reason)])
    return call._replace(attempts=json.dumps(known, separators=(",", ":"), ensure_ascii=False))


def ringing(call: CallRecord, now: float) -> CallRecord:
    """The first 180 or 183 came; later ones change nothing (the same record is returned)."""
    if call.ringing_at is not None or call.state != "trying":
        return call
    return call._replace(state="ringing", ringing_at=now)


def answered(call: CallRecord, response: Response, now: float, session_expires_at: float | None = None) -> CallRecord:
    """The first 2xx came; a retransmitted one changes nothing. session_expires_at: as in CallRecord."""
    if call.answered_at is not None or call.ended_at is not None:
        return call
    to_tag = storable(response.to_tag or "")
    return call._replace(
        state="answered",
        answered_at=now,
        to_tag=to_tag,
        status_code=response.status_code,
        session_expires_at=session_expires_at,
        dialog=ending.at_answer(call.dialog, response) if call.dialog else "",  # a forwarding has none of its own
    )


def refused(call: CallRecord, status_code: int, reason: str, now: float) -> CallRecord:
    """The edge itself said no."""
    return _ended(call, now, status_code, reason, cause_of_status(status_code), "edge")


def failed(call: CallRecord, status_code: int, response: Response | None, now: float) -> CallRecord:
    """A final failure went to the caller: `response` is the far side's, None where the edge made it."""
    if response is None:
        by = "caller" if status_code == 487 else "edge"
        return _ended(call, now, status_code, "", cause_of_status(status_code), by)
    cause = cause_in_reason(response.get("Reason")) or cause_of_status(status_code)
    by = "caller" if status_code == 487 else "gateway" if call.gateway_out_id else "callee"
    return _ended(call, now, status_code, response.reason, cause, by)


def storable(text: str) -> str:
    """Text from a message as a column may hold it: valid UTF-8 without NUL, of bounded length."""
    clean = text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
    return clean.replace("\0", "")[:_TEXT_LIMIT]


def _ended(call: CallRecord, now: float, status_code: int, reason: str, cause: int, ended_by: str) -> CallRecord:
    if call.ended_at is not None:
        return call
    return call._replace(
        state="ended",
        ended_at=now,
        status_code=status_code,
        reason=storable(reason),
        cause=cause,
        ended_by=ended_by,
    )
