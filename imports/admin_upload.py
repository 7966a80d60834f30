"""The panel's page that takes a file and begins its import; the panel's page of numbers hands large files over."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from accounts.models import Customer, Reseller
from imports import actions, subscriber_cells
from imports.actions import ImportRefused, Order
from imports.choices import ImportKind
from imports.models import ImportJob
from imports.reading import MAX_BYTES, FileError
from numbering import sheets
from provider.panel.admin import PanelAdmin
from provider.panel.site import page_of


class UploadForm(forms.Form):
    """The file, and what is to be done with it."""

    kind = forms.ChoiceField(label=_("Rows are"), choices=ImportKind.choices, widget=UnfoldAdminSelectWidget)
    reseller = forms.ModelChoiceField(
        label=_("Reseller"),
        queryset=Reseller.objects.all(),
        required=False,
        help_text=_("Whose subscribers they are; rows of numbers say it themselves."),
    )
    file = forms.FileField(label=_("CSV file"), widget=UnfoldAdminFileFieldWidget, allow_empty_file=True)
    is_dry_run = forms.BooleanField(
        label=_("Try it out first: nothing is kept"), required=False, initial=True, widget=UnfoldBooleanSwitchWidget
    )
    make_customers = forms.BooleanField(
        label=_("Make customers that there are none of"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    update_existing = forms.BooleanField(
        label=_("Change subscribers that are there already"), required=False, widget=UnfoldBooleanSwitchWidget
    )

    def __init__(self, site: Any, *args: Any) -> None:
        super().__init__(*args)
        field: Any = self.fields["reseller"]
        field.widget = AutocompleteSelect(Customer._meta.get_field("reseller"), site)
        field.widget.choices = field.choices

    def clean_file(self) -> Any:
        """The file, if it is not too large."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            most = {"most": MAX_BYTES // 1_000_000}
            raise ValidationError(_("The file is too large: at most %(most)d MB."), params=most)
        return file

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError where it is not said whose things are meant."""
        told = self.cleaned_data
        if told.get("kind") == ImportKind.SUBSCRIBERS and not told.get("reseller") and "reseller" not in self.errors:
            self.add_error("reseller", _("Say whose subscribers these are."))
        return told

    def order(self) -> Order:
        """What was chosen."""
        told = self.cleaned_data
        is_of_one = told["kind"] == ImportKind.SUBSCRIBERS
        return Order(
            kind=told["kind"],
            reseller=told["reseller"] if is_of_one else None,
            file_name=told["file"].name,
            is_dry_run=told["is_dry_run"],
            make_customers=told["make_customers"],
            update_existing=told["update_existing"],
            language=get_language() or "en",
        )


def upload_page(request: HttpRequest, model_admin: PanelAdmin) -> HttpResponse:
    """Takes a file, and shows the job that it became."""
    asked = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(model_admin.admin_site, *asked)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(page_of(_begin(request, form.order(), form.cleaned_data["file"].file)))
        except FileError as error:
            form.add_error("file", str(error))
        except ImportRefused as error:
            form.add_error(None, str(error.text))
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Import a file"),
        "media": model_admin.media + form.media,
        "form": form,
        "back": reverse("admin:imports_importjob_changelist"),
        "kinds": [
            (ImportKind.SUBSCRIBERS.label, subscriber_cells.COLUMNS, subscriber_cells.NEEDED),
            (ImportKind.NUMBERS.label, sheets.COLUMNS, sheets.COLUMNS[:1]),
        ],
    }
    return TemplateResponse(request, "admin/imports/upload.html", context)


def take_numbers(request: HttpRequest, file_name: str, content: bytes) -> HttpResponse:
    """A file of numbers that is too large to be gone through while somebody waits: it is tried out by a job, whose page
    has the button that does it. See numbering/admin_import.py."""
    order = Order(ImportKind.NUMBERS, None, file_name, is_dry_run=True, language=get_language() or "en")
    try:
        return redirect(page_of(_begin(request, order, BytesIO(content))))
    except (FileError, ImportRefused) as error:
        messages.error(request, str(getattr(error, "text", error)))
        return redirect(request.path)


def _begin(request: HttpRequest, order: Order, file: IO[bytes]) -> ImportJob:
    user: Any = request.user
    return actions.begin(user, order, file)
