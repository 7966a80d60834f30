"""The panel's page that tries a number format: what is dialled, and what the platform makes of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from numbering.trying import LONGEST, MAX_LINES, examples, tried
from provider.panel.admin import PanelAdmin
from provider.panel.asking import object_or_404
from provider.panel.fields import LinesField
from provider.panel.site import page_of


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
