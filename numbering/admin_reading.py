"""The panel's page that tries a number format: what is dialled, and what the platform makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from numbering.destinations import Category, Destination, classify, classify_service
from numbering.formats import NumberFormat, NumberKind, Reading, from_e164, from_service, to_e164
from numbering.plans import plan
from numbering.rules import in_words
from provider.panel.admin import PanelAdmin
from provider.panel.asking import object_or_404
from provider.panel.fields import LinesField
from provider.panel.site import page_of

MAX_LINES: Final = 50
LONGEST: Final = 64  # characters of what is dialled; the edge asks for no longer key either

KINDS: Final = {
    NumberKind.NUMBER: _("number"),
    NumberKind.SERVICE: _("service number"),
    NumberKind.EMERGENCY: _("emergency call"),
    NumberKind.UNKNOWN: _("not understood"),
}
CATEGORIES: Final = {
    Category.NATIONAL: _("national"),
    Category.INTERNATIONAL: _("international"),
    Category.PREMIUM: _("premium"),
    Category.SATELLITE: _("satellite"),
    Category.FREEPHONE: _("freephone"),
}


@dataclass(frozen=True, slots=True)
class Tried:
    """One line of the page: what was dialled, how it was read, where it leads, and how this side is sent it."""

    dialled: str
    reading: Reading
    destination: Destination | None
    sent: str

    @property
    def kind(self) -> Any:
        """In words."""
        return KINDS[self.reading.kind]

    @property
    def rule(self) -> str:
        """By which it was read, or why not."""
        return in_words(self.reading.rule)

    @property
    def category(self) -> Any:
        """In words; nothing where it is no number."""
        return CATEGORIES[self.destination.category] if self.destination else ""


class TryForm(forms.Form):
    """What to try."""

    dialled = LinesField(
        label=_("What is dialled"),
        required=False,
        max_length=MAX_LINES * LONGEST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        help_text=_(
            "One a line: 01 1001, 0043 1 1001, +43 1 1001, 133. The side is sent E.164 numbers as the last column says."
        ),
    )

    def clean_dialled(self) -> list[str]:
        """The lines. Raises ValidationError for too many."""
        lines: list[str] = self.cleaned_data["dialled"]
        if len(lines) > MAX_LINES:
            raise forms.ValidationError(_("At most %(n)d lines.") % {"n": MAX_LINES})
        return [line[:LONGEST] for line in lines]


def reading_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """What is asked for by ?dialled=, else what the format's plan was tried with."""
    row = object_or_404(model_admin, request, object_id)
    form = TryForm(request.GET if "dialled" in request.GET else {"dialled": "\n".join(examples(row.plan))})
    lines = form.cleaned_data["dialled"] if form.is_valid() else []
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "original": row,
        "title": _("Try %(name)s") % {"name": row},
        "form": form,
        "tried": [tried(line, row.value) for line in lines],
        "media": model_admin.media + form.media,
        "back": page_of(row),
    }
    return TemplateResponse(request, "admin/try_format.html", context)


def examples(key: str) -> list[str]:
    """What a plan was tried with; nothing without a plan."""
    known = plan(key)
    return [vector["dialled"] for vector in known.vectors] if known else []


def tried(dialled: str, number_format: NumberFormat) -> Tried:
    """One line of the page."""
    reading = to_e164(dialled, number_format)
    if reading.e164 is not None:
        destination = classify(reading.e164, number_format)
        return Tried(dialled, reading, destination, from_e164(reading.e164, number_format))
    if reading.kind is NumberKind.UNKNOWN:
        return Tried(dialled, reading, None, "")
    cost = classify_service(reading.digits, number_format)
    is_dear = reading.kind is NumberKind.SERVICE and cost.category is Category.PREMIUM
    return Tried(dialled, reading, cost if is_dear else None, from_service(reading.digits, number_format))
