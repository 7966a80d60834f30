"""The panel's pages for routes and destination rules."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter
from unfold.decorators import action, display

from provider.panel.admin import PanelAdmin
from provider.panel.labels import ACTIVE_TONES, active_label
from trunking.admin_forms import RouteForm
from trunking.admin_rule_sets import rule_set_page
from trunking.choices import RouteKind, Weekday
from trunking.models import DestinationRule, Route
from trunking.models.routes import every_day

OWNERS = [
    ("everybody", _("everybody"), {"reseller__isnull": True}),
    ("reseller", _("a reseller"), {"reseller__isnull": False, "customer__isnull": True}),
    ("customer", _("a customer"), {"customer__isnull": False}),
]


def digits_of(term: str) -> str:
    """The digits of a number as people write it: +43 (1) 23-45."""
    return "".join(character for character in term if character.isascii() and character.isdigit())


def whose_calls(row: Route | DestinationRule) -> str:
    """Whom a row is for: everybody, or a reseller, customer or domain."""
    named = [row.customer or row.reseller, getattr(row, "domain", None)]
    return ", ".join(str(one) for one in named if one is not None) or str(_("everybody"))


def open_when(route: Route) -> str:
    """Days and times of a route: Mon-Fri 08:00-18:00; '' for one that is always open."""
    days = "" if route.weekdays == every_day() else " ".join(_runs(route.weekdays))
    hours = "" if route.opens is None else f"{route.opens:%H:%M}-{route.closes:%H:%M}"
    return " ".join(filter(None, [days, hours]))


def _runs(days: list[int]) -> Iterator[str]:
    """Days of the week, those that follow each other as one."""
    for _start, run in groupby(enumerate(days), lambda placed: placed[1] - placed[0]):
        first, *_between, last = [day for _place, day in run] * 2
        yield str(Weekday(first).label) if first == last else f"{Weekday(first).label}-{Weekday(last).label}"


class ForWhomFilter(DropdownFilter):
    """Rows for everybody's calls, or a reseller's or customer's alone."""

    title = _("For whom")
    parameter_name = "for"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """The kinds of owners."""
        return [(key, words) for key, words, _where in OWNERS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        """The rows of owners of this kind."""
        chosen: dict[str, Any] = next((where for key, _words, where in OWNERS if key == self.value()), {})
        return queryset.filter(**chosen)


class PrefixAdmin(PanelAdmin):
    """Lists of rows with a prefix. Searched with a number, +43…, they show what fits it, the longest prefix first."""

    search_fields = ["prefix__startswith"]
    search_help_text = _("+4312345 finds what fits this number, 431 what begins so")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """What fits a number with a plus; else what begins so."""
        term = search_term.strip()
        if term.startswith("+"):
            return queryset.fitting(digits_of(term)), False  # type: ignore[attr-defined]
        return super().get_search_results(request, queryset, term)

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """The longest prefix first where a number is looked for."""
        if request.GET.get("q", "").strip().startswith("+"):
            return [Length("prefix").desc(), *self.order_of_equals]
        return list(super().get_ordering(request))

    order_of_equals: tuple[str, ...] = ("id",)

    @display(description=_("numbers"), ordering="prefix")
    def prefix_text(self, obj: Any) -> str:
        """The prefix with its plus, or that it is for all numbers."""
        if obj.kind != RouteKind.NUMBER:
            return f"{obj.prefix}… ({obj.get_kind_display()})"
        return f"+{obj.prefix}…" if obj.prefix else str(_("all numbers"))

    @display(description=_("for"))
    def owner(self, obj: Any) -> str:
        """Whose calls."""
        return whose_calls(obj)


@admin.register(Route)
class RouteAdmin(PrefixAdmin):
    """Which gateway takes which numbers."""

    form = RouteForm
    list_display = ["prefix_text", "gateway", "priority", "weight", "cost", "owner", "window", "state"]
    list_filter = [
        "is_active",
        "kind",
        ("gateway", AutocompleteSelectFilter),
        ForWhomFilter,
        ("reseller", AutocompleteSelectFilter),
    ]
    list_select_related = ["gateway", "reseller", "customer", "domain"]
    sortable_by = ["prefix_text", "priority", "cost"]
    search_fields = ["prefix__startswith", "gateway__name__istartswith"]
    search_help_text = _("+4312345 finds the routes for this number, 431 prefixes that begin so, or a gateway's name")
    order_of_equals = ("priority", "id")
    autocomplete_fields = ["gateway", "reseller", "customer", "domain"]
    fieldsets = [
        (None, {"fields": ["gateway", ("kind", "prefix"), "is_active"]}),
        (_("In which order"), {"fields": [("priority", "weight"), "cost", "is_last"]}),
        (_("For whose calls"), {"fields": ["reseller", "customer", "domain"]}),
        (_("When"), {"fields": ["weekdays", ("opens", "closes"), "timezone"]}),
    ]
    empty_title = _("No routes yet")
    empty_text = _(
        "A route says which gateway takes calls to numbers with a prefix. One with an empty prefix takes all."
    )

    @display(description=_("open"))
    def window(self, obj: Route) -> str:
        """Days and times."""
        return open_when(obj) or str(_("always"))

    @display(description=_("state"), label=ACTIVE_TONES)
    def state(self, obj: Route) -> tuple[bool, Any]:
        """In use or not."""
        return active_label(obj.is_active)


@admin.register(DestinationRule)
class DestinationRuleAdmin(PrefixAdmin):
    """Which numbers may be called at all."""

    list_display = ["prefix_text", "verdict", "reason", "owner"]
    list_filter = ["is_allowed", "kind", ForWhomFilter, ("reseller", AutocompleteSelectFilter)]
    list_select_related = ["reseller", "customer"]
    sortable_by = ["prefix_text"]
    search_fields = ["prefix__startswith", "reason__istartswith"]
    search_help_text = _("+4312345 finds the rules for this number, 431 prefixes that begin so, or a reason")
    autocomplete_fields = ["reseller", "customer"]
    fields = [("kind", "prefix"), "is_allowed", "reason", "reseller", "customer"]
    actions_list = ["ready_made"]
    empty_title = _("No destination rules yet")
    empty_text = _(
        "A rule bars numbers with a prefix, for everybody or for a reseller's or customer's calls alone. Emergency "
        "calls always pass."
    )

    @action(description=_("Add ready-made rules"), url_path="ready-made", icon="playlist_add")
    def ready_made(self, request: HttpRequest) -> HttpResponse:
        """Satellite, premium, whole countries."""
        return rule_set_page(request, self)

    @display(description=_("verdict"), label={True: "success", False: "danger"}, ordering="is_allowed")
    def verdict(self, obj: DestinationRule) -> tuple[bool, Any]:
        """Allowed or barred."""
        return obj.is_allowed, _("allowed") if obj.is_allowed else _("barred")
