"""Imports in the API: a file is sent, and gone through by a worker, whose progress can be asked for."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django_filters import ChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import Area
from accounts.models import ApiToken
from imports import actions
from imports.actions import ImportRefused, Order, PasswordsGone
from imports.api.parsing import CsvParser, FormParser, Upload
from imports.api.serializers import ImportProblemSerializer, ImportQuery, ImportSerializer
from imports.choices import ImportKind, ImportState
from imports.files import passwords_file, problems_file, result_file
from imports.models import ImportJob, ImportProblem
from imports.reading import FileError
from provider.api import parameters
from provider.api.authentication import demand
from provider.api.paging import PARAMETERS, CursorPaging
from provider.api.parsing import StrictJsonParser
from provider.api.problems import Conflict, Gone
from provider.api.viewset import CSV_FILE
from provider.api.writing import Answer, WritingViewSet

_FILE = {"type": "string", "format": "binary"}
_FORM = {"type": "object", "required": ["file"], "properties": {"file": _FILE}, "additionalProperties": False}


class ImportFilter(FilterSet):
    """What imports can be narrowed by."""

    kind = ChoiceFilter(choices=ImportKind.choices, help_text="What their rows are.")
    state = ChoiceFilter(choices=ImportState.choices, help_text="Where they stand.")


class LinePaging(CursorPaging):
    """Pages of what belongs to lines of a file."""

    orderings = {"line": "line"}
    default_ordering = "line"

    def paginate_queryset(  # type: ignore[override]  # as its parent
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """The rows of the asked page, in an order of its own."""
        del view
        return super().paginate_queryset(queryset, request, self)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """What drf-spectacular writes about paging."""
        del view
        return super().get_schema_operation_parameters(self)


@extend_schema_view(
    create=extend_schema(
        parameters=[ImportQuery],
        request={"multipart/form-data": _FORM, "text/csv": _FILE},
        responses={202: ImportSerializer},
    )
)
class ImportViewSet(WritingViewSet):
    """Files of many subscribers with their numbers, or of numbers, that are imported by a job."""

    areas = [Area.SUBSCRIBERS, Area.CREDENTIALS, Area.NUMBERS]
    queryset = ImportJob.objects.select_related("reseller")
    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    parser_classes = [CsvParser, FormParser]
    writing = frozenset({"create", "cancel", "apply", "passwords"})
    further_problems = {"passwords": (410,)}

    orderings = {"created_at": "id"}
    default_ordering = "-created_at"

    def declared_parameters(self) -> set[str]:
        """The query parameters that this operation knows."""
        if self.action == "create":
            return set(ImportQuery().fields)
        if self.action == "errors":
            return set(PARAMETERS)
        return set() if self.action == "passwords" else super().declared_parameters()

    def told_parameters(self) -> list[OpenApiParameter]:
        """What the OpenAPI document says of this operation."""
        if self.action == "create":
            return [parameters.IDEMPOTENCY_KEY, parameters.ETAG]
        return [] if self.action == "passwords" else super().told_parameters()

    def create(self, request: Request, **_kwargs: Any) -> Response:
        """Send a file: CSV in UTF-8, at most 50 MB and 250,000 rows, whose first line names the columns. It is gone
        through by and by; ask for the job that is answered to see how far. A row that is refused stops no other one."""
        query = ImportQuery(data=request.query_params.dict(), context=self.get_serializer_context())
        query.is_valid(raise_exception=True)
        self._demand_customers(is_made=query.validated_data["make_customers"])  # before the file is read
        if not isinstance(request.data, Upload):
            raise ValidationError({"file": ["Send the file, as text/csv or in a form."]}, "required")
        wanted = query.validated_data
        order = Order(
            kind=wanted["kind"],
            reseller=wanted["reseller"],
            file_name=request.data.name,
            is_dry_run=wanted["dry_run"],
            make_customers=wanted["make_customers"],
            update_existing=wanted["update_existing"],
        )
        try:
            return self.carry_out(lambda: self._begin(order, request.data), is_dry=False)
        finally:
            request.data.file.close()

    def _begin(self, order: Order, upload: Any) -> Answer:
        user: Any = self.request.user
        try:
            job = actions.begin(user, order, upload.file)
        except FileError as error:
            raise ValidationError({"file": [str(error)]}, error.code) from error
        except ImportRefused as error:
            raise Conflict(str(error.text), error.code) from error
        return self.shown(202, self._again(job), {"Location": self._address(job)})

    @extend_schema(request=None, responses=ImportSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None, parser_classes=[StrictJsonParser])
    def cancel(self, request: Request, **kwargs: Any) -> Response:
        """Stop it behind the rows that are under way. What was imported stays."""
        del request
        return self.carry_out(lambda: self._cancel(kwargs[self.lookup_url_kwarg]))

    def _cancel(self, uid: Any) -> Answer:
        job = self.find(self.get_queryset(), uid)
        try:
            actions.cancel(job)
        except ImportRefused as error:
            raise Conflict(str(error.text), error.code) from error
        return self.shown(200, self._again(job))

    @extend_schema(request=None, responses={202: ImportSerializer}, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None, parser_classes=[StrictJsonParser])
    def apply(self, request: Request, **kwargs: Any) -> Response:
        """Import the file of a dry run that is done, within a day of it. The answer is the job that does it."""
        del request
        return self.carry_out(lambda: self._apply(kwargs[self.lookup_url_kwarg]))

    def _apply(self, uid: Any) -> Answer:
        user: Any = self.request.user
        tried = self.find(self.get_queryset(), uid)
        self._demand_customers(is_made=tried.make_customers)
        try:
            job = actions.do_it(tried, user)
        except ImportRefused as error:
            raise Conflict(str(error.text), error.code) from error
        address = self.request.build_absolute_uri(f"../../{job.uid}/")
        return self.shown(202, self._again(job), {"Location": address})

    def _demand_customers(self, *, is_made: bool) -> None:
        """Raises InsufficientScope where customers are made, and the token may not make any."""
        if is_made:
            demand(cast(ApiToken, self.request.auth), [Area.ACCOUNTS], is_write=True)

    @extend_schema(responses=ImportProblemSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=LinePaging)
    def errors(self, request: Request, **kwargs: Any) -> Response:
        """What is wrong with which line, in their order; a line with several mistakes is told several times."""
        del request, kwargs
        page = self.paginate_queryset(ImportProblem.objects.filter(job=self.get_object()))
        return self.get_paginated_response(ImportProblemSerializer(page, many=True).data)

    @extend_schema(responses=CSV_FILE, filters=False)
    @action(detail=True, pagination_class=None, url_path="errors/export")
    def export_errors(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """What is wrong with which line, all of it as CSV: line, column, code, message."""
        del request, kwargs
        return problems_file(self.get_object())

    @extend_schema(responses=CSV_FILE, filters=False)
    @action(detail=True, pagination_class=None)
    def result(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """What became of each row, as CSV: its line, the outcome (created, updated, unchanged or failed), its name,
        and the id that it has now."""
        del request, kwargs
        return result_file(self.get_object())

    @extend_schema(request=None, responses=CSV_FILE, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None, parser_classes=[StrictJsonParser])
    def passwords(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """The passwords that it made, as CSV: line, username, domain, password. They are given this once, and deleted
        by it; who does not fetch them within a day rotates the credentials instead."""
        del request, kwargs
        try:
            return passwords_file(actions.take_passwords(self.get_object()))
        except PasswordsGone as error:
            raise Gone(str(error.text), error.code) from error
        except ImportRefused as error:
            raise Conflict(str(error.text), error.code) from error
