"""The panel's page about security: who is banned, what hostile things happened, and an administrator's say in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts import security
from accounts.security import SecurityUnavailable
from provider.panel.asking import Question
from sipedge.guards.bans import Ban
from sipedge.guards.events import Kind
from sipedge.guards.guard import GuardLimits
from sipedge.guards.sources import source_of
from trunking.models import GatewaySource

KINDS: dict[str, tuple[str | Promise, str]] = {
    Kind.LOGIN_FAILED: (_("Login failed"), "warning"),
    Kind.LOGIN_BLOCKED: (_("Login not checked"), "warning"),
    Kind.BANNED: (_("Banned"), "danger"),
    Kind.LIFTED: (_("Ban lifted"), "success"),
    Kind.RATE_LIMITED: (_("Too many requests"), "danger"),
    Kind.USER_AGENT: (_("Banned User-Agent"), "danger"),
    Kind.FORGED_DIALOG: (_("Forged dialog"), "danger"),
    Kind.RELAY_REFUSED: (_("Relay refused"), "danger"),
    Kind.REPLAY: (_("Credentials replayed"), "warning"),
    Kind.LOOP: (_("Loop"), "info"),
    Kind.BROKEN_MESSAGE: (_("Broken message"), "info"),
}
"""Each kind in words, and the colour of its label."""

MINUTE, HOUR, DAY = 60, 3600, 86_400
DURATIONS = [
    (10 * MINUTE, _("10 minutes")),
    (HOUR, _("1 hour")),
    (DAY, _("1 day")),
    (30 * DAY, _("30 days")),
]
AWAY = _("Redis does not answer. The edges go on with what they know; nothing was changed. Try again in a moment.")


@dataclass(frozen=True, slots=True)
class BanRow:
    """A row of the table of bans."""

    ban: Ban
    since: datetime
    until: datetime

    @property
    def link(self) -> str:
        """Where it is lifted."""
        return reverse("security_lift", query={"source": self.ban.source})


class FilterForm(forms.Form):
    """What narrows the list of events. What is not understood narrows nothing."""

    kind = forms.ChoiceField(label=_("What"), required=False, widget=UnfoldAdminSelectWidget)
    source = forms.CharField(label=_("Source"), required=False, max_length=64, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(str(kind), words) for kind, (words, _colour) in KINDS.items()]
        self.fields["kind"].choices = [("", _("everything")), *kinds]  # type: ignore[attr-defined]
        self.fields["source"].widget.attrs["placeholder"] = _("beginning of an address")

    def chosen(self) -> dict[str, str]:
        """The filters in effect, without the empty ones."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class BanForm(forms.Form):
    """Banning by hand."""

    source = forms.GenericIPAddressField(
        label=_("Address"),
        widget=UnfoldAdminTextInputWidget,
        help_text=_("An IPv4 or IPv6 address. Of IPv6 the whole /64 is banned, which is one customer's."),
    )
    seconds = forms.TypedChoiceField(
        label=_("For how long"), choices=DURATIONS, coerce=int, initial=HOUR, widget=UnfoldAdminSelectWidget
    )
    why = forms.CharField(
        label=_("Why"), max_length=100, widget=UnfoldAdminTextInputWidget, help_text=_("Shown in the table of bans.")
    )

    def clean_source(self) -> str:
        """The source as edges know it. Raises ValidationError for a gateway's, which edges never ban."""
        host: str = self.cleaned_data["source"]
        address = ip_address(host)
        for network, name in GatewaySource.objects.values_list("network", "gateway__name"):
            if address in ip_network(network):
                raise ValidationError(
                    _("This is an address of the gateway %(name)s, which edges never ban. Suspend it instead."),
                    params={"name": name},
                )
        return source_of(host)


def urls(site: UnfoldAdminSite) -> list[URLPattern]:
    """The addresses of these pages, for administrators alone; provider.urls puts them below the panel's."""

    def page(view: Any) -> Any:
        return site.admin_view(lambda request: view(request, site))

    return [
        path("security/", page(overview), name="security"),
        path("security/ban/", page(ban), name="security_ban"),
        path("security/lift/", page(lift), name="security_lift"),
    ]


def overview(request: HttpRequest, site: UnfoldAdminSite) -> HttpResponse:
    """Bans and events."""
    form = FilterForm(request.GET)
    chosen = form.chosen()
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("Security"),
        "form": form,
        "chosen": chosen,
        "limits": GuardLimits(),
    }
    try:
        context["bans"] = [_row(one) for one in security.active_bans()]
        shown = security.events(**chosen, before=_key(request.GET.get("before", "")))
        context["events"] = [(event, *KINDS.get(event.kind, (event.kind, "info"))) for event in shown.events]
        context["older"] = reverse("security", query={**chosen, "before": shown.older}) if shown.older else ""
    except SecurityUnavailable:
        context["away"] = AWAY
    return TemplateResponse(request, "admin/security.html", context)


def ban(request: HttpRequest, site: UnfoldAdminSite) -> HttpResponse:
    """Asks whom to ban, and does it."""
    form = BanForm(request.POST or None, initial={"source": request.GET.get("source", "")})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = security.ban_source(data["source"], data["seconds"], data["why"], request.user.get_username())
        except SecurityUnavailable:
            form.add_error(None, str(AWAY))
        else:
            messages.success(request, gettext("%(source)s is banned.") % {"source": made.source})
            return redirect("security")
    question = Question(
        title=_("Ban a source"),
        text=_("The edges drop what it sends and close its connections. Phones that are registered from there go on."),
        button=_("Ban it"),
        form=form,
        is_dangerous=True,
    )
    return _ask(request, site, question)


def lift(request: HttpRequest, site: UnfoldAdminSite) -> HttpResponse:
    """Asks whether to lift the ban of the source in the query, and does it."""
    source = request.GET.get("source", "")[:64]
    try:
        found = security.active_ban(source)
        if found is not None and request.method == "POST":
            security.lift_ban(found, request.user.get_username())
            messages.success(request, gettext("%(source)s is served again.") % {"source": source})
            return redirect("security")
    except SecurityUnavailable:
        messages.error(request, AWAY)
        return redirect("security")
    if found is None:
        raise Http404(gettext("This source is not banned; perhaps somebody lifted the ban, or it ended."))
    text = gettext("It was banned for: %(why)s. It is served again at once, and its failed logins are forgotten.")
    question = Question(
        title=gettext("Lift the ban of %(source)s") % {"source": found.source},
        text=text % {"why": found.why},
        button=_("Lift the ban"),
        form=forms.Form(),
    )
    return _ask(request, site, question)


def _ask(request: HttpRequest, site: UnfoldAdminSite, question: Question) -> HttpResponse:
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": question.title,
        "question": question,
        "media": question.form.media,
        "back": reverse("security"),
    }
    return TemplateResponse(request, "admin/question.html", context)


def _row(one: Ban) -> BanRow:
    return BanRow(one, datetime.fromtimestamp(one.since, UTC), datetime.fromtimestamp(one.until, UTC))


def _key(text: str) -> str:
    """A key of a stream's entry, '' for anything else."""
    first, dash, second = text.partition("-")
    is_key = dash and all(part.isascii() and part.isdecimal() and len(part) < 20 for part in (first, second))
    return text if is_key else ""
