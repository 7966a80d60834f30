"""The panel's page that explains a call that nobody has made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from accounts.models import User
from calls.explain import words
from calls.explain.answer import explain
from calls.explain.explanation import Follow, Stage, Target
from calls.explain.question import METHODS, MOST_TEXT, Question
from calls.steps import Said, said
from provider.panel.asking import add_refusal
from trunking.models import Gateway

TONES = {"up": "success", "partly": "warning", "down": "danger", "unknown": None}
VERDICTS = {"refused": "danger", "nothing": "warning", "more": "warning"}
MOST_GATEWAYS = 200


def _text(label: Any, help_text: Any = "", *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=MOST_TEXT, help_text=help_text, widget=UnfoldAdminTextInputWidget
    )


class ExplainForm(forms.Form):
    """The question; what it is asked for by GET is a link that can be kept."""

    caller = _text(_("Who calls"), _("user@domain; a number is a call from outside, unless it is one of yours."))
    callee = _text(_("What is dialled"), _("Digits as dialled, user@domain, or a SIP URI."), required=True)
    gateway = forms.ChoiceField(
        label=_("Comes in by"), required=False, widget=UnfoldAdminSelectWidget, help_text=_("For calls from outside.")
    )
    shows = _text(_("Wants to be shown by"), _("Empty: its main number."))
    at = forms.DateTimeField(
        label=_("When (UTC)"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2026-12-24 18:00"}),
        help_text=_("Empty: now. For routes with a time window."),
    )
    method = forms.ChoiceField(
        label=_("What is sent"), required=False, choices=[(one, one) for one in METHODS], widget=UnfoldAdminSelectWidget
    )
    is_anonymous = forms.BooleanField(label=_("The caller hides"), required=False, widget=UnfoldBooleanSwitchWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Gateway.objects.filter(is_active=True).order_by("name").values_list("name", flat=True)[:MOST_GATEWAYS]
        self.fields["gateway"].choices = [("", _("no gateway in particular")), *((name, name) for name in names)]  # type: ignore[attr-defined]

    def question(self) -> Question:
        """What was asked. For a form that is valid."""
        data = self.cleaned_data
        return Question(**data | {"method": data["method"] or "INVITE"})


def urls(site: UnfoldAdminSite) -> list[URLPattern]:
    """The address of this page, for administrators alone; provider.urls puts it below the panel's."""
    return [path("explain/", site.admin_view(lambda request: page(request, site)), name="explain")]


def page(request: HttpRequest, site: UnfoldAdminSite) -> HttpResponse:
    """The form, and the answer to what it was sent with."""
    # A link may name one side alone and leave the other to whoever follows it.
    is_asked = "callee" in request.GET and len(request.GET) > 1
    form = ExplainForm(request.GET if is_asked else None, initial=request.GET.dict())
    context: dict[str, Any] = {**site.each_context(request), "title": _("Explain a call"), "form": form}
    if form.is_bound and form.is_valid():
        try:
            found = explain(form.question(), cast(User, request.user))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            context |= {
                "heading": words.title(found),
                "rungs": rungs(found.stage),
                "states": [(one.is_up, words.state(one)) for one in found.states],
            }
    context["media"] = form.media
    return TemplateResponse(request, "admin/explain.html", context)


def rungs(stage: Stage, depth: int = 0, after: str = "") -> list[dict[str, Any]]:
    """A stage and what follows on it, as the page's ladder shows them. depth: how many failures came before."""
    found = [
        {
            "depth": depth,
            "after": after,
            "steps": _steps(stage),
            "verdict": words.verdict(stage),
            "label": VERDICTS.get(stage.verdict, "success"),
            "groups": [list(_all(group)) for group in stage.groups],
            "shares": [words.share(one) for shares in stage.shares for one in shares],
        }
    ]
    for follow in stage.follows:
        found += _following(follow, depth + 1)
    return found


def _following(follow: Follow, depth: int) -> list[dict[str, Any]]:
    return rungs(follow.stage, depth, words.after(follow.conditions))


def _all(group: tuple[Target, ...]) -> Iterator[dict[str, Any]]:
    for target in group:
        yield _target(target)
        for other in target.others:
            yield _target(other) | {"is_other": True}


def _steps(stage: Stage) -> list[Said]:
    return [said(step) for step in stage.steps]


def _target(target: Target) -> dict[str, Any]:
    return {
        "target": target,
        "state": words.STATES.get(target.state, ""),
        "label": TONES.get(target.state),
        "limit": words.limits(target),
        "fields": [(field, words.PLACES[field.place]) for field in target.fields],
    }
