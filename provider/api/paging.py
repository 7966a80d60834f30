"""Pages by cursor: a page costs the same wherever it lies, and rows that come or go meanwhile shift nothing.

A cursor is a place in an order (the value of the ordering field and the primary key of a row), not a count of rows. It
is sealed: primary keys tell how many rows all resellers have together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.core.exceptions import ValidationError as FieldRefused
from django.db.models import Model, Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.querysets import ScopedQuerySet
from accounts.sealing import SecretError, seal, unseal

PAGE_SIZE = 50
# A page of 500 calls is some 300 kB: what a client can still hold and a worker still makes in well under a second.
MAX_PAGE_SIZE = 500
PARAMETERS = ("cursor", "page_size", "ordering", "count")
# Up to here rows are counted one by one; beyond, PostgreSQL's planner is asked how many it expects.
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: between the row (value, key) and its neighbour; `backwards` means: the rows before it. list:
    of what the rows are, and their order, so that it is good for no other one."""

    list: str
    value: str
    key: str
    backwards: bool

    def __str__(self) -> str:
        packed = json.dumps([self.list, self.value, self.key, int(self.backwards)], separators=(",", ":"))
        return seal(packed)

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Raises ValueError when the text is no cursor of ours."""
        try:
            of, value, key, backwards = json.loads(unseal(text))
        except (SecretError, TypeError, RecursionError) as error:
            raise ValueError(text) from error
        if not all(isinstance(part, str) and "\0" not in part for part in (of, value, key)):
            raise ValueError(text)
        return cls(of, value, key, backwards == 1)


def list_of(model: type[Model], ordering: str) -> str:
    """What a cursor says of its list: of what the rows are, and their order."""
    return f"{model._meta.model_name}.{ordering}"


class CursorPaging(BasePagination):
    """Cuts a queryset into pages, in one of the orders that the view offers (`view.orderings`: name → model field)."""

    def paginate_queryset(  # type: ignore[override]  # our views page querysets only
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """The rows of the asked page. Raises ValidationError naming cursor, page_size or ordering."""
        self.request = request
        self.ordering = self._read_ordering(request.query_params, view)
        self.field = view.orderings[self.ordering.removeprefix("-")]
        self.descending = self.ordering.startswith("-")
        size = read_page_size(request.query_params)
        self.list = list_of(queryset.model, self.ordering)
        self.cursor = self._read_cursor(request.query_params)
        self.count = _count(queryset) if reads_yes(request.query_params, "count") else {}
        rows = self._from_cursor(queryset).take(size + 1)
        self.more = len(rows) > size
        self.rows = rows[:size]
        if self.cursor and self.cursor.backwards:
            self.rows.reverse()
        return self.rows

    def get_paginated_response(self, data: Any) -> Response:
        """The page's body: next, previous (addresses or null) and results; how many there are, if that was asked."""
        body = {"next": self._next(), "previous": self._previous(), "results": data}
        return Response(body | self.count)

    def _from_cursor(self, queryset: QuerySet[Any]) -> ScopedQuerySet[Any]:
        backwards = bool(self.cursor and self.cursor.backwards)
        sign, beyond = ("-", "lt") if self.descending != backwards else ("", "gt")
        if self.cursor:
            value, key = self._values(queryset.model, self.cursor)
            tie = Q(**{f"{self.field}__{beyond}": value}) | Q(**{f"pk__{beyond}": key})
            queryset = queryset.filter(tie, **{f"{self.field}__{beyond}e": value})
        return cast(ScopedQuerySet[Any], queryset.order_by(f"{sign}{self.field}", f"{sign}pk"))

    def _values(self, model: type[Model], cursor: Cursor) -> tuple[Any, Any]:
        try:
            field: Any = model._meta.get_field(self.field)
            return field.to_python(cursor.value), model._meta.pk.to_python(cursor.key)
        except FieldRefused as error:
            raise _refused("cursor", "This is not a cursor of this list.") from error

    def _next(self) -> str | None:
        if self.rows and (self.more or (self.cursor and self.cursor.backwards)):
            return self._address(self.rows[-1], backwards=False)
        return None

    def _previous(self) -> str | None:
        if self.rows and self.cursor and (self.more or not self.cursor.backwards):
            return self._address(self.rows[0], backwards=True)
        return None

    def _address(self, row: Any, *, backwards: bool) -> str:
        field = row._meta.get_field(self.field)
        value = field.value_to_string(row)
        cursor = Cursor(self.list, value, str(row.pk), backwards)
        return replace_query_param(self.request.build_absolute_uri(), "cursor", str(cursor))

    def _read_cursor(self, parameters: Mapping[str, str]) -> Cursor | None:
        text = parameters.get("cursor", "")
        if not text:
            return None
        try:
            cursor = Cursor.parse(text)
        except ValueError as error:
            raise _refused("cursor", "Take the cursor from next or previous of another page.") from error
        if cursor.list != self.list:
            raise _refused("cursor", "This cursor belongs to another list or ordering; start again without it.")
        return cursor

    @staticmethod
    def _read_ordering(parameters: Mapping[str, str], view: Any) -> str:
        ordering = parameters.get("ordering") or view.default_ordering
        if ordering.removeprefix("-") not in view.orderings:
            names = ", ".join(sorted(view.orderings))
            raise _refused("ordering", f"Order by one of: {names}; with a minus in front for the reverse.")
        return str(ordering)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """What drf-spectacular writes about paging."""
        orderings = [sign + name for name in view.orderings for sign in ("", "-")]
        size = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE}
        order = {"type": "string", "enum": orderings, "default": view.default_ordering}
        return [
            _parameter("cursor", {"type": "string"}, "The place to go on from, out of next or previous."),
            _parameter("page_size", size, "How many rows a page has at most."),
            _parameter("ordering", order, "The order of the rows; a minus in front reverses it."),
            _parameter("count", {"type": "boolean", "default": False}, "Whether to say how many rows there are."),
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """What drf-spectacular writes about a page's body."""
        address = {"type": ["string", "null"], "format": "uri"}
        properties = {"next": address, "previous": address, "results": schema}
        counted = {
            "count": {"type": "integer", "description": "How many rows all pages have together; if it was asked for."},
            "count_is_exact": {"type": "boolean", "description": f"Above {COUNTED} it is an estimate."},
        }
        return {"type": "object", "required": list(properties), "properties": properties | counted}


def read_page_size(parameters: Mapping[str, str]) -> int:
    """How many rows a page shall have. Raises ValidationError."""
    text = parameters.get("page_size") or str(PAGE_SIZE)
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not 1 <= size <= MAX_PAGE_SIZE:
        raise _refused("page_size", f"A whole number from 1 to {MAX_PAGE_SIZE}.")
    return size


def _count(rows: Any) -> dict[str, Any]:
    """How many rows all pages have together."""
    count = rows.count_up_to(COUNTED + 1)
    is_exact = count <= COUNTED
    return {"count": count if is_exact else max(count, rows.estimate()), "count_is_exact": is_exact}


def reads_yes(parameters: Mapping[str, str], name: str) -> bool:
    """A switch in the address: 1 and true, 0 and false. Raises ValidationError for other words."""
    text = parameters.get(name, "").lower()
    if text not in ("", "0", "false", "1", "true"):
        raise _refused(name, "Write 1 or 0.")
    return text in ("1", "true")


def _refused(field: str, message: str) -> ValidationError:
    return ValidationError({field: message})


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}
