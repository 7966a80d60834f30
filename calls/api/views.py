"""Calls in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django_filters import ChoiceFilter, IsoDateTimeFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import Area, Role
from accounts.models import Customer, Reseller
from calls.actions import hang_up
from calls.api.serializers import CallSerializer
from calls.api.statistics import StatisticsQuery, StatisticsSerializer, answer
from calls.choices import Direction, State
from calls.export import header, rows
from calls.models import Call
from calls.querysets import CallQuerySet
from calls.statistics import statistics
from provider.api.filters import ReferenceFilter, WholeNumberFilter, YesNoFilter
from provider.api.problems import Conflict
from provider.api.viewset import CSV_FILE
from provider.api.writing import Answer, WritingViewSet
from provider.csv_rows import csv_response
from sipedge.proxy.identity import ANONYMOUS
from subscribers.models import Subscriber
from trunking.models import Gateway


class SideFilter(ReferenceFilter):
    """Calls of which one side is a row's: `customer` looks at caller_customer and callee_customer."""

    def of(self, rows: QuerySet[Any], key: int) -> QuerySet[Any]:
        """Those of the row with this key."""
        name = self.field_name
        return rows.filter(Q(**{f"caller_{name}_id": key}) | Q(**{f"callee_{name}_id": key}))


class WayFilter(ReferenceFilter):
    """Calls that came in, or left, by a gateway: for administrators, who alone are shown by which one."""

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """None for others: also of a gateway that they see."""
        found = super().filter(rows, value)
        return found if not value or self.parent.request.user.role == Role.ADMIN else rows.none()

    def of(self, rows: QuerySet[Any], key: int) -> QuerySet[Any]:
        """Those by the gateway with this key."""
        return rows.filter(Q(gateway_in_id=key) | Q(gateway_out_id=key))


class CallFilter(FilterSet):
    """What calls can be narrowed by."""

    direction = ChoiceFilter(choices=Direction.choices)
    state = ChoiceFilter(choices=State.choices, method="in_state")
    is_live = YesNoFilter(method="live", help_text="Whether the call has not ended yet.")
    subscriber = SideFilter(
        Subscriber, field_name="subscriber", help_text="The id of the subscriber who called or was called."
    )
    customer = SideFilter(Customer, field_name="customer", help_text="The id of the customer whose subscriber that is.")
    reseller = SideFilter(Reseller, field_name="reseller", help_text="The id of the reseller whose subscriber that is.")
    gateway = WayFilter(Gateway, help_text="The id of the gateway by which they came in or left; for administrators.")
    number = WholeNumberFilter(
        method="with_number", help_text="Either side's number with its plus (in an address: %2B)."
    )
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

    def with_number(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """The calls from or to a number; a customer finds nobody by it who called anonymously."""
        user = self.request.user
        from_number = Q(caller_number=value)
        if user.role == Role.CUSTOMER:
            from_number &= ~Q(caller=ANONYMOUS) | Q(caller_customer_id=user.customer_id)
        return rows.filter(from_number | Q(callee_number=value))


class CallViewSet(WritingViewSet):
    """Calls that one of your subscribers made or got, the newest first; those that stand now among them."""

    areas = [Area.CALLS]
    queryset = Call.objects.select_related("caller_subscriber", "callee_subscriber", "gateway_in", "gateway_out")
    serializer_class = CallSerializer
    filterset_class = CallFilter
    lookup_field = "pk"
    orderings = {"started_at": "started_at"}
    default_ordering = "-started_at"
    writing = frozenset({"hang_up"})

    def declared_parameters(self) -> set[str]:
        """The query parameters that this operation knows."""
        if self.action == "statistics":
            return set(StatisticsQuery().fields)
        return super().declared_parameters()

    @extend_schema(responses=CSV_FILE, filters=True)
    @action(detail=False, pagination_class=None)
    def export(self, request: Request) -> StreamingHttpResponse:
        """The calls that the filters leave as CSV, the newest first, 100,000 at most."""
        user: Any = request.user
        found: Any = self.filter_queryset(self.get_queryset())
        return csv_response("calls", header(user), rows(found.order_by("-started_at", "-id"), user))

    @extend_schema(parameters=[StatisticsQuery], responses=StatisticsSerializer, filters=False)
    @action(detail=False, pagination_class=None)
    def statistics(self, request: Request) -> Response:
        """How calls went, summed up by hour, day or destination (and for administrators by gateway or reseller):
        attempts, answered, ASR and NER (ITU-T E.425), minutes, ACD, PDD. A reseller's are those of its own subscribers,
        a customer's its own."""
        query = StatisticsQuery(data=request.query_params.dict(), context=self.get_serializer_context())
        query.is_valid(raise_exception=True)
        user: Any = request.user
        wanted = query.wanted()
        return Response(answer(wanted, statistics(user, wanted, timezone.now()), self.get_serializer_context()))

    @extend_schema(request=None, responses={202: CallSerializer}, filters=False)
    @action(detail=True, methods=["post"], url_path="hang-up", pagination_class=None)
    def hang_up(self, request: Request, **kwargs: Any) -> Response:
        """End a call that stands, for both sides: what rings stops ringing, who talks is cut off.

        The answer shows the call as it still stands: its edge is asked, and ends it within a second; then its `state`
        is `ended` and `ended_by` says who asked: `reseller` or `admin`. Where it still stands after some seconds its
        edge is gone, and the platform ends its record by itself. Who ends a forwarded call ends the whole of it. One
        that has ended already is answered 409.
        """
        return self.carry_out(lambda: self._hang_up(request, kwargs[self.lookup_url_kwarg]))

    def _hang_up(self, request: Request, key: Any) -> Answer:
        call = self.find(self.get_queryset(), key)  # not locked: its edge is about to write it
        if call.ended_at is not None:
            raise Conflict("This call has ended already.", "has_ended")
        user: Any = request.user
        hang_up(call, user.get_username(), Role(user.role))
        return self.shown(202, call)
