"""The panel's pages that give a number to a subscriber and take it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldBooleanSwitchWidget

from numbering.actions import assign_number, release_number
from numbering.models import NumberAssignment, PhoneNumber
from provider.panel.admin import PanelAdmin
from provider.panel.asking import Question, add_refusal, ask, object_or_404
from provider.panel.site import page_of
from subscribers.models import Subscriber


class AssignForm(forms.Form):
    """To whom, and whether it is the number that calls show."""

    subscriber = forms.ModelChoiceField(label=_("Subscriber"), queryset=Subscriber.objects.none())
    is_main = forms.BooleanField(
        label=_("Main number: calls of this subscriber show it"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
    )

    def __init__(self, number: PhoneNumber, site: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["subscriber"]
        field.queryset = Subscriber.objects.filter(reseller_id=number.reseller_id).select_related("domain")
        field.widget = AutocompleteSelect(NumberAssignment._meta.get_field("subscriber"), site)
        field.widget.choices = field.choices
        field.error_messages["invalid_choice"] = _("Choose a subscriber of the number's own reseller.")


def assign_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Asks for the subscriber (GET), then assigns (POST)."""
    number = object_or_404(model_admin, request, object_id)
    form = AssignForm(number, model_admin.admin_site, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        subscriber = form.cleaned_data["subscriber"]
        try:
            assign_number(number, subscriber, is_main=form.cleaned_data["is_main"])
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            done = _("%(number)s leads to %(aor)s now.") % {"number": number, "aor": subscriber.aor}
            messages.success(request, done)
            return redirect(page_of(number))
    text = _("Calls to this number ring the subscriber's phones from now on. Who had it before stays in its history.")
    title = _("Assign %(number)s") % {"number": number.e164}
    return ask(request, model_admin, number, Question(title, text, _("Assign"), form))


def release_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Asks once more (GET), then takes the number back (POST)."""
    number = object_or_404(model_admin, request, object_id)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            release_number(number)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("%(number)s was released.") % {"number": number})
            return redirect(page_of(number))
    text = _("Calls to it get 404 from now on: the number is yours, but nobody has it. Its history stays.")
    question = Question(_("Release %(number)s") % {"number": number.e164}, text, _("Release"), form, is_dangerous=True)
    return ask(request, model_admin, number, question)
