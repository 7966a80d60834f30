"""Phone numbers in the API."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django_filters import CharFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet

from numbering.api.serializers import NumberBlockSerializer, NumberSerializer
from numbering.choices import NumberState
from numbering.e164 import is_e164
from numbering.models import NumberAssignment, NumberBlock, PhoneNumber
from provider.api.filters import ReferenceFilter, YesNoFilter
from provider.api.viewset import ScopedViewSet
from subscribers.models import Subscriber


class HolderFilter(ReferenceFilter):
    """Numbers that a subscriber has now."""

    def of(self, rows: QuerySet[Any], key: int) -> QuerySet[Any]:
        """Those of the subscriber with this key."""
        held = NumberAssignment.objects.current().filter(subscriber=key)
        return rows.filter(pk__in=held.order_by().values("number_id").distinct())


class NumberFilter(FilterSet):
    """What numbers can be narrowed by."""

    e164 = CharFilter(help_text="The whole number with its plus (in an address: %2B).")
    subscriber = HolderFilter(Subscriber, help_text="The id of the subscriber who has it now.")
    state = ChoiceFilter(choices=NumberState.choices, method="in_state", help_text="What they are now.")
    block = ReferenceFilter(NumberBlock, help_text="The id of the block that they lie in.")
    is_assigned = YesNoFilter(method="assigned", help_text="Whether somebody has it now.")

    def in_state(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """The numbers in a state."""
        return rows.in_state(value)  # type: ignore[attr-defined, no-any-return]

    def assigned(self, rows: QuerySet[Any], _name: str, value: bool) -> QuerySet[Any]:
        """The numbers that somebody has now, or that nobody has."""
        return rows.assigned() if value else rows.not_assigned()  # type: ignore[attr-defined, no-any-return]


class NumberViewSet(ScopedViewSet):
    """A reseller's own numbers."""

    queryset = PhoneNumber.objects.select_related("reseller", "block")
    serializer_class = NumberSerializer
    filterset_class = NumberFilter
    orderings = {"e164": "e164"}
    default_ordering = "e164"
    search_lookups = ["e164__startswith"]

    def get_queryset(self) -> QuerySet[Any]:
        """With who has each number now, in one query for the page."""
        held = NumberAssignment.objects.current().select_related("subscriber__domain")
        return (
            super()
            .get_queryset()
            .prefetch_related(Prefetch("assignments", queryset=held, to_attr="current_assignments"))
        )


class NumberBlockFilter(FilterSet):
    """What blocks can be narrowed by."""

    number = CharFilter(method="around", help_text="The block around this number, with its plus (in an address: %2B).")

    def around(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """The block that a number lies in."""
        if not is_e164(value):
            return rows.none()
        return rows.filter(digits=len(value) - 1, numbers__contains=int(value))


class NumberBlockViewSet(ScopedViewSet):
    """The blocks of numbers that a reseller was given."""

    queryset = NumberBlock.objects.select_related("reseller")
    serializer_class = NumberBlockSerializer
    filterset_class = NumberBlockFilter
    orderings = {"first": "first"}
    default_ordering = "first"
    search_lookups = ["first__startswith"]
