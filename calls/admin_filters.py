"""The filters of the panel's list of calls."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from calls.models import Call
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
