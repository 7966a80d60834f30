"""The panel's pages that do something with a block or a number: a question, what it needs to know, and a button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from accounts.models import Reseller
from numbering.actions import end_quarantine, port_in, port_out, remove_number
from numbering.actions_blocks import MAX_TAKEN, allocate_numbers, give_block, remove_block, split_block, take_back
from numbering.models import NumberBlock, PhoneNumber
from provider.panel.admin import PanelAdmin
from provider.panel.asking import Question, add_refusal, ask, object_or_404
from provider.panel.site import list_of, page_of

Done = tuple[Any, Any]
"""What is said, and the row or address whose page is shown next."""


class PartForm(forms.Form):
    """Which numbers of a block are meant."""

    first = forms.CharField(label=_("First number"), max_length=16, widget=UnfoldAdminTextInputWidget)
    last = forms.CharField(label=_("Last number"), max_length=16, widget=UnfoldAdminTextInputWidget)

    def __init__(self, block: NumberBlock, data: Any) -> None:
        super().__init__(data, initial={"first": block.first, "last": block.last})


class GiveForm(PartForm):
    """To whom, and which part."""

    reseller = forms.ModelChoiceField(label=_("Reseller"), queryset=Reseller.objects.all())
    field_order = ["reseller", "first", "last"]

    def __init__(self, block: NumberBlock, data: Any, site: Any) -> None:
        super().__init__(block, data)
        field: Any = self.fields["reseller"]
        field.widget = AutocompleteSelect(NumberBlock._meta.get_field("reseller"), site)
        field.widget.choices = field.choices


class TakeForm(forms.Form):
    """How many numbers, or which."""

    count = forms.IntegerField(
        label=_("How many"),
        required=False,
        min_value=1,
        max_value=MAX_TAKEN,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("The first ones that are left. Or say below which."),
    )
    first = forms.CharField(label=_("From number"), required=False, max_length=16, widget=UnfoldAdminTextInputWidget)
    last = forms.CharField(label=_("To number"), required=False, max_length=16, widget=UnfoldAdminTextInputWidget)

    def clean(self) -> dict[str, Any]:
        """Either a count or numbers."""
        found: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(found.get("count")) == bool(found.get("first")):
            raise ValidationError(_("Say either how many, or from which number to which."))
        return found


class PortOutForm(forms.Form):
    """To whom."""

    to = forms.CharField(label=_("To provider"), required=False, max_length=100, widget=UnfoldAdminTextInputWidget)


class PortInForm(forms.Form):
    """What number, from whom, for whom."""

    e164 = forms.CharField(
        label=_("Number"), max_length=16, widget=UnfoldAdminTextInputWidget, help_text=_("Such as +4311001.")
    )
    reseller = forms.ModelChoiceField(label=_("Reseller"), queryset=Reseller.objects.all())
    origin = forms.CharField(
        label=_("From provider"), required=False, max_length=100, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, data: Any, site: Any) -> None:
        super().__init__(data)
        field: Any = self.fields["reseller"]
        field.widget = AutocompleteSelect(PhoneNumber._meta.get_field("reseller"), site)
        field.widget.choices = field.choices


def _page(
    request: HttpRequest,
    model_admin: PanelAdmin,
    about: Any,
    question: Question,
    do: Callable[[dict[str, Any]], Done],
) -> HttpResponse:
    """Asks (GET); does it (POST) and goes where that leads, or says beside the fields why it was refused."""
    form = question.form
    if request.method == "POST" and form.is_valid():
        try:
            said, row = do(form.cleaned_data)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, said)
            return redirect(row if isinstance(row, str) else page_of(row))
    return ask(request, model_admin, about, question)


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def give_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Gives a block, or a part, to a reseller."""
    block = object_or_404(model_admin, request, object_id)
    text = _("The reseller takes numbers from it then. What you leave out stays yours, as blocks of its own.")
    form = GiveForm(block, _posted(request), model_admin.admin_site)

    def give(said: dict[str, Any]) -> Done:
        given = give_block(block, said["reseller"], said["first"], said["last"])
        return _("%(block)s is given to %(whose)s.") % {"block": given, "whose": said["reseller"]}, given

    question = Question(_("Give %(block)s to a reseller") % {"block": block}, text, _("Give"), form)
    return _page(request, model_admin, block, question, give)


def take_back_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Takes a block, or a part, back."""
    block = object_or_404(model_admin, request, object_id)
    text = _("Its free numbers go back into the block, with their history. None may be assigned or in quarantine.")
    form = PartForm(block, _posted(request))

    def take(said: dict[str, Any]) -> Done:
        part = take_back(block, said["first"], said["last"])
        return _("%(block)s is yours again.") % {"block": part}, part

    question = Question(_("Take back %(block)s") % {"block": block}, text, _("Take back"), form, is_dangerous=True)
    return _page(request, model_admin, block, question, take)


def split_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Makes a block of its own of a part."""
    block = object_or_404(model_admin, request, object_id)
    text = _("These numbers become a block of their own; those before and behind too. Nothing changes for anybody.")
    form = PartForm(block, _posted(request))

    def split(said: dict[str, Any]) -> Done:
        part = split_block(block, said["first"], said["last"])
        return _("%(block)s is a block of its own now.") % {"block": part}, part

    question = Question(_("Split %(block)s") % {"block": block}, text, _("Split"), form)
    return _page(request, model_admin, block, question, split)


def allocate_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Takes numbers out of a block."""
    block = object_or_404(model_admin, request, object_id)
    text = _("They become free phone numbers of %(whose)s, ready to be assigned.") % {"whose": block.reseller}
    form = TakeForm(_posted(request))

    def allocate(said: dict[str, Any]) -> Done:
        taken = allocate_numbers(block, count=said["count"], first=said["first"] or None, last=said["last"] or None)
        found = {"count": len(taken), "first": taken[0], "last": taken[-1]}
        return _("%(count)d numbers were taken, from %(first)s to %(last)s.") % found, block

    question = Question(_("Take numbers from %(block)s") % {"block": block}, text, _("Take"), form)
    return _page(request, model_admin, block, question, allocate)


def remove_block_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Gives a block up."""
    block = object_or_404(model_admin, request, object_id)
    text = _(
        "The block went back to the carrier: its numbers are none of yours any more, and calls to them are sent out."
    )

    def remove(_said: dict[str, Any]) -> Done:
        remove_block(block)
        return _("%(block)s was given up.") % {"block": block}, list_of(NumberBlock)

    title = _("Give up %(block)s") % {"block": block}
    question = Question(title, text, _("Give up"), forms.Form(_posted(request)), is_dangerous=True)
    return _page(request, model_admin, block, question, remove)


def end_quarantine_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Ends a quarantine before its time."""
    number = object_or_404(model_admin, request, object_id)
    text = _("Anybody may have the number then. Whoever calls it may still mean the one who had it before.")

    def end(_said: dict[str, Any]) -> Done:
        end_quarantine(number)
        return _("%(number)s is free now.") % {"number": number}, number

    title = _("End the quarantine of %(number)s") % {"number": number}
    return _page(request, model_admin, number, Question(title, text, _("End"), forms.Form(_posted(request))), end)


def port_out_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Hands a number over to another provider."""
    number = object_or_404(model_admin, request, object_id)
    text = _("Another provider has the number from now on: calls to it are sent out. Who has it now, has it no more.")

    def hand_over(said: dict[str, Any]) -> Done:
        port_out(number, said["to"])
        return _("%(number)s is another provider's now.") % {"number": number}, number

    title = _("Port out %(number)s") % {"number": number}
    question = Question(title, text, _("Port out"), PortOutForm(_posted(request)), is_dangerous=True)
    return _page(request, model_admin, number, question, hand_over)


def port_back_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Takes a number that was ported out back."""
    number = object_or_404(model_admin, request, object_id)
    text = _("The number is yours again, and free.")

    def come_back(_said: dict[str, Any]) -> Done:
        port_in(number.e164, number.reseller, number.ported_to)
        return _("%(number)s is free now.") % {"number": number}, number

    title = _("Take %(number)s back") % {"number": number}
    return _page(
        request, model_admin, number, Question(title, text, _("Take back"), forms.Form(_posted(request))), come_back
    )


def port_in_page(request: HttpRequest, model_admin: PanelAdmin) -> HttpResponse:
    """Takes over another provider's number."""
    text = _("The number becomes one of the reseller's, free to be assigned, and is in no block of yours.")

    def take_over(said: dict[str, Any]) -> Done:
        number = port_in(said["e164"].replace(" ", ""), said["reseller"], said["origin"])
        return _("%(number)s was ported in.") % {"number": number}, number

    form = PortInForm(_posted(request), model_admin.admin_site)
    return _page(request, model_admin, None, Question(_("Port in a number"), text, _("Port in"), form), take_over)


def remove_number_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Takes a number out of the inventory."""
    number = object_or_404(model_admin, request, object_id)
    text = _("The number leaves the inventory, with its history. One out of a block is left in the block.")

    def remove(_said: dict[str, Any]) -> Done:
        remove_number(number)
        return _("%(number)s was removed.") % {"number": number}, list_of(PhoneNumber)

    title = _("Remove %(number)s") % {"number": number}
    question = Question(title, text, _("Remove"), forms.Form(_posted(request)), is_dangerous=True)
    return _page(request, model_admin, number, question, remove)
