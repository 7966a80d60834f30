"""The panel's first page: how many subscribers and numbers there are, what is live now, how the last day went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncHour
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from calls import cells
from calls.models import Call
from calls.outcomes import outcome_of
from numbering.models import NumberAssignment, PhoneNumber
from provider.panel.counting import about
from subscribers.models import Binding, Subscriber
from trunking.health import TONES, answers, registration
from trunking.models import Gateway, Route

LAST_CALLS = 10
HOURS = 24


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the dashboard with its name, what stands below it, and where it leads."""

    name: str | Promise
    value: int
    more: str
    icon: str
    link: str
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class Hour:
    """The calls that began in an hour; heights are percent of the busiest hour."""

    label: str
    answered: int
    other: int
    answered_height: int
    other_height: int


def add_figures(_request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's dashboard callback: the context with our figures."""
    now = timezone.now()
    hours = calls_by_hour(now)
    calls = sum(hour.answered + hour.other for hour in hours)
    answered = sum(hour.answered for hour in hours)
    return context | {
        "figures": figures(calls, answered),
        "hours": hours,
        "last_calls": last_calls(),
        "gateways": gateways(),
        "steps": first_steps(),
    }


def figures(calls: int, answered: int) -> list[Figure]:
    """The row of numbers on top."""
    numbers, assigned = about(PhoneNumber.objects.all()), about(NumberAssignment.objects.current())
    registered, live = about(Binding.objects.current()), Call.objects.open().count()
    free = _("%(n)d free") % {"n": max(0, numbers - assigned)}
    ratio = _("%(n)d %% answered") % {"n": round(100 * answered / calls)} if calls else _("none yet")
    return [
        Figure(
            _("Phones registered"), registered, _("now"), "phonelink_ring", _list("subscribers_binding"), is_live=True
        ),
        Figure(
            _("Calls now"),
            live,
            _("ringing or talking"),
            "phone_in_talk",
            _list("calls_call") + "?live=yes",
            is_live=True,
        ),
        Figure(_("Calls in 24 hours"), calls, ratio, "call_log", _list("calls_call")),
        Figure(
            _("Subscribers"),
            about(Subscriber.objects.all()),
            _("in all domains"),
            "deskphone",
            _list("subscribers_subscriber"),
        ),
        Figure(_("Numbers assigned"), assigned, free, "dialpad", _list("numbering_phonenumber")),
    ]


def last_calls() -> list[dict[str, Any]]:
    """The rows of the table of calls."""
    calls = Call.objects.select_related(*cells.RELATED).order_by("-started_at", "-id")[:LAST_CALLS]
    return [
        {
            "link": reverse("admin:calls_call_change", args=[call.pk]),
            "started_at": call.started_at,
            "caller": cells.caller_cell(call),
            "callee": cells.callee_cell(call),
            "outcome": outcome_of(call),
            "label": cells.TONES[outcome_of(call).tone],
            "talked": cells.talked(call) or "-",
        }
        for call in calls
    ]


def calls_by_hour(now: datetime) -> list[Hour]:
    """The last 24 hours, the oldest first; hours without calls are there too."""
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    rows = (
        Call.objects.began(since=first)
        .annotate(hour=TruncHour("started_at"))
        .values("hour")
        .annotate(total=Count("id"), answered=Count("id", filter=Q(answered_at__isnull=False)))
        .order_by("hour")
    )
    by_hour = {row["hour"]: (row["answered"], row["total"] - row["answered"]) for row in rows}
    most = max((sum(pair) for pair in by_hour.values()), default=0) or 1
    wanted = [first + timedelta(hours=step) for step in range(HOURS)]
    return [_hour(hour, *by_hour.get(hour, (0, 0)), most) for hour in wanted]


def gateways() -> list[dict[str, Any]]:
    """Each gateway with the calls that stand on it now."""
    live: Counter[int | None] = Counter()
    for call_in, call_out in Call.objects.open().values_list("gateway_in_id", "gateway_out_id"):
        live.update(gateway for gateway in (call_in, call_out) if gateway is not None)
    listed = Gateway.objects.select_related("carrier").prefetch_related("states").order_by("name")[:LAST_CALLS]
    return [
        {
            "link": reverse("admin:trunking_gateway_change", args=[gateway.pk]),
            "name": gateway.name,
            "carrier": gateway.carrier.name,
            "is_active": gateway.is_active,
            "calls": live[gateway.pk],
            "troubles": _troubles(gateway),
        }
        for gateway in listed
    ]


def _troubles(gateway: Gateway) -> list[tuple[str, str]]:
    """What is wrong with a gateway that is in use: a label's tone, and in words."""
    states = gateway.states.all()
    found = filter(None, (answers(gateway, states), registration(gateway, states)))
    return [(TONES[key] or "", str(words)) for key, words in found if key in ("down", "partly")]


def first_steps() -> list[tuple[str, str]]:
    """What is still missing before a phone can be called from the telephone network: sentence and address."""
    steps = []
    if not Subscriber.objects.exists():
        steps.append((_("Add a subscriber, so that a phone can register."), _add("subscribers_subscriber")))
    if not PhoneNumber.objects.exists():
        steps.append((_("Add a phone number and assign it."), _add("numbering_phonenumber")))
    if not Gateway.objects.filter(is_active=True).exists():
        steps.append((_("Add a gateway, so that calls come in."), _add("trunking_gateway")))
    if not Route.objects.filter(is_active=True).exists():
        steps.append((_("Add a route, so that calls go out."), _add("trunking_route")))
    return steps


def binding_badge(_request: HttpRequest) -> str:
    """How many phones are registered, for the sidebar."""
    return str(about(Binding.objects.current()))


def call_badge(_request: HttpRequest) -> str:
    """How many calls stand, for the sidebar."""
    return str(Call.objects.open().count())


def _hour(hour: datetime, answered: int, other: int, most: int) -> Hour:
    return Hour(timezone.localtime(hour).strftime("%H"), answered, other, 100 * answered // most, 100 * other // most)


def _list(model: str) -> str:
    return reverse(f"admin:{model}_changelist")


def _add(model: str) -> str:
    return reverse(f"admin:{model}_add")
