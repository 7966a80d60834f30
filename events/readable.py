"""What an event tells, for people: its members by what they are called in the panel, its values in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role
from calls.choices import Direction, EndedBy
from events.types import MEMBERS

NAMES: Final[dict[str, Any]] = {
    "changed": _("changed"),
    "username": _("user name"),
    "domain_name": _("domain"),
    "is_active": _("active"),
    "part": _("part"),
    "slot": _("slot"),
    "label": _("label"),
    "aor": _("address of record"),
    "is_main": _("main number"),
    "valid_from": _("valid from"),
    "valid_until": _("valid until"),
    "ported_from": _("ported from"),
    "ported_to": _("ported to"),
    "transport": _("transport"),
    "user_agent": _("User-Agent"),
    "received_from": _("received from"),
    "role": _("role"),
    "direction": _("direction"),
    "is_forwarding": _("forwarding"),
    "caller": _("caller"),
    "callee": _("callee"),
    "caller_number": _("caller's number"),
    "callee_number": _("callee's number"),
    "started_at": _("started at"),
    "answered_at": _("answered at"),
    "ended_at": _("ended at"),
    "billable_seconds": _("billable seconds"),
    "status_code": _("SIP status"),
    "cause": _("Q.850 cause"),
    "ended_by": _("ended by"),
    "prefix": _("begins with"),
    "source": _("source"),
    "detail": _("detail"),
    "edge": _("edge"),
    "more": _("alike since the last one"),
    "reason": _("reason"),
}
"""Of each member of events/types.py what it is called."""
PARTS: Final[dict[str, Any]] = {
    "settings": _("settings"),
    "forwarding": _("forwarding"),
    "caller_rule": _("caller list"),
    "shown_number": _("shown number"),
}
WORDS: Final[dict[str, Mapping[str, Any]]] = {
    "part": PARTS,
    "direction": dict(Direction.choices),
    "ended_by": dict(EndedBy.choices),
    "role": {"caller": _("caller"), "callee": _("callee"), **dict(Role.choices)},
}
"""Of members with few values what each means."""


def members(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What an event tells, as pairs of words. A member of an older event, which nobody knows any more, is as it is."""
    for name, value in data.items():
        yield str(NAMES.get(name, name)), _value(name, value)


def _value(name: str, value: Any) -> str:
    if value is None or value in ("", []):
        return "-"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):  # the members that were changed
        return ", ".join(str(NAMES.get(one, one)) for one in value)
    if MEMBERS.get(name, {}).get("format") == "date-time" and (moment := parse_datetime(str(value))):
        return localtime(moment).strftime("%Y-%m-%d %H:%M:%S")
    return str(WORDS.get(name, {}).get(str(value), value))
