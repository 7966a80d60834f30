"""Phone numbers in the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import StreamingHttpResponse
from django_filters import ChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import Area, Role
from numbering.actions import end_quarantine, port_in, port_out, release_number, remove_number
from numbering.api.allocating import AllocationAnswer, AllocationSerializer, answer_of
from numbering.api.refusals import as_conflict
from numbering.api.serializers import NumberSerializer, PortInSerializer, PortOutSerializer
from numbering.choices import NumberState
from numbering.exports import export
from numbering.models import NumberAssignment, NumberBlock, PhoneNumber
from provider.api.filters import ReferenceFilter, WholeNumberFilter, YesNoFilter
from provider.api.viewset import CSV_FILE
from provider.api.writing import Answer, RoleRefused, WritableViewSet
from subscribers.models import Subscriber


class HolderFilter(ReferenceFilter):
    """Numbers that a subscriber has now."""

    def of(self, rows: QuerySet[Any], key: int) -> QuerySet[Any]:
        """Those of the subscriber with this key."""
        held = NumberAssignment.objects.current().filter(subscriber=key)
        return rows.filter(pk__in=held.order_by().values("number_id").distinct())


class NumberFilter(FilterSet):
    """What numbers can be narrowed by."""

    e164 = WholeNumberFilter(help_text="The whole number with its plus (in an address: %2B).")
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


class NumberViewSet(WritableViewSet):
    """Own numbers. A reseller makes them within its blocks; who has which is the matter of number-assignments."""

    areas = [Area.NUMBERS]
    queryset = PhoneNumber.objects.select_related("reseller", "block")
    serializer_class = NumberSerializer
    filterset_class = NumberFilter
    orderings = {"e164": "e164"}
    default_ordering = "e164"
    search_lookups = ["e164__startswith"]
    for_admins = frozenset({"port_in", "port_back"})
    """Numbers of other providers become a reseller's by these."""
    of_one = frozenset({"release", "end_quarantine", "port_out", "port_back"})
    """What a number goes through."""
    writing = WritableViewSet.writing | for_admins | of_one | {"allocate"}
    matching = WritableViewSet.matching | of_one

    def check_role(self, request: Request) -> None:
        """Numbers are ported in by those who have a contract about it."""
        super().check_role(request)
        user: Any = request.user
        if self.action in self.for_admins and user.role != Role.ADMIN:
            raise RoleRefused

    def get_queryset(self) -> QuerySet[Any]:
        """With who has each number now, in one query for the page."""
        held = NumberAssignment.objects.current().select_related("subscriber__domain")
        return (
            super()
            .get_queryset()
            .prefetch_related(Prefetch("assignments", queryset=held, to_attr="current_assignments"))
        )

    def perform_destroy(self, row: Any) -> None:
        """Take it out of the inventory, with its history. One out of a block is left in the block."""
        with as_conflict():
            remove_number(row)

    @extend_schema(responses=CSV_FILE, filters=True)
    @action(detail=False, pagination_class=None)
    def export(self, request: Request) -> StreamingHttpResponse:
        """The numbers that the filters leave as CSV, in their order: number, reseller, who has it, its state. The
        panel's import reads such a file."""
        del request
        found: Any = self.filter_queryset(self.get_queryset())
        headers = {"Content-Disposition": 'attachment; filename="numbers.csv"'}
        return StreamingHttpResponse(export(found), content_type="text/csv; charset=utf-8", headers=headers)

    @extend_schema(request=AllocationSerializer, responses={201: AllocationAnswer}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    def allocate(self, request: Request) -> Response:
        """Take the next free numbers: of a block, of all your blocks, or of those that begin so; with a subscriber they
        are assigned at once. As many as are wanted, or none (400 `exhausted`)."""
        return self.carry_out(lambda: self._allocate(request.data))

    def _allocate(self, data: Any) -> Answer:
        serializer = AllocationSerializer(data=data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return Answer(201, answer_of(serializer.save()))

    @extend_schema(request=None, responses=NumberSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def release(self, request: Request, **kwargs: Any) -> Response:
        """Take it back from the subscriber who has it now. It rests then, and its history stays."""
        del request
        return self.carry_out(lambda: self._do(release_number, kwargs))

    @extend_schema(request=None, responses=NumberSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="end-quarantine", pagination_class=None)
    def end_quarantine(self, request: Request, **kwargs: Any) -> Response:
        """Let anybody have it before its quarantine is over. Whoever calls it may still mean the one who had it."""
        del request
        return self.carry_out(lambda: self._do(end_quarantine, kwargs))

    @extend_schema(request=PortOutSerializer, responses=NumberSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="port-out", pagination_class=None)
    def port_out(self, request: Request, **kwargs: Any) -> Response:
        """Hand it over to another provider: calls to it are sent out from now on, and who has it has it no more."""

        def port(number: PhoneNumber) -> None:
            asked = PortOutSerializer(data=request.data or {}, context=self.get_serializer_context())
            asked.is_valid(raise_exception=True)
            port_out(number, **asked.validated_data)

        return self.carry_out(lambda: self._do(port, kwargs))

    @extend_schema(request=None, responses=NumberSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="port-back", pagination_class=None)
    def port_back(self, request: Request, **kwargs: Any) -> Response:
        """Take a number that was ported out back: it is free. For administrators."""
        del request
        return self.carry_out(lambda: self._do(lambda one: port_in(one.e164, one.reseller, one.ported_to), kwargs))

    @extend_schema(request=PortInSerializer, responses={201: NumberSerializer}, filters=False)
    @action(detail=False, methods=["post"], url_path="port-in", pagination_class=None)
    def port_in(self, request: Request) -> Response:
        """Take over a number of another provider: it becomes a reseller's, free to be assigned. For administrators."""
        return self.carry_out(lambda: self._port_in(request.data))

    def _port_in(self, data: Any) -> Answer:
        serializer = PortInSerializer(data=data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return self.shown(201, self._again(serializer.save()))

    def _do(self, done: Callable[[Any], Any], kwargs: dict[str, Any]) -> Answer:
        """An action on one number, which its state may not allow."""
        number = self.locked(kwargs[self.lookup_url_kwarg], self.named_version(self.action))
        with as_conflict():
            done(number)
        return self.shown(200, self._again(number))
