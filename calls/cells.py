"""How the panel writes the facts of a call in its lists: the same in the list of calls and on the dashboard."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from calls.choices import Direction
from calls.models import Call
from calls.outcomes import Tone
from calls.parties import name_of_side
from provider.panel.labels import clock

# django-unfold's label colours.
TONES = {Tone.LIVE: "info", Tone.GOOD: "success", Tone.NEUTRAL: None, Tone.BAD: "danger"}
DIRECTIONS = {Direction.INBOUND: "info", Direction.OUTBOUND: "primary", Direction.INTERNAL: None}
SHORT_DIRECTIONS = {
    Direction.INBOUND: _("in"),
    Direction.OUTBOUND: _("out"),
    Direction.INTERNAL: _("internal"),
}
# All that a row of a list names; the page of a call names its owners, too.
RELATED = ("caller_subscriber__domain", "callee_subscriber__domain", "gateway_in", "gateway_out")
OWNERS = tuple(f"{side}_{owner}" for side in ("caller", "callee") for owner in ("customer", "reseller"))


def talked(call: Call) -> str | None:
    """From the answer to the end, or until now; None when nobody answered."""
    if call.answered_at is None:
        return None
    until = call.ended_at or timezone.now()
    return clock((until - call.answered_at).total_seconds())


def caller_cell(call: Call) -> str:
    """Number and account of the caller, as HTML."""
    return _side(call.caller, call.caller_number, call.caller_subscriber)


def callee_cell(call: Call) -> str:
    """Number and account of the callee, as HTML."""
    return _side(call.callee, call.callee_number, call.callee_subscriber)


def _side(uri: str, number: str, subscriber: Any) -> str:
    shown = name_of_side(uri, number)
    account = str(subscriber) if subscriber is not None else ""
    if not account or account == shown:
        return format_html('<span class="freiton-long">{}</span>', shown)
    return format_html('{}<br><span class="freiton-second">{}</span>', shown, account)
