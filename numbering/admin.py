"""The panel's pages for numbers: whose they are, and who has them. How they are written: admin_formats.py."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from numbering.admin_assignment import assign_page, release_page
from numbering.admin_formats import DomainDialInline, SubscriberDialInline
from numbering.models import NumberAssignment, PhoneNumber
from provider.panel.admin import PanelAdmin, PanelInline
from subscribers.models import Domain, Subscriber


class AssignedFilter(DropdownFilter):
    """Numbers that somebody has, or that are free."""

    title = _("Assigned")
    parameter_name = "assigned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """The two answers."""
        return [("yes", _("Assigned")), ("no", _("Free"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PhoneNumber]) -> QuerySet[PhoneNumber]:  # noqa: ARG002
        """The numbers with or without somebody."""
        if self.value() == "yes":
            return queryset.assigned()  # type: ignore[attr-defined, no-any-return]
        return queryset.unassigned() if self.value() == "no" else queryset  # type: ignore[attr-defined]


class AssignmentInline(PanelInline):
    """Who has and had a number."""

    model = NumberAssignment
    fields = ["subscriber", "is_main", "valid_from", "valid_until"]
    readonly_fields = fields
    can_delete = False
    verbose_name_plural = _("Who has it, and who had it")

    def get_queryset(self, request: HttpRequest) -> QuerySet[NumberAssignment]:
        """With what a row names."""
        return super().get_queryset(request).select_related("subscriber__domain")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Assigning is an action of its own."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """History stays."""
        return False


@admin.register(PhoneNumber)
class PhoneNumberAdmin(PanelAdmin):
    """Own numbers."""

    list_display = ["e164", "holder", "reseller", "note", "state"]
    list_filter = [AssignedFilter, ("reseller", AutocompleteSelectFilter)]
    list_select_related = ["reseller"]
    sortable_by = ["e164"]
    search_fields = ["e164__startswith"]
    search_help_text = _("Beginning of the number, with or without the plus")
    autocomplete_fields = ["reseller"]
    fields = ["e164", "reseller", "note"]
    inlines = [AssignmentInline]
    actions_detail = ["assign", "release"]
    empty_title = _("No numbers here")
    empty_text = _("A number of your own leads to a subscriber once it is assigned. Add it as +4311001.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PhoneNumber]:
        """With who has each number now, in one query for the page."""
        held = NumberAssignment.objects.current().select_related("subscriber__domain")
        return super().get_queryset(request).prefetch_related(Prefetch("assignments", held, to_attr="held_by"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Takes 43 1 1001 for +4311001."""
        digits = "".join(character for character in search_term if character.isascii() and character.isdigit())
        if search_term.strip() and not digits:
            return queryset.none(), False
        return super().get_search_results(request, queryset, f"+{digits}" if digits else "")

    def get_readonly_fields(self, request: HttpRequest, obj: PhoneNumber | None = None) -> list[str]:  # noqa: ARG002
        """A number stays what and whose it is while it exists."""
        return ["e164", "reseller"] if obj else []

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """A free number can be assigned, one that somebody has can be released."""
        held = NumberAssignment.objects.current().filter(number_id=object_id).exists()
        wanted = "release" if held else "assign"
        return [found for found in super().get_actions_detail(request, object_id) if found.path == wanted]

    @action(description=_("Assign"), url_path="assign", icon="person_add")
    def assign(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks for the subscriber, then assigns."""
        return assign_page(request, self, object_id)

    @action(description=_("Release"), url_path="release", icon="person_remove", variant=ActionVariant.DANGER)
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks once more, then releases."""
        return release_page(request, self, object_id)

    @display(description=_("leads to"), empty_value="-")
    def holder(self, obj: Any) -> Any:
        """The subscriber who has it now."""
        return obj.held_by[0].subscriber if obj.held_by else None

    @display(description=_("state"), label={"assigned": "success", "free": None})
    def state(self, obj: Any) -> tuple[str, Any]:
        """Assigned or free."""
        return ("assigned", _("assigned")) if obj.held_by else ("free", _("free"))


class NumbersInline(AssignmentInline):
    """The numbers of a subscriber."""

    fields = ["number", "is_main", "valid_from", "valid_until"]
    readonly_fields = fields
    verbose_name_plural = _("Numbers, now and before: given and taken on the number's own page")

    def get_queryset(self, request: HttpRequest) -> QuerySet[NumberAssignment]:
        """With what a row names."""
        return super().get_queryset(request).select_related("number")


def _extend(model: type[Model], inline: type[PanelInline]) -> None:
    """Adds to the page of an app below: it knows nothing of numbers, but its page is where people look for them."""
    page = admin.site.get_model_admin(model)
    page.inlines = [*page.inlines, inline]  # type: ignore[misc]  # a class variable, but of this page alone


_extend(Subscriber, NumbersInline)
_extend(Subscriber, SubscriberDialInline)
_extend(Domain, DomainDialInline)
