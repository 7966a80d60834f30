"""The parts of a subscriber's page in the panel about its calls: what it may call, forwarding, lists, numbers shown."""

from __future__ import annotations

from typing import Any

from django.forms import CharField, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminTextareaWidget

from provider.panel.admin import AdminsOnly, PanelInline
from provider.panel.fields import LinesField
from provider.panel.inlines import QuickRows
from subscribers.models import CallerRule, CallSettings, Forwarding, ShownNumber
from subscribers.targets import as_caller, as_number, as_target


class ForwardingForm(ModelForm):  # type: ignore[type-arg]
    """A forwarding whose targets stand in lines."""

    targets = LinesField(
        as_target,
        label=_("to"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("One number (+4311001) or SIP address (sip:anna@example.org) a line, in the order tried."),
    )

    class Meta:
        model = Forwarding
        fields = ["condition", "targets", "seconds", "is_active"]


class WrittenField(CharField):
    """A number or an address as people write it. `stored` makes of it what is stored."""

    stored = staticmethod(as_caller)

    def to_python(self, value: Any) -> str:
        """The text as it is stored."""
        return self.stored(super().to_python(value) or "")


class NumberField(WrittenField):
    """A number as people write it."""

    stored = staticmethod(as_number)


class CallSettingsInline(AdminsOnly, QuickRows, StackedInline):
    """What a subscriber may call, and its wishes; nothing is stored until something is changed."""

    model = CallSettings
    tab = True
    hide_title = True
    can_delete = False
    min_num, max_num = 0, 1
    fieldsets = [
        (
            _("May call"),
            {
                "fields": [("international", "premium", "satellite"), "max_calls"],
                "description": _("Numbers of the same country and emergency calls are always possible."),
            },
        ),
        (_("Its phone or PBX"), {"fields": ["called_number_in", "location"]}),
        (
            _("Its wishes"),
            {
                "fields": [
                    ("do_not_disturb", "hides_number"),
                    ("rejects_anonymous", "only_allowed_callers"),
                ],
                "description": _("The customer can change these on its own page."),
            },
        ),
    ]
    verbose_name_plural = _("Call settings")


class SettingsInline(PanelInline):
    """A list that belongs to the call settings: in a tab of its own."""

    tab = True

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Takes numbers with spaces, and addresses in any case."""
        kinds = {"pattern": WrittenField, "e164": NumberField}
        if db_field.name in kinds:
            kwargs["form_class"] = kinds[db_field.name]
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class ForwardingInline(SettingsInline):
    """Where calls go instead of, or beside, the phones."""

    model = Forwarding
    form = ForwardingForm
    fields = ["condition", "targets", "seconds", "is_active"]
    verbose_name_plural = _("Forwarding")


class CallerRuleInline(SettingsInline):
    """Who gets through, and who does not."""

    model = CallerRule
    fields = ["action", "pattern", "note"]
    verbose_name_plural = _("Callers")


class ShownNumberInline(SettingsInline):
    """Numbers of others: granted here, never by the customer itself."""

    model = ShownNumber
    fields = ["e164", "note"]
    verbose_name_plural = _("Numbers of others that it may show")


CALL_SETTINGS = [CallSettingsInline, ForwardingInline, CallerRuleInline, ShownNumberInline]
"""In this order they are saved, too: a trigger makes the settings beneath a forwarding where there are none."""
