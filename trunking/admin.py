"""The panel's pages for the ways to and from the telephone network: carriers and gateways."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.fields import NetworkField
from provider.panel.admin import PanelAdmin, PanelInline, ReadOnly
from provider.panel.inlines import once_a_row
from provider.panel.rows import label
from provider.panel.site import page_of
from trunking import admin_purchases  # noqa: F401  # it adds to the page of an app below
from trunking.admin_forms import GatewayForm, RouteFormSet
from trunking.admin_routes import open_when, whose_calls
from trunking.choices import RouteKind
from trunking.health import TONES, answers, last_said, registration
from trunking.models import Carrier, Gateway, GatewaySource, GatewayState, Route

UP_OR_DOWN = {True: ("up", _("yes")), False: ("down", _("no"))}


class SourceInline(PanelInline):
    """Where a gateway's requests come from."""

    model = GatewaySource
    formfield_overrides = {NetworkField: {"widget": UnfoldAdminTextInputWidget}}
    fields = ["network"]
    verbose_name_plural = _("Trusted sources: requests from these addresses are this gateway's")


class StateInline(ReadOnly, PanelInline):
    """What each edge knows of a gateway."""

    model = GatewayState
    fields = ["edge", "reachable", "since", "round_trip", "last_answer", "checked_at", "registered_until", "registrar"]
    readonly_fields = fields
    verbose_name_plural = _("As the edges see it")

    @display(description=_("answers"))
    def reachable(self, obj: GatewayState) -> Any:
        """Up, down, or not asked."""
        key, words = ("unknown", _("not asked")) if obj.is_up is None else UP_OR_DOWN[obj.is_up]
        return label((key, words), TONES)

    @display(description=_("round trip"), empty_value="-")
    def round_trip(self, obj: GatewayState) -> str | None:
        """In milliseconds."""
        return None if obj.round_trip_ms is None else f"{obj.round_trip_ms} ms"

    @display(description=_("last answer"), empty_value="-")
    def last_answer(self, obj: GatewayState) -> str | None:
        """Its status, and what is wrong."""
        return last_said(obj.last_status, obj.last_error)

    @display(description=_("registrar's last answer"), empty_value="-")
    def registrar(self, obj: GatewayState) -> str | None:
        """Its status, and what is wrong."""
        return last_said(obj.registration_status, obj.registration_error)


class RouteInline(PanelInline):
    """Which numbers leave by a gateway."""

    model = Route
    formset = RouteFormSet
    fields = ["prefix", "priority", "weight", "cost", "is_active", "more"]
    readonly_fields = ["more"]
    verbose_name_plural = _("Routes: calls to these prefixes leave here, lower priority first")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Route]:
        """With what a row names."""
        return super().get_queryset(request).select_related("gateway", "reseller", "customer", "domain")

    @display(description=_("for whom, and when"), empty_value="-")
    @once_a_row
    def more(self, obj: Route) -> Any:
        """What is not in the row, and the way to the route's own page."""
        if obj.pk is None:
            return None
        kind = "" if obj.kind == RouteKind.NUMBER else obj.get_kind_display()
        text = ", ".join(filter(None, [kind, whose_calls(obj), open_when(obj)]))
        return format_html('<a href="{}" class="freiton-link">{}</a>', page_of(obj), text)


class GatewayInline(ReadOnly, PanelInline):
    """The gateways of a carrier."""

    model = Gateway
    fields = ["page", "host", "transport", "state"]
    readonly_fields = fields
    verbose_name_plural = _("Gateways")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Gateway]:
        """With the states, in one query for the page."""
        return super().get_queryset(request).prefetch_related("states")

    @display(description=_("name"))
    def page(self, obj: Gateway) -> Any:
        """The way to its own page."""
        return format_html('<a href="{}" class="freiton-link">{}</a>', page_of(obj), obj.name)

    @display(description=_("state"))
    def state(self, obj: Gateway) -> Any:
        """In use or not, and whether it answers."""
        return label(answers(obj, obj.states.all()), TONES)


@admin.register(Carrier)
class CarrierAdmin(PanelAdmin):
    """Companies that carry calls."""

    list_display = ["name", "gateway_count"]
    search_fields = ["name__istartswith"]
    search_help_text = _("Beginning of the name")
    fields = ["name"]
    inlines = [GatewayInline]
    empty_title = _("No carriers yet")
    empty_text = _("A carrier connects you with the telephone network. Add it, then its gateways.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Carrier]:
        """With the number of gateways."""
        return super().get_queryset(request).annotate(gateways_in_all=Count("gateways"))

    @display(description=_("gateways"))
    def gateway_count(self, obj: Any) -> int:
        """How many gateways it has."""
        return int(obj.gateways_in_all)


@admin.register(Gateway)
class GatewayAdmin(PanelAdmin):
    """SIP peers of the telephone network."""

    form = GatewayForm
    list_display = ["name", "carrier", "address", "number_format", "source_list", "state", "registered"]
    list_filter = ["is_active", "carrier", "transport"]
    list_select_related = ["carrier", "number_format"]
    sortable_by = ["name"]
    search_fields = ["name__istartswith", "host__startswith"]
    search_help_text = _("Beginning of the name or host")
    autocomplete_fields = ["carrier", "number_format"]
    fieldsets = [
        (None, {"fields": ["name", "carrier", "is_active"]}),
        (_("Where calls out are sent"), {"fields": ["host", ("port", "transport"), "outbound_proxy"]}),
        (
            _("How it proves who it is, besides its addresses"),
            {"fields": ["tls_name", ("inbound_username", "inbound_password")]},
        ),
        (_("How it writes numbers"), {"fields": ["number_format", ("called_number_in", "caller_in")]}),
        (_("Who calls, as it wants to be told"), {"fields": [("identity_as", "from_as"), "diverted_as"]}),
        (_("How many calls it takes"), {"fields": [("max_calls", "max_calls_per_second")]}),
        (
            _("When the next gateway is tried"),
            {"fields": [("probe_interval", "ringing_within"), "failover_codes"]},
        ),
        (
            _("How we prove who we are to it"),
            {"fields": [("outbound_username", "outbound_password"), "outbound_realm"]},
        ),
        (
            _("Our registration with it"),
            {
                "fields": [
                    "registers",
                    ("registration_aor", "registration_user"),
                    ("registrar", "registration_expires"),
                    "registration_edge",
                ]
            },
        ),
    ]
    inlines = [StateInline, SourceInline, RouteInline]
    empty_title = _("No gateways yet")
    empty_text = _(
        "Without a gateway no call comes from the telephone network and none goes there. Add a carrier first."
    )

    def get_inlines(self, request: HttpRequest, obj: Gateway | None) -> list[Any]:  # noqa: ARG002
        """No edge has seen a gateway that is being added."""
        return [one for one in self.inlines if obj is not None or one is not StateInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Gateway]:
        """With the sources and states, in one query each for the page."""
        return super().get_queryset(request).prefetch_related("sources", "states")

    @display(description=_("sends to"))
    def address(self, obj: Gateway) -> str:
        """transport:host:port."""
        host = f"[{obj.host}]" if ":" in obj.host else obj.host
        return f"{obj.transport}:{host}:{obj.port}" if obj.port else f"{obj.transport}:{host}"

    @display(description=_("trusted sources"), empty_value="-")
    def source_list(self, obj: Gateway) -> str | None:
        """The networks it comes from."""
        return ", ".join(str(source).removesuffix("/32") for source in obj.sources.all()) or None

    @display(description=_("state"), label=TONES)
    def state(self, obj: Gateway) -> tuple[str, Any]:
        """In use or not, and whether it answers."""
        return answers(obj, obj.states.all())

    @display(description=_("registration"), empty_value="-")
    def registered(self, obj: Gateway) -> Any:
        """Whether we are registered there."""
        found = registration(obj, obj.states.all())
        return None if found is None else label(found, TONES)
