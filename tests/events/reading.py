"""What the tests ask of the feed."""

from typing import Any

from events.feed import begin_of_feed, read
from events.models import Event


def told(**filters: Any) -> list[str]:
    """The types of all events, in the feed's order."""
    return list(Event.objects.filter(**filters).in_order().values_list("type", flat=True))


def last(kind: str) -> Event:
    """The latest event of a type."""
    found = Event.objects.filter(type=kind).in_order().last()
    assert found is not None, kind
    return found


def readable() -> list[str]:
    """The types of what a reader gets, from the beginning."""
    return [event.type for event in read(Event.objects.all(), begin_of_feed(), 500).events]
