"""The filters of the panel's list of calls."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateTimeFilter
from unfold.utils import parse_datetime_str

from calls.choices import State
from calls.models import Call
from calls.querysets import CallQuerySet
from trunking.models import Gateway


class LiveFilter(DropdownFilter):
    """Calls that stand now, or those that have ended."""

    title = _("Now or over")
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """The two answers."""
        return [("yes", _("Live now")), ("no", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:  # noqa: ARG002
        """The calls with or without an end."""
        if self.value() in {"yes", "no"}:
            return queryset.filter(ended_at__isnull=self.value() == "yes")
        return queryset


class StateFilter(DropdownFilter):
    """Calls in a state; that those which stand have no end lets the small index of open calls answer."""

    title = _("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """The states."""
        return list(State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:  # noqa: ARG002
        """The calls in the chosen state."""
        if self.value() in State.values:
            return queryset.filter(state=self.value(), ended_at__isnull=self.value() != State.ENDED)
        return queryset


class GatewayFilter(DropdownFilter):
    """Calls that came in or went out by a gateway."""

    title = _("Gateway")
    parameter_name = "gateway"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        """The gateways: a provider has tens of them, not thousands."""
        return [(str(pk), name) for pk, name in Gateway.objects.order_by("name").values_list("pk", "name")[:500]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Call]) -> QuerySet[Call]:  # noqa: ARG002
        """The calls that used it, either way."""
        chosen = self.value() or ""
        if chosen.isascii() and chosen.isdigit():
            return queryset.filter(Q(gateway_in_id=chosen) | Q(gateway_out_id=chosen))
        return queryset


class StartedFilter(RangeDateTimeFilter):
    """Calls that began in a span of time; a day without a time counts from its beginning, or to its end."""

    def queryset(self, request: HttpRequest, queryset: CallQuerySet[Call]) -> CallQuerySet[Call]:  # noqa: ARG002
        """The calls of that span, the last second included; an end that is no time does not narrow."""
        begin, end = self._moment("from", "00:00:00"), self._moment("to", "23:59:59")
        if begin is not None:
            queryset = queryset.began(since=begin)
        if end is None or end > timezone.now():
            return queryset
        return queryset.began(before=end + timedelta(seconds=1))

    def _moment(self, side: str, default_time: str) -> datetime | None:
        day, time = (self.used_parameters.get(f"{self.parameter_name}_{side}_{part}") for part in (0, 1))
        parsed = parse_datetime_str(f"{day} {time or default_time}")
        return timezone.make_aware(parsed) if parsed is not None else None
