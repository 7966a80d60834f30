"""Calls as rows of a CSV file, for those who may see them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from accounts.choices import Role
from accounts.models import User
from calls.models import Call
from calls.outcomes import outcome_of
from calls.parties import is_withheld_from
from calls.querysets import CallQuerySet

MOST_ROWS = 100_000
"""Some 20 MB; who needs more narrows the time."""
CHUNK = 2_000

HEADER = (
    "id", "started_at", "direction", "state", "caller", "caller_number", "callee", "callee_number", "ringing_at",
    "answered_at", "ended_at", "post_dial_delay", "billable_seconds", "status_code", "reason", "cause", "ended_by",
    "outcome", "call_id", "parent",
)  # fmt: skip
FOR_ADMINS = ("gateway_in", "gateway_out", "edge")


def header(user: User) -> tuple[str, ...]:
    """The columns' names; gateways and edges are the provider's own."""
    return HEADER + FOR_ADMINS if user.role == Role.ADMIN else HEADER


def rows(calls: CallQuerySet[Call], user: User) -> Iterator[list[Any]]:
    """The first MOST_ROWS calls of a queryset that is scoped and ordered, read while they are sent."""
    plain = calls.select_related(None).defer("steps", "attempts", "dialog")
    if user.role == Role.ADMIN:
        plain = plain.select_related("gateway_in", "gateway_out")
    for call in plain[:MOST_ROWS].iterator(chunk_size=CHUNK):
        yield _row(call, user)


def _row(call: Call, user: User) -> list[Any]:
    delay = call.post_dial_delay
    row = [
        call.pk, _time(call.started_at), call.direction, call.state, call.caller,
        "" if is_withheld_from(user, call) else call.caller_number, call.callee, call.callee_number,
        _time(call.ringing_at), _time(call.answered_at), _time(call.ended_at),
        None if delay is None else round(delay.total_seconds(), 3), round(call.billable_seconds, 3), call.status_code,
        call.reason, call.cause, call.ended_by, outcome_of(call), call.sip_call_id, call.parent_id,
    ]  # fmt: skip
    return [*row, call.gateway_in, call.gateway_out, call.edge] if user.role == Role.ADMIN else row


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
