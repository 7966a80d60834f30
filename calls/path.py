"""The path of a call in words: which gateways were tried, and why it ended. How it was decided: steps.py."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _


class Tried(NamedTuple):
    """A gateway that a call was sent to. seconds: until it had answered, or was given up."""

    gateway_id: int | None
    name: str
    status_code: int | None
    reason: str
    seconds: float | None


def tried(attempts: Any) -> list[Tried]:
    """The gateways that were tried, in their order."""
    found = []
    for attempt in attempts if isinstance(attempts, list) else []:
        try:
            gateway_id, name, status_code, seconds, reason = attempt
        except (ValueError, TypeError):
            continue
        found.append(Tried(gateway_id, str(name), status_code, str(reason or ""), seconds))
    return found


# Q.850 causes as people say them (ITU-T Q.850 §2.2.7); the others are shown by their number alone.
CAUSES = {
    1: _("number not in use"),
    16: _("normal end"),
    17: _("busy"),
    18: _("no answer"),
    19: _("rings, nobody answers"),
    20: _("phone not reachable"),
    21: _("rejected"),
    22: _("number has changed"),
    25: _("forwarded in a circle"),
    28: _("number incomplete"),
    31: _("normal, unspecified"),
    34: _("no channel free"),
    38: _("network out of order"),
    41: _("temporary failure"),
    42: _("congestion"),
    63: _("service not available"),
    79: _("not supported"),
    88: _("phones share no codec"),
    102: _("timer ran out"),
    127: _("interworking"),
}


def cause_in_words(cause: int | None) -> str:
    """A Q.850 cause with its number; '' for none."""
    if cause is None:
        return ""
    words = CAUSES.get(cause)
    return f"{cause} ({words})" if words else str(cause)
