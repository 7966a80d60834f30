"""The panel's page that ends a call: it asks, waits for the edge, and says so when the edge does not answer."""

from __future__ import annotations

import time

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from calls.actions import hang_up, mark_ended
from calls.models import Call
from provider.panel.admin import PanelAdmin
from provider.panel.asking import Question, ask, object_or_404
from provider.panel.site import page_of

PATIENCE = 5  # seconds that an edge may take
MARK = "mark"


def hang_up_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Asks, then waits by asking again each second. `asked`: when the edge was told, in seconds since the epoch."""
    call: Call = object_or_404(model_admin, request, object_id)
    asked = _seconds(request.GET.get("asked", ""))
    if call.ended_at is not None:
        messages.success(request, gettext("The call has ended."))
        return redirect(page_of(call))
    if request.method == "POST":
        who = request.user.get_username()
        if asked is not None and MARK in request.GET:
            mark_ended(call, who)
            messages.success(request, gettext("The call is marked as ended."))
            return redirect(page_of(call))
        hang_up(call, who)
        return redirect(f"{request.path}?asked={int(time.time())}")
    if asked is None:
        return ask(request, model_admin, call, _question(call))
    if 0 <= time.time() - asked <= PATIENCE:
        context = {
            **model_admin.admin_site.each_context(request),
            "opts": model_admin.opts,
            "original": call,
            "title": _("Ending the call"),
            "edge": call.edge,
        }
        return TemplateResponse(request, "admin/calls/call/ending.html", context)
    if MARK not in request.GET:
        return redirect(f"{request.path}?asked={asked}&{MARK}=1")
    return ask(request, model_admin, call, _question_to_mark(call))


def hang_up_link(call: Call) -> str:
    """Where a call is ended."""
    return reverse("admin:calls_call_hang_up", args=[call.pk])


def _question(call: Call) -> Question:
    return Question(
        _("End this call?"),
        _("%(call)s: both sides are told at once, and what rings stops ringing.") % {"call": call},
        _("End the call"),
        forms.Form(),
        is_dangerous=True,
    )


def _question_to_mark(call: Call) -> Question:
    text = _(
        "The edge %(edge)s did not say within %(seconds)d seconds that it ended the call. If it is gone, mark the call "
        "as ended: it counts no more. The phones are not told; if they still talk, they go on."
    )
    return Question(
        _("The edge does not answer"),
        text % {"edge": call.edge or "-", "seconds": PATIENCE},
        _("Mark the call as ended"),
        forms.Form(),
        is_dangerous=True,
    )


def _seconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None
