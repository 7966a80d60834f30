"""A page of the panel that asks before something is done: a sentence, perhaps a form, a button and a way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise

from provider.panel.admin import PanelAdmin
from provider.panel.site import list_of, page_of

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Question:
    """What the page says and asks."""

    title: Text
    text: Text
    button: Text
    form: Form
    is_dangerous: bool = False


def object_or_404(model_admin: PanelAdmin, request: HttpRequest, object_id: str) -> Any:
    """The object that the page is about. Raises Http404."""
    found = model_admin.get_object(request, object_id)
    if found is None:
        raise Http404
    return found


def ask(request: HttpRequest, model_admin: PanelAdmin, obj: Model | None, question: Question) -> HttpResponse:
    """The page. obj: what it is about, None: the list as a whole."""
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "original": obj,
        "title": question.title,
        "question": question,
        "media": model_admin.media + question.form.media,
        "back": list_of(model_admin.model) if obj is None else page_of(obj),
    }
    return TemplateResponse(request, "admin/question.html", context)


def add_refusal(form: Form, refusal: ValidationError) -> None:
    """Puts what an action refused where the form shows it: beside the fields it has, else above."""
    if not hasattr(refusal, "error_dict"):
        form.add_error(None, refusal)
        return
    for field, errors in refusal.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)
