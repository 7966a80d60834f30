"""The feed in the API: read from a cursor on, with a wait for what is still to come."""

from __future__ import annotations

import time
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.choices import Area, Role
from events.api.filters import EventFilter
from events.api.serializers import EventSerializer
from events.cursors import Place, UnknownCursor
from events.feed import Filter, Gone, Page, begin_of_feed, end_of_feed, read
from events.models import Event
from events.waiting import lookout, places
from provider.api.authentication import demand_still
from provider.api.paging import MAX_PAGE_SIZE, PAGE_SIZE, read_page_size
from provider.api.viewset import ScopedViewSet

LATEST = "latest"
MOST_SECONDS = 30
RETRY_AFTER = 2
"""Seconds after which somebody who got no place to wait may come again."""


class CursorExpired(APIException):
    """What the cursor would go on with is kept no more (410)."""

    status_code = 410
    default_code = "cursor_expired"
    default_detail = (
        "Events from before are kept no more, so some were missed. Read what you have to know from its collections, "
        "and begin anew without a cursor, or with cursor=latest."
    )


class FeedPaging(BasePagination):
    """What the OpenAPI document says of the feed's pages; EventViewSet.list makes them."""

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:  # noqa: ARG002
        """The parameters."""
        size = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE}
        wait = {"type": "integer", "minimum": 0, "maximum": MOST_SECONDS, "default": 0}
        cursor = "Where to go on: out of `next`; `latest` for what happens from now on. Without it all that is kept."
        waiting = "Seconds that the answer may wait for something to come. With no place to wait it comes at once."
        return [
            {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": cursor},
            {"name": "page_size", "in": "query", "schema": size, "description": "How many events a page has at most."},
            {"name": "wait", "in": "query", "schema": wait, "description": waiting},
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A page."""
        following = "The address to go on from. There is always one: at the end too, where it waits for what comes."
        properties = {
            "next": {"type": "string", "format": "uri", "description": following},
            "is_last": {
                "type": "boolean",
                "description": "Whether that was all for now.",
            },
            "results": schema,
        }
        return {"type": "object", "required": list(properties), "properties": properties}


class EventViewSet(ScopedViewSet):
    """What happened to what is yours, in the order in which it became final: nothing ever comes before a cursor that
    was given out. Events come once, and are kept for some weeks."""

    areas = [Area.EVENTS]
    queryset = Event.objects.all()
    serializer_class = EventSerializer
    filterset_class = EventFilter
    pagination_class = FeedPaging  # type: ignore[assignment]  # it pages by itself
    lookup_field = "id"
    further_problems = {"list": (410,)}

    def declared_parameters(self) -> set[str]:
        """Of a list: cursor, page size and wait beside what filters."""
        known = super().declared_parameters()
        return known - {"ordering", "count"} | {"wait"} if self.action == "list" else known

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The next events behind a cursor, in the feed's order, and where to go on. With filters a page may be short or
        empty although there is more: go on until `is_last`. Raises CursorExpired."""
        del args, kwargs
        size, seconds = read_page_size(request.query_params), _read_wait(request.query_params.get("wait", ""))
        place = _read_place(request.query_params.get("cursor", ""))
        try:
            page, headers = self._page(place, size, seconds)
        except Gone as error:
            raise CursorExpired from error
        following = replace_query_param(request.build_absolute_uri(), "cursor", page.place.as_cursor())
        body = {"next": following, "is_last": page.is_last}
        rows = self.get_serializer(page.events, many=True).data
        return Response({**body, "results": rows}, headers=headers)

    def _page(self, place: Place, size: int, seconds: int) -> tuple[Page, dict[str, str]]:
        rows: Any = self.get_queryset()
        wanted = self._wanted()
        if not seconds:
            return read(rows, place, size, wanted), {}
        page = read(rows, place, size, wanted)
        if page.events or not page.is_last:
            return page, {}
        token: Any = self.request.auth
        with places.take(token.pk) as has_place:
            if not has_place:
                return page, {"Retry-After": str(RETRY_AFTER)}
            return self._awaited(rows, page.place, size, wanted, time.monotonic() + seconds), {}

    def _awaited(self, rows: Any, place: Place, size: int, wanted: Filter | None, until: float) -> Page:
        """The first page that is not empty, or at the end of the wait an empty one. No connection is held meanwhile; a
        token that ends meanwhile learns nothing more."""
        with lookout.waiter(*_owner(self.request.user)) as waiter:
            while True:
                page = read(rows, place, size, wanted)
                left = until - time.monotonic()
                if page.events or left <= 0:
                    demand_still(self.request, self.areas)
                    return page
                place = page.place
                if page.is_last:
                    if not connection.in_atomic_block:
                        connection.close()
                    waiter.wait(left)

    def _wanted(self) -> Filter | None:
        """What the filters leave; None where none is set. Raises ValidationError."""
        parameters = self.request.query_params
        if not any(parameters.get(name) for name in EventFilter.base_filters):
            return None

        def wanted(rows: QuerySet[Any]) -> Any:
            return self.filter_queryset(rows)

        return wanted


def _owner(user: Any) -> tuple[Any, Any]:
    """(reseller, customer) whose events the user sees, by their uids; (None, None): everybody's."""
    if user.role == Role.CUSTOMER:
        return None, user.customer.uid
    return (user.reseller.uid, None) if user.role == Role.RESELLER else (None, None)


def _read_place(text: str) -> Place:
    if text == LATEST:
        return end_of_feed()
    try:
        return Place.of_cursor(text) if text else begin_of_feed()
    except UnknownCursor as error:
        raise ValidationError({"cursor": "Take the cursor from `next` of another page, or leave it out."}) from error


def _read_wait(text: str) -> int:
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1
    if text and not 0 <= seconds <= MOST_SECONDS:
        raise ValidationError({"wait": f"A whole number of seconds, from 0 to {MOST_SECONDS}."})
    return max(0, seconds)
