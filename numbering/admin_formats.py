"""The panel's pages for number formats: how sides write and dial numbers, and which of them do so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Field, Model, QuerySet
from django.forms import CharField
from django.forms import Field as FormField
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from numbering.admin_reading import reading_page
from numbering.models import DialSettings, NumberFormat
from provider.panel.admin import PanelAdmin, PanelInline
from provider.panel.fields import LinesField


class DialInline(PanelInline):
    """Which domains' subscribers dial so."""

    model = DialSettings
    fields = ["domain"]
    autocomplete_fields = ["domain"]
    verbose_name_plural = _("Domains whose subscribers write numbers so")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DialSettings]:
        """With what a row names."""
        return super().get_queryset(request).filter(domain__isnull=False).select_related("domain")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """A domain is added and taken off; a field to choose another one would fetch its own in each row."""
        return False


class SubscribersDialInline(DialInline):
    """Which single subscribers dial so."""

    fields = ["subscriber"]
    autocomplete_fields = ["subscriber"]
    verbose_name_plural = _("Single subscribers who write numbers so, whatever their domain does")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DialSettings]:
        """With what a row names."""
        rows = PanelInline.get_queryset(self, request).filter(subscriber__isnull=False)
        return rows.select_related("subscriber__domain")


class DomainDialInline(PanelInline):
    """How a domain's subscribers dial."""

    model = DialSettings
    fields = ["number_format"]
    autocomplete_fields = ["number_format"]
    verbose_name = verbose_name_plural = _("number format of its subscribers")


class SubscriberDialInline(DomainDialInline):
    """How one subscriber dials, where it is not as its domain does."""

    verbose_name = verbose_name_plural = _("number format of its own, where it is not the domain's")


class DigitsField(CharField):
    """A number as people write it, stored as digits."""

    def to_python(self, value: Any) -> str:
        """What was written, without plus and separators."""
        return (super().to_python(value) or "").translate(str.maketrans("", "", "+-.()/ "))


@admin.register(NumberFormat)
class NumberFormatAdmin(PanelAdmin):
    """How a side writes numbers."""

    list_display = [
        "name",
        "plan",
        "country_code",
        "international_prefix",
        "national_prefix",
        "bare_digits",
        "sends_as",
    ]
    search_fields = ["name__istartswith"]
    search_help_text = _("Beginning of the name")
    inlines = [DialInline, SubscribersDialInline]
    actions_detail = ["try_it"]
    fieldsets = [
        (None, {"fields": [("name", "plan")]}),
        (_("Prefixes"), {"fields": [("country_code", "area_code"), ("international_prefix", "national_prefix")]}),
        (_("Reading and writing"), {"fields": [("bare_digits", "sends_as")]}),
        (_("Extensions"), {"fields": [("extension_base", "extension_digits")]}),
        (_("Emergency and service numbers"), {"fields": [("emergency_numbers", "service_numbers")]}),
    ]
    empty_title = _("No number formats yet")
    empty_text = _(
        "A number format says how a gateway or a domain's subscribers write numbers: prefixes, country, area."
    )

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> FormField | None:
        """Lists are written one a line, the number that extensions stand behind as people write numbers."""
        if db_field.name in ("emergency_numbers", "service_numbers"):
            return LinesField(
                label=capfirst(db_field.verbose_name),
                help_text=db_field.help_text,
                required=False,
                widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
            )
        if db_field.name == "extension_base":
            kwargs["form_class"] = DigitsField
            kwargs["max_length"] = 30
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_deleted_objects(
        self, objs: Iterable[Model], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """What a deletion would take along. Shipped formats forbid it: the next start would write them anew."""
        objs = list(objs)
        shipped = [
            str(_("%(name)s comes with Freiton: change it, or leave it unused.") % {"name": obj})
            for obj in objs
            if isinstance(obj, NumberFormat) and obj.shipped
        ]
        if shipped:
            return [], {}, set(), shipped
        return super().get_deleted_objects(objs, request)

    @action(description=_("Try it"), url_path="try", icon="dialpad")
    def try_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shows how what somebody dials would be read."""
        return reading_page(request, self, object_id)
