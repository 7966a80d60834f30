"""The panel's pages for the feed and its webhooks: to see what happened, what was sent, and to have it sent again."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display

from accounts.models import Customer, Reseller
from events import admin_webhook_pages as pages
from events.admin_filters import HappenedFilter, ResellerFilter, StatusFilter, TypeFilter, uuid_of
from events.choices import DeliveryStatus
from events.models import Delivery, Event, Webhook
from events.readable import members
from provider.panel.admin import PanelAdmin, ReadOnly
from provider.panel.site import list_of, page_of
from subscribers.models import Subscriber

AT_ONCE: Final = 500
"""Deliveries that one press of a button has sent again; a webhook's page does all since a time."""
TOLD: Final = 200
"""Characters of an event's data in the list."""
TONES: Final = {
    DeliveryStatus.WAITING.value: "info",
    DeliveryStatus.DELIVERED.value: "success",
    DeliveryStatus.FAILED.value: "danger",
}


@admin.register(Event)
class EventAdmin(ReadOnly, PanelAdmin):
    """What happened, the newest first."""

    list_display = ["happened", "type", "object_name", "whose", "told"]
    list_display_links = ["happened"]
    list_filter = [ResellerFilter, ("at", HappenedFilter), TypeFilter]  # the last one looks at what the others leave
    show_facets = admin.ShowFacets.NEVER
    sortable_by: list[str] = []
    ordering = ["-xid", "-id"]
    # Says that there is a search; searched wants a whole id.
    search_fields = ["id"]
    search_help_text = _("The whole id of an event, or of a customer")
    fields = [
        ("type", "happened"),
        ("object_type", "object_name"),
        ("of_reseller", "of_customer"),
        ("of_subscriber", "object_id"),
        "all_told",
        ("id", "actor"),
    ]
    readonly_fields = ["happened", "of_reseller", "of_customer", "of_subscriber", "all_told"]
    empty_title = _("Nothing has happened here")
    empty_text = _(
        "What happens to customers, subscribers, numbers and calls stands here, as resellers' programs read it. Make "
        "something, or loosen the filters."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """With the reseller's name: an event knows its id alone."""
        rows: QuerySet[Event] = super().get_queryset(request)
        name = Reseller.objects.filter(uid=OuterRef("reseller")).values("name")
        return rows.annotate(reseller_name=Subquery(name[:1]))

    def searched(self, queryset: QuerySet[Event], term: str) -> QuerySet[Event]:
        """The event with that id, or the events of the customer with it."""
        wanted = uuid_of(term)
        if wanted is None:
            return queryset.none()
        is_event = Event.objects.filter(pk=wanted).exists()
        return queryset.filter(pk=wanted) if is_event else queryset.filter(customer=wanted)

    @display(description=_("when (UTC)"))
    def happened(self, obj: Event) -> str:
        """Day and time to the second."""
        return timezone.localtime(obj.at).strftime("%Y-%m-%d %H:%M:%S")

    @display(description=_("reseller"), empty_value="-")
    def whose(self, obj: Any) -> str | None:
        """The reseller's name; of one that is gone its id."""
        return obj.reseller_name or (str(obj.reseller) if obj.reseller else None)

    @display(description=_("data"))
    def told(self, obj: Event) -> Any:
        """The beginning of its data."""
        text = ", ".join(f"{name}: {value}" for name, value in members(obj.data))
        shown = text if len(text) <= TOLD else f"{text[:TOLD]}…"
        return format_html('<span class="freiton-long">{}</span>', shown)

    @display(description=_("data"), empty_value="-")
    def all_told(self, obj: Event) -> Any:
        """All of its data, a line each."""
        lines = format_html_join("", "<li>{}: {}</li>", members(obj.data))
        return format_html('<ul class="freiton-steps">{}</ul>', lines) if lines else None

    @display(description=_("reseller"), empty_value="-")
    def of_reseller(self, obj: Event) -> Any:
        """With the way to its page."""
        return _owner(Reseller, obj.reseller)

    @display(description=_("customer"), empty_value="-")
    def of_customer(self, obj: Event) -> Any:
        """With the way to its page."""
        return _owner(Customer, obj.customer)

    @display(description=_("subscriber"), empty_value="-")
    def of_subscriber(self, obj: Event) -> Any:
        """With the way to its page."""
        return _owner(Subscriber, obj.subscriber)


@admin.register(Webhook)
class WebhookAdmin(ReadOnly, PanelAdmin):
    """Where events are sent. Their owners make and set them by the API; here they are helped."""

    list_display = ["where", "description", "reseller", "customer", "state", "failing_since", "next_at"]
    list_display_links = ["where"]
    list_filter = ["is_active", ("reseller", AutocompleteSelectFilter)]
    list_select_related = ["reseller", "customer"]
    autocomplete_fields = ["reseller", "customer"]
    show_facets = admin.ShowFacets.NEVER
    sortable_by: list[str] = []
    ordering = ["-created_at", "-id"]
    search_fields = ["url__istartswith", "description__istartswith", "reseller__name__istartswith"]
    search_help_text = _("Beginning of the address, of the description or of the reseller's name")
    actions_detail = ["replay", "ping", "switch"]
    fields = [
        ("where", "description"),
        ("reseller", "customer"),
        ("wanted", "created_at"),
        ("state_text", "disabled_reason"),
        ("failures", "failing_since"),
        ("next_at", "sent"),
    ]
    readonly_fields = ["where", "wanted", "state_text", "sent"]
    empty_title = _("No webhooks here")
    empty_text = _(
        "Resellers and customers make them by the API, with POST /api/v1/webhooks/. What they are sent stands under "
        "Deliveries."
    )

    @action(description=_("Send again since …"), url_path="replay", icon="history")
    def replay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks since when, then has all since then sent again."""
        return pages.replay_page(request, self, object_id)

    @action(description=_("Ping"), url_path="ping", icon="network_ping")
    def ping(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Has something sent that tells of nothing."""
        return pages.ping_page(request, self, object_id)

    @action(description=_("Switch on or off"), url_path="switch", icon="power_settings_new")
    def switch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks, then switches it."""
        return pages.switch_page(request, self, object_id)

    @display(description=_("address"))
    def where(self, obj: Webhook) -> Any:
        """The address without what may be a secret."""
        address, asks, _query = obj.url.partition("?")
        return format_html('<span class="freiton-long">{}</span>', f"{address}?…" if asks else address)

    @display(description=_("state"), label={"well": "success", "failing": "warning", "off": "danger"})
    def state(self, obj: Webhook) -> tuple[str, Any]:
        """Whether it is on, and takes what is sent."""
        if not obj.is_active:
            return "off", _("switched off by us") if obj.disabled_reason else _("switched off")
        return ("failing", _("failing")) if obj.failing_since else ("well", _("well"))

    @display(description=_("state"))
    def state_text(self, obj: Webhook) -> Any:
        """The same without a label's colour."""
        return self.state(obj)[1]

    @display(description=_("types of events"))
    def wanted(self, obj: Webhook) -> Any:
        """What it is told."""
        return ", ".join(obj.types) or _("all")

    @display(description=_("deliveries"))
    def sent(self, obj: Webhook) -> Any:
        """The way to what was sent."""
        link = f"{list_of(Delivery)}?webhook__id__exact={obj.pk}"
        return format_html('<a class="freiton-link" href="{}">{}</a>', link, _("What was sent"))


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, PanelAdmin):
    """What was sent to webhooks, the newest first, with the replay for who helps a reseller."""

    list_display = ["made", "type", "webhook", "outcome", "attempts", "status_code", "problem", "next_at"]
    list_display_links = ["made"]
    list_filter = [("webhook", AutocompleteSelectFilter), StatusFilter]  # the last one looks at what the other leaves
    list_select_related = ["webhook"]
    autocomplete_fields = ["webhook"]
    show_facets = admin.ShowFacets.NEVER
    sortable_by: list[str] = []
    ordering = ["-created_at", "-id"]
    # Says that there is a search; searched wants a whole id.
    search_fields = ["event__startswith"]
    search_help_text = _("The whole id of a delivery")
    actions = ["send_again"]
    actions_detail = ["replay"]
    fields = [
        ("of_webhook", "type"),
        ("of_event", "uid"),
        ("outcome_text", "attempts"),
        ("tried_at", "next_at"),
        ("status_code", "error"),
        "answer",
    ]
    readonly_fields = ["of_webhook", "of_event", "outcome_text"]
    empty_title = _("Nothing was sent here")
    empty_text = _(
        "Each event that a webhook wants stands here, with what its server answered. Ping a webhook, or loosen the "
        "filters."
    )

    def searched(self, queryset: QuerySet[Delivery], term: str) -> QuerySet[Delivery]:
        """The delivery with that id."""
        wanted = uuid_of(term)
        return queryset.filter(uid=wanted) if wanted is not None else queryset.none()

    @action(description=_("Send the selected ones again"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Has them sent once more, with attempts counted anew."""
        chosen = list(queryset.select_related("webhook")[: AT_ONCE + 1])
        done = pages.send_again(request, chosen[:AT_ONCE])
        text = ngettext("%(n)d delivery is sent again.", "%(n)d deliveries are sent again.", done)
        messages.success(request, text % {"n": done})
        if len(chosen) > AT_ONCE:
            messages.warning(request, _("More at once are sent again on the page of their webhook, since a time."))

    @action(description=_("Send again"), url_path="replay", icon="replay")
    def replay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks, then has it sent once more."""
        return pages.send_again_page(request, self, object_id)

    @display(description=_("made (UTC)"))
    def made(self, obj: Delivery) -> str:
        """Day and time to the second."""
        return timezone.localtime(obj.created_at).strftime("%Y-%m-%d %H:%M:%S")

    @display(description=_("status"), label=TONES)
    def outcome(self, obj: Delivery) -> tuple[str, str]:
        """What became of it."""
        return obj.status, obj.get_status_display()

    @display(description=_("status"))
    def outcome_text(self, obj: Delivery) -> str:
        """The same without a label's colour."""
        return obj.get_status_display()

    @display(description=_("error"), empty_value="-")
    def problem(self, obj: Delivery) -> Any:
        """What went wrong, broken where it is long."""
        return format_html('<span class="freiton-long">{}</span>', obj.error) if obj.error else None

    @display(description=_("webhook"))
    def of_webhook(self, obj: Delivery) -> Any:
        """With the way to its page."""
        return _linked(obj.webhook)

    @display(description=_("event"), empty_value="-")
    def of_event(self, obj: Delivery) -> Any:
        """With the way to its page while it is kept; a ping has none."""
        if obj.event is None:
            return None
        if not Event.objects.filter(pk=obj.event).exists():
            return _("%(event)s, which is kept no more") % {"event": obj.event}
        link = reverse("admin:events_event_change", args=[obj.event])
        return format_html('<a class="freiton-link" href="{}">{}</a>', link, obj.event)


def _owner(model: type[Model], uid: Any) -> Any:
    """The row with this uid and the way to its page; its id where it is gone, None where nobody is named."""
    if uid is None:
        return None
    rows: Any = model._default_manager
    found = rows.filter(uid=uid).first()
    return _linked(found) if found is not None else str(uid)


def _linked(row: Model) -> Any:
    return format_html('<a class="freiton-link" href="{}">{}</a>', page_of(row), row)
