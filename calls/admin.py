"""The panel's pages for calls: those that stand and those that are over. The edge writes them, nobody changes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from calls import cells
from calls.admin_filters import GatewayFilter, LiveFilter, StartedFilter, StateFilter
from calls.admin_hang_up import hang_up_link, hang_up_page
from calls.choices import Direction
from calls.explain.again import question_of
from calls.export import header, rows
from calls.models import Call
from calls.outcomes import Tone, outcome_of
from calls.parties import name_of_side
from calls.path import cause_in_words, tried
from calls.steps import said_of_call
from provider.csv_rows import csv_response
from provider.panel.admin import PanelAdmin, ReadOnly
from provider.panel.site import page_of

HAPPENED = [
    ("outcome_text", "direction"),
    ("from_side", "to_side"),
    ("started", "rang"),
    ("answered", "ended"),
    ("talked", "gateway"),
    ("caller_number", "callee_number"),
    ("dialled", "who_ended"),
]
PATH = ["decided", "tried", "forwarded", "today"]
OWNERS = [
    ("caller_subscriber", "callee_subscriber"),
    ("caller_customer", "callee_customer"),
    ("caller_reseller", "callee_reseller"),
    ("gateway_in", "gateway_out"),
]
SIP_WORDS = [
    ("status_code", "reason"),
    ("cause_text", "session_expires_at"),
    "caller",
    "callee",
    "sip_call_id",
    ("from_tag", "to_tag"),
    ("edge", "id"),
]


@admin.register(Call)
class CallAdmin(ReadOnly, PanelAdmin):
    """Calls, the newest first."""

    list_display = ["started", "way", "from_side", "to_side", "outcome", "talked", "gateway"]
    list_display_links = ["started"]
    list_filter = [
        LiveFilter,
        ("direction", ChoicesDropdownFilter),
        StateFilter,
        GatewayFilter,
        ("started_at", StartedFilter),
    ]
    list_select_related = cells.RELATED
    change_list_template = "admin/calls/call/change_list.html"
    actions_detail = ["hang_up"]
    sortable_by = ["started"]
    ordering = ["-started_at", "-id"]
    show_facets = admin.ShowFacets.NEVER
    search_help_text = _("A whole number (+4311001), or a whole Call-ID")
    search_fields = ["caller_number", "callee_number", "sip_call_id"]
    empty_title = _("No calls here")
    empty_text = _("Calls stand here as soon as they begin. Make one, or loosen the filters.")
    fieldsets = [
        (_("What happened"), {"fields": HAPPENED}),
        (_("Its path"), {"fields": PATH}),
        (_("Whose call"), {"fields": OWNERS}),
        (_("In SIP's words"), {"fields": SIP_WORDS}),
    ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Call | None:
        """With all that the page of a call names: the rows may be gone, the call stays. Once for each request."""
        known: dict[str, Call | None] = request.__dict__.setdefault("_calls", {})
        if object_id not in known:
            call: Call | None = super().get_object(request, object_id, from_field)
            rows = self.get_queryset(request).defer(None).select_related(*cells.RELATED, *cells.OWNERS)
            known[object_id] = rows.filter(pk=call.pk).first() if call is not None else None
        return known[object_id]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Call]:
        """Without what only the page of a call shows: a page of fifty is read each few seconds."""
        rows: QuerySet[Call] = super().get_queryset(request)
        return rows.defer("steps", "attempts", "dialog")

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Calls that stand can be ended from the list."""
        return [*self.list_display, "end"] if request.GET.get("live") == "yes" else self.list_display

    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[Any]:
        """Ending a call is offered while it stands."""
        call = self.get_object(request, str(object_id))
        actions: list[Any] = super().get_actions_detail(request, object_id)
        return actions if call is not None and call.ended_at is None else []

    def get_urls(self) -> list[Any]:
        """With the export of the list."""
        export = path("export/", self.admin_site.admin_view(self.export), name="calls_call_export")
        return [export, *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The list as its filters have it, as CSV; with a filter that there is not: back to the list."""
        try:
            found: Any = self.get_changelist_instance(request).queryset
        except (IncorrectLookupParameters, SuspiciousOperation):
            return redirect("admin:calls_call_changelist")
        user: Any = request.user
        return csv_response("calls", header(user), rows(found, user))

    @action(description=_("End the call"), url_path="hang-up", icon="call_end")
    def hang_up(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks, then has both sides told."""
        return hang_up_page(request, self, object_id)

    @display(description=_("end"))
    def end(self, obj: Call) -> str:
        """Where it is ended."""
        return format_html('<a class="freiton-link" href="{}">{}</a>', hang_up_link(obj), _("End …"))

    @display(description=_("dialled"))
    def dialled(self, obj: Call) -> str:
        """The called number as it was written."""
        return name_of_side(obj.callee, "")

    @display(description=_("ended by"), empty_value="-")
    def who_ended(self, obj: Call) -> str | None:
        """Who ended it."""
        return obj.get_ended_by_display() or None

    @display(description=_("cause"), empty_value="-")
    def cause_text(self, obj: Call) -> str | None:
        """Q.850's number with its words."""
        return cause_in_words(obj.cause) or None

    @display(description=_("decision"), empty_value="-")
    def decided(self, obj: Call) -> str | None:
        """How it was decided where it goes, step by step."""
        found = [one.text for one in said_of_call(obj.steps)]
        rows = format_html_join("", "<li>{}</li>", ((sentence,) for sentence in found))
        return format_html('<ol class="freiton-steps">{}</ol>', rows) if found else None

    @display(description=_("today"), empty_value="-")
    def today(self, obj: Call) -> str | None:
        """A link to what would be decided now."""
        question = question_of(obj)
        words = _("Explain it again, with today's settings")
        link = reverse("explain", query=question) if question else ""
        return format_html('<a class="freiton-link" href="{}">{}</a>', link, words) if link else None

    @display(description=_("gateways tried"), empty_value="-")
    def tried(self, obj: Call) -> str | None:
        """Each with what it answered, and after how long."""
        found = tried(obj.attempts)
        rows = format_html_join(
            "",
            "<li>{}: {} {} ({} s)</li>",
            (
                (one.name, one.status_code or "", one.reason, "-" if one.seconds is None else one.seconds)
                for one in found
            ),
        )
        return format_html('<ol class="freiton-steps">{}</ol>', rows) if found else None

    @display(description=_("forwarding"), empty_value="-")
    def forwarded(self, obj: Call) -> str | None:
        """The call that this is a forwarding of, and the forwardings of this one."""
        legs = _linked(obj)
        rows = format_html_join(
            "",
            '<li><a href="{}">{}</a>: {}</li>',
            ((page_of(one), _leg(one, obj), outcome_of(one)) for one in legs),
        )
        return format_html('<ul class="freiton-steps">{}</ul>', rows) if legs else None

    def searched(self, queryset: QuerySet[Call], term: str) -> QuerySet[Call]:
        """Whole numbers and whole Call-IDs."""
        if term.startswith("+"):
            return queryset.filter(Q(caller_number=term) | Q(callee_number=term))
        return queryset.filter(sip_call_id=term)

    @display(description=_("started (UTC)"), ordering="started_at")
    def started(self, obj: Call) -> str:
        """Day and time to the second."""
        return timezone.localtime(obj.started_at).strftime("%Y-%m-%d %H:%M:%S")

    @display(description=_("way"), label=cells.DIRECTIONS)
    def way(self, obj: Call) -> tuple[str, Any]:
        """In, out or internal."""
        return obj.direction, cells.SHORT_DIRECTIONS[Direction(obj.direction)]

    @display(description=_("from"))
    def from_side(self, obj: Call) -> str:
        """Number and account of the caller."""
        return cells.caller_cell(obj)

    @display(description=_("to"))
    def to_side(self, obj: Call) -> str:
        """Number and account of the callee."""
        return cells.callee_cell(obj)

    @display(description=_("outcome"), label=cells.TONES)
    def outcome(self, obj: Call) -> tuple[Tone, str]:
        """How it stands or ended, in words."""
        outcome = outcome_of(obj)
        return outcome.tone, str(outcome)

    @display(description=_("talked"), empty_value="-")
    def talked(self, obj: Call) -> str | None:
        """From the answer to the end, or until now."""
        return cells.talked(obj)

    @display(description=_("outcome"))
    def outcome_text(self, obj: Call) -> str:
        """The same without a label's colour."""
        return str(outcome_of(obj))

    @display(description=_("ringing after"), empty_value="-")
    def rang(self, obj: Call) -> str | None:
        """Seconds from the INVITE to the first ringing."""
        return _after(obj, obj.ringing_at)

    @display(description=_("answered after"), empty_value="-")
    def answered(self, obj: Call) -> str | None:
        """Seconds from the INVITE to the answer."""
        return _after(obj, obj.answered_at)

    @display(description=_("ended after"), empty_value="-")
    def ended(self, obj: Call) -> str | None:
        """Seconds from the INVITE to the end."""
        return _after(obj, obj.ended_at)

    @display(description=_("gateway"), empty_value="-")
    def gateway(self, obj: Call) -> Any:
        """By which gateway it came or went."""
        return obj.gateway_in or obj.gateway_out


def _linked(call: Call) -> list[Call]:
    """The call before and those behind it, read once for a page that shows them."""
    known = call.__dict__
    if "_linked" not in known:
        rows = Call.objects.filter(Q(pk=call.parent_id) | Q(parent_id=call.pk)) if call.parent_id else call.legs
        known["_linked"] = list(rows.order_by("id")[:20])
    linked: list[Call] = known["_linked"]
    return linked


def _leg(one: Call, seen_from: Call) -> str:
    if one.pk == seen_from.parent_id:
        return gettext("forwarded from %(call)s") % {"call": one}
    return gettext("forwarded to %(name)s") % {"name": name_of_side(one.callee, one.callee_number)}


def _after(call: Call, moment: datetime | None) -> str | None:
    """How long after the call's start, and when."""
    if moment is None:
        return None
    seconds = (moment - call.started_at).total_seconds()
    return f"{seconds:.1f} s ({timezone.localtime(moment):%H:%M:%S})"
