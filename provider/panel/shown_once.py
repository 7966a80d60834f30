"""A page with a secret that nobody can read again: the answer to the very request that made it, kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise

from provider.panel.admin import PanelAdmin

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Secret:
    """What the page shows: labelled values to copy, and where to go on (the model's list without an address)."""

    title: Text
    intro: Text
    rows: Sequence[tuple[Text, str]]
    back: str = ""


def show_once(request: HttpRequest, model_admin: PanelAdmin, secret: Secret) -> HttpResponse:
    """The page; browsers and proxies must not keep it."""
    meta = model_admin.opts
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "opts": meta,
        "title": secret.title,
        "secret": secret,
        "back": secret.back or reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"),
    }
    response = TemplateResponse(request, "admin/shown_once.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response
