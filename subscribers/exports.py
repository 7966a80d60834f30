"""Subscribers as CSV, which the import reads back (imports/subscriber_cells.py); a part at a time, so that a million of
them need no room. What nobody can be told is not there: passwords, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.db.models import Q

from subscribers.models import Subscriber
from subscribers.querysets import SubscriberQuerySet

COLUMNS: Final = (
    "username", "domain", "customer", "display_name", "numbers", "main_number", "is_active", "max_calls",
    "digest_algorithm",
)  # fmt: skip
NO_MAIN: Final = "none"
"""What main_number says of a subscriber that has numbers and none of them as its main one."""
AT_ONCE: Final = 2_000
"""Subscribers that are read together."""

_READ: Final = (
    "pk", "username", "domain__name", "customer__name", "display_name", "is_active", "call_settings__max_calls",
    "digest_algorithm",
)  # fmt: skip


def rows(subscribers: SubscriberQuerySet[Any]) -> Iterator[list[Any]]:
    """The cells of each of these subscribers, in the order of COLUMNS, by user name."""
    plain = subscribers.order_by("username", "pk").select_related(None).prefetch_related(None).values_list(*_READ)
    found = list(plain[:AT_ONCE])
    while found:
        numbers = _numbers([row[0] for row in found])
        yield from (_cells(row, numbers.get(row[0], {})) for row in found)
        key, username, *_others = found[-1]
        behind = Q(username__gt=username) | Q(pk__gt=key)
        found = list(plain.filter(behind, username__gte=username)[:AT_ONCE])


def _numbers(keys: list[int]) -> dict[int, dict[str, bool]]:
    """The numbers that each has now, and which is the main one; by the subscriber's key."""
    numbers: dict[int, dict[str, bool]] = {}
    for key, e164, is_main in Subscriber.objects.filter(pk__in=keys).numbers_now():
        numbers.setdefault(key, {})[e164] = is_main
    return numbers


def _cells(row: tuple[Any, ...], numbers: dict[str, bool]) -> list[Any]:
    _key, username, domain, customer, display_name, is_active, max_calls, digest_algorithm = row
    main = next((e164 for e164, is_main in numbers.items() if is_main), NO_MAIN if numbers else "")
    active = "yes" if is_active else "no"
    return [username, domain, customer, display_name, " ".join(numbers), main, active, max_calls, digest_algorithm]
