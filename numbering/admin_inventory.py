"""The panel's pages for blocks and numbers: whose they are, what state they are in, who has and had them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from numbering import admin_inventory_pages as pages
from numbering.admin_assignment import assign_page, release_page
from numbering.admin_import import import_page
from numbering.choices import NumberState
from numbering.exports import export
from numbering.models import NumberAssignment, NumberBlock, PhoneNumber
from provider.panel.admin import PanelAdmin, PanelInline
from provider.panel.exporting import ExportingAdmin
from provider.panel.rows import label

STATE_TONES = {
    NumberState.ASSIGNED: "success",
    NumberState.FREE: None,
    NumberState.QUARANTINED: "warning",
    NumberState.PORTED_OUT: "danger",
}


class StateFilter(DropdownFilter):
    """What the numbers are now."""

    title = _("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """The states."""
        return list(NumberState.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[PhoneNumber]) -> QuerySet[PhoneNumber]:  # noqa: ARG002
        """The numbers in the state."""
        state = self.value()
        return queryset.in_state(state) if state else queryset  # type: ignore[attr-defined, no-any-return]


class GivenFilter(DropdownFilter):
    """Blocks that a reseller has, or that are the provider's own still."""

    title = _("Given")
    parameter_name = "given"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """The two answers."""
        return [("yes", _("Given to a reseller")), ("no", _("Not given yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[NumberBlock]) -> QuerySet[NumberBlock]:  # noqa: ARG002
        """The blocks with or without a reseller."""
        return queryset.filter(reseller__isnull=self.value() == "no") if self.value() else queryset


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


class _InventoryAdmin(PanelAdmin):
    """Rows whose state is an action's or a trigger's to change, found by the beginning of a number."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ARG002
        """Write of a row that is there what was typed, and no state that somebody changed since the page was opened."""
        obj.save(update_fields=form.changed_data if change else None)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Takes 43 1 1001 for +4311001."""
        digits = "".join(character for character in search_term if character.isascii() and character.isdigit())
        if search_term.strip() and not digits:
            return queryset.none(), False
        return super().get_search_results(request, queryset, f"+{digits}" if digits else "")


@admin.register(PhoneNumber)
class PhoneNumberAdmin(_InventoryAdmin, ExportingAdmin):
    """Own numbers."""

    list_display = ["e164", "holder", "reseller", "extensions", "note", "state"]
    list_filter = [StateFilter, ("reseller", AutocompleteSelectFilter)]
    list_select_related = ["reseller"]
    sortable_by = ["e164"]
    search_fields = ["e164__startswith"]
    search_help_text = _("Beginning of the number, with or without the plus")
    autocomplete_fields = ["reseller"]
    inlines = [AssignmentInline]
    actions_list = ["port_in", "import_csv", "export_csv"]
    actions_detail = ["assign", "release", "end_quarantine", "port_out", "port_back", "remove"]
    empty_title = _("No numbers here")
    empty_text = _("A number of your own leads to a subscriber once it is assigned. Add it as +4311001.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PhoneNumber]:
        """With who has each number now, in one query for the page."""
        held = NumberAssignment.objects.current().select_related("subscriber__domain")
        return super().get_queryset(request).prefetch_related(Prefetch("assignments", held, to_attr="held_by"))

    def get_fieldsets(self, request: HttpRequest, obj: PhoneNumber | None = None) -> Any:  # noqa: ARG002
        """Where it comes from and went is shown of a number that is there."""
        main: list[Any] = ["e164", "reseller", "extension_digits", "note"]
        if obj is None:
            return [(None, {"fields": main})]
        where = ["block", "quarantined_until", ("ported_in_at", "ported_from"), ("ported_out_at", "ported_to")]
        return [
            (None, {"fields": [*main, "state", "see_also"]}),
            (_("Where it comes from, and where it went"), {"fields": where}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: PhoneNumber | None = None) -> list[str]:  # noqa: ARG002
        """A number stays what and whose it is while it exists."""
        times = ["quarantined_until", "ported_in_at", "ported_from", "ported_out_at", "ported_to"]
        return ["e164", "reseller", "state", "see_also", "block", *times] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A number is removed by an action, which looks at what it is."""
        return obj is None and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> Any:
        """Nor are many deleted at once."""
        return {name: one for name, one in super().get_actions(request).items() if name != "delete_selected"}

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """What fits the number's state."""
        number = self.get_object(request, str(object_id))
        fitting = {
            NumberState.FREE: {"assign", "port_out", "remove"},
            NumberState.ASSIGNED: {"release", "port_out"},
            NumberState.QUARANTINED: {"assign", "end_quarantine", "port_out"},
            NumberState.PORTED_OUT: {"port_back", "remove"},
        }
        wanted = fitting[number.state_with(is_held=bool(number.held_by))] if number else set()
        return [found for found in super().get_actions_detail(request, object_id) if found.path in wanted]

    @action(description=_("Assign"), url_path="assign", icon="person_add")
    def assign(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks for the subscriber, then assigns."""
        return assign_page(request, self, object_id)

    @action(description=_("Release"), url_path="release", icon="person_remove", variant=ActionVariant.DANGER)
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks once more, then releases."""
        return release_page(request, self, object_id)

    @action(description=_("End quarantine"), url_path="end_quarantine", icon="timer_off")
    def end_quarantine(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks once more, then lets anybody have it."""
        return pages.end_quarantine_page(request, self, object_id)

    @action(description=_("Port out"), url_path="port_out", icon="output", variant=ActionVariant.DANGER)
    def port_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks to whom, then hands it over."""
        return pages.port_out_page(request, self, object_id)

    @action(description=_("Take back"), url_path="port_back", icon="input")
    def port_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks once more, then takes it back."""
        return pages.port_back_page(request, self, object_id)

    @action(description=_("Remove"), url_path="remove", icon="delete", variant=ActionVariant.DANGER)
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks once more, then takes it out of the inventory."""
        return pages.remove_number_page(request, self, object_id)

    @action(description=_("Port in"), url_path="port_in", icon="input")
    def port_in(self, request: HttpRequest) -> HttpResponse:
        """Asks which number, then takes it over."""
        return pages.port_in_page(request, self)

    @action(description=_("Import CSV"), url_path="import", icon="upload")
    def import_csv(self, request: HttpRequest) -> HttpResponse:
        """Shows what a file would do, then does it."""
        return import_page(request, self)

    def exported(self, rows: Any) -> StreamingHttpResponse:
        """The numbers, as the import reads them."""
        name = f"numbers-{timezone.localdate().isoformat()}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(export(rows), content_type="text/csv; charset=utf-8", headers=headers)

    @display(description=_("leads to"), empty_value="-")
    def holder(self, obj: Any) -> Any:
        """The subscriber who has it now."""
        return obj.held_by[0].subscriber if obj.held_by else None

    @display(description=_("extensions"), empty_value="-")
    def extensions(self, obj: PhoneNumber) -> Any:
        """Up to how many digits may follow."""
        return _("up to %(digits)d digits") % {"digits": obj.extension_digits} if obj.extension_digits else None

    @display(description=_("state"))
    def state(self, obj: Any) -> Any:
        """What it is now, in the list and on its page."""
        found = obj.state_with(is_held=bool(obj.held_by))
        return label((found, found.label), STATE_TONES)

    @display(description=_("see also"))
    def see_also(self, obj: PhoneNumber) -> Any:
        """Its calls, and what would become of one to it."""
        calls = reverse("admin:calls_call_changelist", query={"q": obj.e164})
        why = reverse("explain", query={"callee": obj.e164})
        links = [(calls, _("its calls")), (why, _("explain a call to it"))]
        return format_html_join(" · ", '<a class="freiton-link" href="{}">{}</a>', links)


@admin.register(NumberBlock)
class NumberBlockAdmin(_InventoryAdmin):
    """Blocks of numbers, and how much of each is used."""

    list_display = ["__str__", "reseller", "amount", "taken", "free", "note"]
    list_filter = [GivenFilter, ("reseller", AutocompleteSelectFilter)]
    list_select_related = ["reseller"]
    sortable_by: list[str] = []
    search_fields = ["first__startswith"]
    search_help_text = _("A number in the block, or the beginning of its first one")
    autocomplete_fields = ["reseller"]
    actions_detail = ["give", "allocate", "split", "take_back", "give_up"]
    empty_title = _("No blocks yet")
    empty_text = _("A block holds the numbers that a carrier or a regulator gave you, such as +4314000 to +4314999.")

    def get_fields(self, request: HttpRequest, obj: NumberBlock | None = None) -> list[Any]:  # noqa: ARG002
        """How much is used is shown of a block that is there."""
        main: list[Any] = [("first", "last"), "reseller", "extension_digits", "note"]
        return [*main, ("amount", "taken", "free"), "split_from"] if obj else main

    def get_readonly_fields(self, request: HttpRequest, obj: NumberBlock | None = None) -> list[str]:  # noqa: ARG002
        """Its numbers and whose it is are changed by actions."""
        return ["first", "last", "reseller", "amount", "taken", "free", "split_from"] if obj else []

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The block around a whole number, too."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        digits = "".join(character for character in search_term if character.isascii() and character.isdigit())[:15]
        if digits:
            found = found | queryset.filter(digits=len(digits), numbers__contains=int(digits))
        return found, may_repeat

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A block is given up by an action."""
        return obj is None and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> Any:
        """Nor are many deleted at once."""
        return {name: one for name, one in super().get_actions(request).items() if name != "delete_selected"}

    def get_queryset(self, request: HttpRequest) -> QuerySet[NumberBlock]:
        """With how many of its numbers were taken and are free, for the rows of the page alone."""
        return super().get_queryset(request).with_counts()  # type: ignore[attr-defined, no-any-return]

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """What fits: a block is somebody's or it is not."""
        given = NumberBlock.objects.filter(pk=object_id, reseller__isnull=False).exists()
        wanted = {"allocate", "split", "take_back"} if given else {"give", "split", "give_up"}
        return [found for found in super().get_actions_detail(request, object_id) if found.path in wanted]

    @action(description=_("Give to a reseller"), url_path="give", icon="storefront")
    def give(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks to whom and which part, then gives it."""
        return pages.give_page(request, self, object_id)

    @action(description=_("Take numbers"), url_path="allocate", icon="dialpad")
    def allocate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks how many, then makes them free phone numbers."""
        return pages.allocate_page(request, self, object_id)

    @action(description=_("Split"), url_path="split", icon="call_split")
    def split(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks where, then makes blocks of its parts."""
        return pages.split_page(request, self, object_id)

    @action(description=_("Take back"), url_path="take_back", icon="undo", variant=ActionVariant.DANGER)
    def take_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks which part, then takes it back."""
        return pages.take_back_page(request, self, object_id)

    @action(description=_("Give up"), url_path="give_up", icon="delete", variant=ActionVariant.DANGER)
    def give_up(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks once more, then takes it out of the inventory."""
        return pages.remove_block_page(request, self, object_id)

    @display(description=_("numbers"))
    def amount(self, obj: NumberBlock) -> int:
        """How many it spans."""
        return obj.size

    @display(description=_("taken"))
    def taken(self, obj: NumberBlock) -> int:
        """How many of them are in the inventory."""
        return obj.usage.taken

    @display(description=_("assignable"))
    def free(self, obj: NumberBlock) -> int:
        """How many can be given to a subscriber at once, or after they were taken."""
        return obj.usage.free
