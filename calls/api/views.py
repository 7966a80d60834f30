"""Calls in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django_filters import CharFilter, ChoiceFilter, IsoDateTimeFilter, UUIDFilter
from django_filters.rest_framework import FilterSet

from accounts.choices import Role
from calls.api.serializers import CallSerializer
from calls.choices import Direction, State
from calls.models import Call
from calls.querysets import CallQuerySet
from provider.api.filters import YesNoFilter
from provider.api.viewset import ScopedViewSet
from sipedge.proxy.identity import ANONYMOUS
from subscribers.models import Subscriber


class CallFilter(FilterSet):
    """What calls can be narrowed by."""

    direction = ChoiceFilter(choices=Direction.choices)
    state = ChoiceFilter(choices=State.choices, method="in_state")
    is_live = YesNoFilter(method="live", help_text="Whether the call has not ended yet.")
    subscriber = UUIDFilter(method="of_subscriber", help_text="The id of the subscriber who called or was called.")
    number = CharFilter(method="with_number", help_text="Either side's number with its plus (in an address: %2B).")
    started_after = IsoDateTimeFilter(method="after")
    started_before = IsoDateTimeFilter(method="before")

    def after(self, rows: CallQuerySet[Call], _name: str, value: datetime) -> CallQuerySet[Call]:
        """The calls that began then or later."""
        return rows.began(since=value)

    def before(self, rows: CallQuerySet[Call], _name: str, value: datetime) -> CallQuerySet[Call]:
        """The calls that began earlier."""
        return rows.began(before=value)

    def in_state(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """The calls in a state; that those which stand have no end lets the small index of open calls answer."""
        return rows.filter(state=value, ended_at__isnull=value != State.ENDED)

    def live(self, rows: QuerySet[Any], _name: str, value: bool) -> QuerySet[Any]:
        """The calls that stand, or those that have ended."""
        return rows.filter(ended_at__isnull=value)

    def of_subscriber(self, rows: QuerySet[Any], _name: str, value: Any) -> QuerySet[Any]:
        """The calls of one subscriber, if it is the caller's to see."""
        own = Subscriber.objects.visible_to(self.request.user).filter(uid=value).values_list("pk", flat=True).first()
        return rows.filter(Q(caller_subscriber_id=own) | Q(callee_subscriber_id=own)) if own else rows.none()

    def with_number(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """The calls from or to a number; a customer finds nobody by it who called anonymously."""
        user = self.request.user
        from_number = Q(caller_number=value)
        if user.role == Role.CUSTOMER:
            from_number &= ~Q(caller=ANONYMOUS) | Q(caller_customer_id=user.customer_id)
        return rows.filter(from_number | Q(callee_number=value))


class CallViewSet(ScopedViewSet):
    """Calls that one of your subscribers made or got, the newest first; those that stand now among them."""

    queryset = Call.objects.select_related("caller_subscriber", "callee_subscriber")
    serializer_class = CallSerializer
    filterset_class = CallFilter
    lookup_field = "pk"
    orderings = {"started_at": "started_at"}
    default_ordering = "-started_at"
