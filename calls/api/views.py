"""Calls in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django_filters import CharFilter, ChoiceFilter, IsoDateTimeFilter, UUIDFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import Role
from calls.api.serializers import CallSerializer
from calls.api.statistics import FiguresSerializer, StatisticsQuery
from calls.choices import Direction, State
from calls.csv_rows import csv_response
from calls.export import header, rows
from calls.models import Call
from calls.querysets import CallQuerySet
from calls.statistics import statistics
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

    def declared_parameters(self) -> set[str]:
        """The query parameters that this operation knows."""
        if self.action == "statistics":
            return set(StatisticsQuery.base_fields)
        if self.action == "export":
            return set(CallFilter.base_filters)
        return super().declared_parameters()

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY})
    @action(detail=False, pagination_class=None)
    def export(self, request: Request) -> StreamingHttpResponse:
        """The calls that the filters leave as CSV, the newest first, 100,000 at most."""
        user: Any = request.user
        found: Any = self.filter_queryset(self.get_queryset())
        return csv_response("calls", header(user), rows(found.order_by("-started_at", "-id"), user))

    @extend_schema(parameters=StatisticsQuery.PARAMETERS, responses=FiguresSerializer(many=True), filters=False)
    @action(detail=False, pagination_class=None)
    def statistics(self, request: Request) -> Response:
        """How calls went, summed up by hour, day, reseller or destination (gateways are for administrators alone):
        attempts, answered, ASR and NER (ITU-T E.425), minutes, ACD, PDD. A reseller's are those of its own subscribers;
        customers have none."""
        form = StatisticsQuery(request.query_params, now=timezone.now())
        if not form.is_valid():
            raise ValidationError({name: list(map(str, errors)) for name, errors in form.errors.items()})
        user: Any = request.user
        found = statistics(user, form.wanted(), timezone.now())
        return Response([FiguresSerializer(one).data for one in found])
