"""The panel's pages that do something with a webhook or a delivery: each asks, does it, and notes who did it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from events.actions import change_webhook, ping, replay, replay_since
from events.days import kept_since
from events.models import Delivery, Webhook
from provider.panel.admin import PanelAdmin
from provider.panel.asking import Question, add_refusal, ask, object_or_404
from provider.panel.site import page_of


class SinceForm(forms.Form):
    """From when on."""

    since = forms.DateTimeField(
        label=_("Since (UTC)"),
        help_text=_("Day and time, such as 2026-11-23 08:00"),
        widget=UnfoldAdminTextInputWidget,
    )


def switch_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Switches a webhook off, or on again."""
    webhook: Webhook = object_or_404(model_admin, request, object_id)
    if webhook.is_active:
        text = _(
            "Nothing is sent any more. What happens meanwhile is sent when it is on again, for as long as it is kept."
        )
        question = Question(_("Switch this webhook off?"), text, _("Switch off"), _empty(request), is_dangerous=True)
    else:
        text = _("Its failures are forgotten, and it goes on where it stopped: all that happened since is sent.")
        question = Question(_("Switch this webhook on?"), text, _("Switch on"), _empty(request))

    def switch(_form: forms.Form) -> tuple[str, str]:
        changed = change_webhook(webhook, is_active=not webhook.is_active)
        if changed.is_active:
            return gettext("The webhook is on."), "switched on"
        return gettext("The webhook is off."), "switched off"

    return _carried_out(request, model_admin, webhook, question, switch)


def ping_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Has something sent that tells of nothing; what becomes of it stands on its own page."""
    webhook: Webhook = object_or_404(model_admin, request, object_id)
    text = _(
        "Its server is sent an event of the type ping, which tells of nothing, within seconds, though it may fail."
    )
    question = Question(_("Try this webhook out?"), text, _("Send a ping"), _empty(request))
    made: list[Delivery] = []

    def send(_form: forms.Form) -> tuple[str, str]:
        made.append(ping(webhook))
        return gettext("The ping is on its way. Load this page again to see what came of it."), "pinged"

    answer = _carried_out(request, model_admin, webhook, question, send)
    return redirect(page_of(made[0])) if made else answer


def replay_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Has all sent once more that happened since a time."""
    webhook: Webhook = object_or_404(model_admin, request, object_id)
    form = SinceForm(request.POST if request.method == "POST" else None)
    text = _(
        "All that happened since then, and that it wants, is sent again in its order, before what is new. Its server "
        "sees the same ids. Events are kept since %(since)s."
    ) % {"since": f"{kept_since(timezone.now()):%Y-%m-%d %H:%M}"}
    question = Question(_("Send again what happened since …"), text, _("Send again"), form)

    def go_back(form: forms.Form) -> tuple[str, str]:
        since: datetime = replay_since(webhook, form.cleaned_data["since"])
        _warn_if_off(request, webhook)
        return gettext("All since %(since)s is sent again.") % {"since": f"{since:%Y-%m-%d %H:%M:%S}"}, f"since {since}"

    return _carried_out(request, model_admin, webhook, question, go_back)


def send_again_page(request: HttpRequest, model_admin: PanelAdmin, object_id: str) -> HttpResponse:
    """Has one delivery done once more."""
    delivery: Delivery = object_or_404(model_admin, request, object_id)
    text = _("%(delivery)s: it is sent once more, with its attempts counted anew. The server sees the same id.")
    question = Question(_("Send this once more?"), text % {"delivery": delivery}, _("Send again"), _empty(request))

    def again(_form: forms.Form) -> tuple[str, str]:
        replay(delivery)
        _warn_if_off(request, delivery.webhook)
        return gettext("It is sent again. Load this page again to see what came of it."), "sent again"

    return _carried_out(request, model_admin, delivery, question, again)


def send_again(request: HttpRequest, deliveries: list[Delivery]) -> int:
    """Have these done once more; return how many are. Says why the others are not."""
    done = 0
    for delivery in deliveries:
        try:
            replay(delivery)
            done += 1
        except ValidationError as refused:
            messages.error(request, f"{delivery}: {' '.join(refused.messages)}")
    for webhook in {one.webhook_id: one.webhook for one in deliveries}.values():
        _warn_if_off(request, webhook)
    return done


def _empty(request: HttpRequest) -> forms.Form:
    return forms.Form(request.POST if request.method == "POST" else None)


def _warn_if_off(request: HttpRequest, webhook: Webhook) -> None:
    if not webhook.is_active:
        messages.warning(request, gettext("%(webhook)s is off: nothing is sent until it is on.") % {"webhook": webhook})


def _carried_out(
    request: HttpRequest, model_admin: PanelAdmin, row: Any, question: Question, do: Callable[[Any], tuple[str, str]]
) -> HttpResponse:
    """Ask (GET), then do it (POST), and go back to the row's page. do: gives what is said, and what is noted."""
    form = question.form
    if request.method == "POST" and form.is_valid():
        try:
            said, noted = do(form)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            model_admin.log_change(request, row, noted)
            messages.success(request, said)
            return redirect(page_of(row))
    return ask(request, model_admin, row, question)
