"""The panel's pages for the ways to and from the telephone network."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from provider.panel.admin import PanelAdmin, PanelInline
from provider.panel.labels import ACTIVE_TONES, active_label
from trunking.fields import NetworkField
from trunking.models import Carrier, Gateway, GatewaySource, Route


class SourceInline(PanelInline):
    """Where a gateway's requests come from."""

    model = GatewaySource
    formfield_overrides = {NetworkField: {"widget": UnfoldAdminTextInputWidget}}
    fields = ["network"]
    verbose_name_plural = _("Trusted sources: requests from these addresses are this gateway's")


class RouteInline(PanelInline):
    """Which numbers leave by a gateway."""

    model = Route
    fields = ["prefix", "priority", "is_active"]
    verbose_name_plural = _("Routes: calls to these prefixes leave here, lower priority first")


@admin.register(Carrier)
class CarrierAdmin(PanelAdmin):
    """Companies that carry calls."""

    list_display = ["name", "gateway_count"]
    search_fields = ["name__istartswith"]
    search_help_text = _("Beginning of the name")
    fields = ["name"]
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

    list_display = ["name", "carrier", "address", "number_format", "source_list", "state"]
    list_filter = ["is_active", "carrier", "transport"]
    list_select_related = ["carrier", "number_format"]
    sortable_by = ["name"]
    search_fields = ["name__istartswith", "host__startswith"]
    search_help_text = _("Beginning of the name or host")
    autocomplete_fields = ["carrier", "number_format"]
    fieldsets = [
        (None, {"fields": ["name", "carrier", "is_active"]}),
        (_("Where calls out are sent"), {"fields": [("host", "port", "transport")]}),
        (_("How it proves who it is, besides its addresses"), {"fields": ["tls_name"]}),
        (_("How it writes numbers"), {"fields": ["number_format"]}),
    ]
    inlines = [SourceInline, RouteInline]
    empty_title = _("No gateways yet")
    empty_text = _(
        "Without a gateway no call comes from the telephone network and none goes there. Add a carrier first."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Gateway]:
        """With the sources, in one query for the page."""
        return super().get_queryset(request).prefetch_related("sources")

    @display(description=_("sends to"))
    def address(self, obj: Gateway) -> str:
        """transport:host:port."""
        host = f"[{obj.host}]" if ":" in obj.host else obj.host
        return f"{obj.transport}:{host}:{obj.port}" if obj.port else f"{obj.transport}:{host}"

    @display(description=_("trusted sources"), empty_value="-")
    def source_list(self, obj: Gateway) -> str | None:
        """The networks it comes from."""
        return ", ".join(str(source).removesuffix("/32") for source in obj.sources.all()) or None

    @display(description=_("state"), label=ACTIVE_TONES)
    def state(self, obj: Gateway) -> tuple[bool, Any]:
        """In use or not."""
        return active_label(obj.is_active)


@admin.register(Route)
class RouteAdmin(PanelAdmin):
    """Which gateway takes which numbers."""

    list_display = ["prefix_text", "gateway", "priority", "state"]
    list_filter = ["is_active", "gateway"]
    list_select_related = ["gateway"]
    search_fields = ["prefix__startswith", "gateway__name__istartswith"]
    search_help_text = _("Beginning of the prefix or of the gateway's name")
    autocomplete_fields = ["gateway"]
    fields = ["gateway", "prefix", "priority", "is_active"]
    empty_title = _("No routes yet")
    empty_text = _(
        "A route says which gateway takes calls to numbers with a prefix. One with an empty prefix takes all."
    )

    @display(description=_("numbers"), ordering="prefix")
    def prefix_text(self, obj: Route) -> str:
        """The prefix with its plus, or that it takes all numbers."""
        return f"+{obj.prefix}…" if obj.prefix else str(_("all numbers"))

    @display(description=_("state"), label=ACTIVE_TONES)
    def state(self, obj: Route) -> tuple[bool, Any]:
        """In use or not."""
        return active_label(obj.is_active)
