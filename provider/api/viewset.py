"""The viewset that all of the API is made of: it scopes every query to the caller and refuses what is not declared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Any, ClassVar, cast

from django.db.models import Model, Q, QuerySet
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import mixins
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import ApiToken
from provider.api import paging
from provider.api.authentication import demand
from provider.api.etags import etag_of, is_named
from provider.api.parameters import ETAG, IF_NONE_MATCH
from provider.api.shaping import EXPAND, FIELDS, WHOLE, Expansion, Shape, parameters_for, shape_of
from provider.api.view import ApiView

SEARCH = "search"
EXPORT = "export"
"""The action by which a collection gives all the rows that the filters of its list leave, as a file."""
CSV_FILE = {(200, "text/csv"): OpenApiTypes.BINARY}
"""What the OpenAPI document says of an answer that is a file."""


class PrefixSearch(BaseFilterBackend):
    """`?search=` finds rows of which one of `search_lookups` begins with the text: an index can answer that."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """The rows that match; all of them without a text."""
        term = request.query_params.get(SEARCH, "").strip()
        if not term or not view.search_lookups:
            return queryset
        condition = Q()
        for lookup in view.search_lookups:
            condition |= Q(**{lookup: term if "__i" in lookup else term.lower()})
        return queryset.filter(condition)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """What drf-spectacular writes about the search."""
        if not view.search_lookups:
            return []
        names = " or ".join(lookup.split("__")[0].replace("_", " ") for lookup in view.search_lookups)
        description = f"Rows whose {names} begins with this text."
        return [{"name": SEARCH, "in": "query", "schema": {"type": "string"}, "description": description}]


class ScopedViewSet(ApiView, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Any]):
    """Lists and shows rows. A subclass names its queryset (with `visible_to`), serializer, filters and orderings."""

    pagination_class = paging.CursorPaging
    filter_backends = [DjangoFilterBackend, PrefixSearch]
    lookup_field = "uid"
    lookup_url_kwarg = "id"
    lookup_value_converter = "uuid"

    # Statuses of problems that an action can end in beside those of its kind; the OpenAPI document tells of them.
    further_problems: ClassVar[Mapping[str, Collection[int]]] = {}
    filterset_class: ClassVar[type[FilterSet] | None] = None
    # What ?ordering= may name → the model's field; never a field that can be null, the cursor could not stand on it.
    orderings: ClassVar[dict[str, str]] = {}
    default_ordering: ClassVar[str] = ""
    search_lookups: ClassVar[Iterable[str]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authentication, rate limit, scope; then the role, and only then what the client sent: it must be what is
        declared."""
        super().initial(request, *args, **kwargs)
        if self.action is not None:  # else the method is none of this address, and that is what is to be said
            self.check_role(request)
            refuse_undeclared(request, self.declared_parameters())
            refuse_empty(request)

    def check_role(self, request: Request) -> None:
        """Raise RoleRefused for those who may not do this whatever they send; here everybody may."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One row, with its entity tag; 304 for who has this version already."""
        response = super().retrieve(request, *args, **kwargs)
        if self.shape is not WHOLE:  # a tag is of all that there is, so that it can be sent as If-Match
            return response
        etag = etag_of(response.data)
        if is_named(request.headers.get("If-None-Match", ""), etag):
            return Response(status=304, headers={"ETag": etag})
        response["ETag"] = etag
        return response

    def find(self, rows: QuerySet[Any], value: Any) -> Any:
        """The row of this id. Raises Http404."""
        return get_object_or_404(rows, **{self.lookup_field: value})

    def get_queryset(self) -> QuerySet[Model]:
        """The rows that the caller may see: the one place where the API scopes."""
        rows = cast(Any, super().get_queryset())
        if getattr(self, "swagger_fake_view", False):
            return cast(QuerySet[Model], rows.none())
        for name in self.shape.expand:
            expansion = self.expandable[name]
            rows = rows.select_related(*expansion.joins) if expansion.joins else rows
            rows = rows.prefetch_related(*expansion.prefetched)
        return cast(QuerySet[Model], rows.visible_to(self.request.user))

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """What the filters of a list leave; a row alone is found by its id."""
        return queryset if self.detail else super().filter_queryset(queryset)

    def get_serializer_context(self) -> dict[str, Any]:
        """With the shape that was asked for, where the operation shows rows."""
        return {**super().get_serializer_context(), "shape": self.shape}

    @cached_property
    def shape(self) -> Shape:
        """What the answer's rows look like. Raises ValidationError, and InsufficientScope for what is written out of
        areas that are not the token's."""
        if self.action not in self.shaping:
            return WHOLE
        shape = shape_of(self.request.query_params, self.members, self.expandable)
        if shape.expand:
            demand(cast(ApiToken, self.request.auth), [self.expandable[name].area for name in shape.expand])
        return shape

    @property
    def shaping(self) -> set[str]:
        """The actions whose answers can be shaped."""
        return {"list", "retrieve"}

    @property
    def members(self) -> list[str]:
        """The names of a row's members, as far as whoever asks is shown them."""
        serializer: Any = self.serializer_class
        hidden = serializer.hidden_from(getattr(self, "request", None))
        return [name for name in serializer.Meta.fields if name not in hidden]

    @property
    def expandable(self) -> Mapping[str, Expansion]:
        """The references that can be written out."""
        serializer: Any = self.serializer_class
        expandable: Mapping[str, Expansion] = serializer.expandable
        members = self.members
        return {name: expansion for name, expansion in expandable.items() if name in members}

    def declared_parameters(self) -> set[str]:
        """The query parameters that this operation knows."""
        names = set()
        if self.action in self.shaping:
            names = {FIELDS, EXPAND} if self.expandable else {FIELDS}
        if self.action == "list":
            names |= set(paging.PARAMETERS)
        if self.action in ("list", EXPORT):
            names |= set(self.filterset_class.base_filters if self.filterset_class else ())
            names |= {SEARCH} if self.search_lookups else set()
        return names

    def told_parameters(self) -> list[OpenApiParameter]:
        """What the OpenAPI document says of this operation beside its paging and filters."""
        told = [ETAG, IF_NONE_MATCH] if self.action == "retrieve" else []
        return told + parameters_for(self.members, self.expandable) if self.action in self.shaping else told


def refuse_undeclared(request: Request, known: set[str]) -> None:
    """Raise ValidationError for query parameters that an operation does not know, or cannot take as they are."""
    errors = {}
    for name, values in request.query_params.lists():
        if name not in known:
            errors[name] = ValidationError(_unknown(known), "unknown_parameter").detail
        elif len(values) > 1:
            errors[name] = ValidationError("Given more than once.", "repeated_parameter").detail
        elif "\0" in values[0]:
            errors[name] = ValidationError("Contains a NUL character.", "invalid").detail
    if errors:
        raise ValidationError(errors)


def refuse_empty(request: Request) -> None:
    """Raise ValidationError for query parameters without a value: a script whose variable is empty is not to see
    more than it meant."""
    empty = [name for name, value in request.query_params.items() if not value and name != SEARCH]
    if empty:
        message = "This is empty. Leave it away, or say what is meant."
        raise ValidationError({name: ValidationError(message, "empty").detail for name in empty})


def _unknown(known: set[str]) -> str:
    if not known:
        return "This request takes no query parameters."
    return f"There is no such query parameter. Known are: {', '.join(sorted(known))}."
