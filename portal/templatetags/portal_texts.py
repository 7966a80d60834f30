"""How the customer's page writes facts: addresses of phones, lengths of calls, numbers in groups."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def address(received_from: str) -> str:
    """udp:192.0.2.1:5060 → 192.0.2.1."""
    host = received_from.partition(":")[2].rpartition(":")[0]
    return host.strip("[]") or received_from


@register.filter
def talk_time(seconds: int | None) -> str:
    """75 → 1:15 min, as on a phone's display."""
    if seconds is None:
        return ""
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02} {_('min')}"


@register.filter
def remaining(until: datetime, now: datetime) -> str:
    """How long something still holds, in the largest unit that fits."""
    seconds = max(0, int((until - now).total_seconds()))
    if seconds < 90:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    minutes = round(seconds / 60)
    if minutes < 90:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}


@register.filter
def moment(when: datetime | None, style: str = "short") -> SafeString | str:
    """A time element: written in the server's zone, turned into the reader's by js/times.js where that runs."""
    if when is None:
        return ""
    text = localtime(when).strftime("%Y-%m-%d %H:%M") + f" {localtime(when).tzname()}"
    stamp = when.astimezone(UTC).isoformat(timespec="seconds")
    return format_html('<time datetime="{}" data-style="{}">{}</time>', stamp, style, text)
