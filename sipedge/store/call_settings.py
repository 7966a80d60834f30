"""A subscriber's call settings as edge_subscriber has them (jsonb, NULL for none), as facts."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final

from sipedge.facts import NO_SETTINGS, CallSettingsFacts, ForwardingFacts

SHARED: Final = 1024
"""Settings that are alike are one object: thousands of subscribers have "international calls" alone."""

_LISTS: Final = ("shown_numbers", "blocked_callers", "allowed_callers")


def settings_of(text: str | None) -> CallSettingsFacts:
    """The settings of a subscriber; NO_SETTINGS itself where they say nothing else.

    Raises ValueError when the view says less or more than the edge knows of.
    """
    return NO_SETTINGS if text is None else _parsed(text)


@lru_cache(maxsize=SHARED)
def _parsed(text: str) -> CallSettingsFacts:
    fields: dict[str, Any] = json.loads(text)
    if fields.keys() != set(CallSettingsFacts._fields):
        raise ValueError(f"call settings with other fields than the edge's: {sorted(fields)}")
    fields["forwardings"] = tuple(_forwarding(each) for each in fields["forwardings"])
    for name in _LISTS:
        fields[name] = tuple(fields[name])
    settings = CallSettingsFacts(**fields)
    return NO_SETTINGS if settings == NO_SETTINGS else settings


def _forwarding(fields: dict[str, Any]) -> ForwardingFacts:
    if fields.keys() != set(ForwardingFacts._fields):
        raise ValueError(f"a forwarding with other fields than the edge's: {sorted(fields)}")
    return ForwardingFacts(fields["condition"], tuple(fields["targets"]), fields["seconds"])
