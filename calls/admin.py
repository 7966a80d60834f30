"""The panel's pages for calls: those that stand and those that are over. The edge writes them, nobody changes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from calls import cells
from calls.admin_filters import GatewayFilter, LiveFilter, StartedFilter, StateFilter
from calls.choices import Direction
from calls.models import Call
from calls.outcomes import Tone, outcome_of
from provider.panel.admin import PanelAdmin, ReadOnly

HAPPENED = [
    ("outcome_text", "direction"),
    ("from_side", "to_side"),
    ("started", "rang"),
    ("answered", "ended"),
    ("talked", "gateway"),
]
OWNERS = [
    ("caller_subscriber", "callee_subscriber"),
    ("caller_customer", "callee_customer"),
    ("caller_reseller", "callee_reseller"),
    ("gateway_in", "gateway_out"),
]
SIP_WORDS = [
    ("status_code", "reason"),
    ("cause", "ended_by"),
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
    sortable_by = ["started"]
    ordering = ["-started_at", "-id"]
    show_facets = admin.ShowFacets.NEVER
    search_help_text = _("A whole number (+4311001), or a whole Call-ID")
    search_fields = ["caller_number", "callee_number", "sip_call_id"]
    empty_title = _("No calls here")
    empty_text = _("Calls stand here as soon as they begin. Make one, or loosen the filters.")
    fieldsets = [
        (_("What happened"), {"fields": HAPPENED}),
        (_("Whose call"), {"fields": OWNERS}),
        (_("In SIP's words"), {"fields": SIP_WORDS}),
    ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Call | None:
        """With all that the page of a call names: the rows may be gone, the call stays."""
        call: Call | None = super().get_object(request, object_id, from_field)
        if call is None:
            return None
        return self.get_queryset(request).select_related(*cells.RELATED, *cells.OWNERS).filter(pk=call.pk).first()

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002 - the signature of Django
        queryset: QuerySet[Call],
        search_term: str,
    ) -> tuple[QuerySet[Call], bool]:
        """Whole numbers and whole Call-IDs."""
        term = search_term.replace("\0", "").strip()
        if not term:
            return queryset, False
        if term.startswith("+"):
            return queryset.filter(Q(caller_number=term) | Q(callee_number=term)), False
        return queryset.filter(sip_call_id=term), False

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


def _after(call: Call, moment: datetime | None) -> str | None:
    """How long after the call's start, and when."""
    if moment is None:
        return None
    seconds = (moment - call.started_at).total_seconds()
    return f"{seconds:.1f} s ({timezone.localtime(moment):%H:%M:%S})"
