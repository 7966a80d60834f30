"""What the feed can be narrowed by."""

from __future__ import annotations

from typing import Any

from django import forms
from django_filters import CharFilter, UUIDFilter
from django_filters.rest_framework import FilterSet

from events.models import Event
from events.querysets import EventQuerySet
from events.validators import validate_types


def read_types(text: str) -> list[str]:
    """The names in a list with commas, such as `call.ended,number.*`. Raises ValidationError for unknown ones."""
    names = [name for name in (part.strip() for part in text.split(",")) if name]
    validate_types(names)
    return names


class TypesField(forms.CharField):
    """Names of types."""

    def clean(self, value: Any) -> Any:
        """Raises ValidationError for a name that is not known."""
        return read_types(super().clean(value))


class TypesFilter(CharFilter):
    """Events of some types."""

    field_class = TypesField

    def filter(self, rows: EventQuerySet[Event], value: list[str]) -> EventQuerySet[Event]:
        """The events of these types."""
        return rows.of_types(value) if value else rows


class EventFilter(FilterSet):
    """What the feed can be narrowed by."""

    type = TypesFilter(
        help_text="Types with commas between; all of a kind as `call.*`. The document of events lists them."
    )
    object = UUIDFilter(field_name="object_id", help_text="The id of what they are about.")
    subscriber = UUIDFilter(help_text="The id of a subscriber, which may be gone.")
    customer = UUIDFilter(help_text="The id of a customer, which may be gone.")
