"""The panel's page that writes many destination rules at once: satellite, premium, whole countries."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelectWidget,
)

from accounts.models import Customer, Reseller
from provider.panel.admin import PanelAdmin
from provider.panel.asking import Question, add_refusal, ask
from provider.panel.site import list_of
from trunking.actions import add_rules
from trunking.models import DestinationRule
from trunking.rule_sets import SETS, NewRule, country_choices, rules_of_countries, rules_of_set

BAR, ALLOW = "bar", "allow"


class RuleSetForm(forms.Form):
    """Which destinations, what about them, and whose calls it is about."""

    sets = forms.MultipleChoiceField(
        label=_("Kinds of numbers"),
        choices=list(SETS.items()),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    countries = forms.MultipleChoiceField(
        label=_("Whole countries"), choices=country_choices, required=False, widget=UnfoldAdminSelect2MultipleWidget
    )
    verdict = forms.ChoiceField(
        label=_("Calls there are"),
        choices=[(BAR, _("barred")), (ALLOW, _("allowed"))],
        initial=BAR,
        widget=UnfoldAdminSelectWidget,
    )
    reseller = forms.ModelChoiceField(
        label=_("Reseller"),
        queryset=Reseller.objects.none(),
        required=False,
        help_text=_("For calls of this reseller's subscribers alone. Empty: for everybody's."),
    )
    customer = forms.ModelChoiceField(
        label=_("Customer"),
        queryset=Customer.objects.none(),
        required=False,
        help_text=_("For calls of this customer's subscribers alone."),
    )

    def __init__(self, request: HttpRequest, site: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, model in (("reseller", Reseller), ("customer", Customer)):
            field: Any = self.fields[name]
            field.queryset = model.objects.visible_to(request.user)
            field.widget = AutocompleteSelect(DestinationRule._meta.get_field(name), site)
            field.widget.choices = field.choices

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError where nothing was chosen."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("sets") and not cleaned.get("countries") and not self.errors:
            raise ValidationError(_("Choose a kind of numbers or a country."))
        return cleaned

    def rules(self) -> list[NewRule]:
        """What was chosen."""
        is_allowed = self.cleaned_data["verdict"] == ALLOW
        found = [rule for key in self.cleaned_data["sets"] for rule in rules_of_set(key, is_allowed=is_allowed)]
        return found + rules_of_countries(self.cleaned_data["countries"], is_allowed=is_allowed)


def rule_set_page(request: HttpRequest, model_admin: PanelAdmin) -> HttpResponse:
    """Asks for the destinations (GET), then writes the rules that are not there (POST)."""
    form = RuleSetForm(request, model_admin.admin_site, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        owner = {name: form.cleaned_data[name] for name in ("reseller", "customer")}
        try:
            added = add_rules(form.rules(), **owner)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            text = ngettext("Added one rule.", "Added %(n)s rules.", added) % {"n": added}
            messages.success(request, text)
            return redirect(list_of(DestinationRule))
    return ask(request, model_admin, None, _question(form))


def _question(form: RuleSetForm) -> Question:
    text = _(
        "A rule is written for each prefix; other countries within it stay as they are. Where the same owner has a "
        "rule for a prefix already, that one stays."
    )
    return Question(_("Add ready-made rules"), text, _("Add the rules"), form)
