"""The panel's page with the statistics of calls: figures by time, gateway, reseller or destination, and as CSV."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.models import Reseller
from calls.statistics import Figures, GroupBy, Wanted, statistics, total
from calls.statistics_forms import StatisticsForm
from numbering.plans.countries import countries
from provider.csv_rows import csv_response
from trunking.models import Gateway

MOST_CHOICES = 500
MOST_BARS = 120
HEADER = [
    _("calls"), _("answered"), _("ASR %"), _("NER %"), _("minutes"), _("ACD s"), _("PDD s"), _("PDD s, 95 of 100"),
]  # fmt: skip


class PageForm(StatisticsForm):
    """The same with choices by name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        gateways = Gateway.objects.order_by("name").values_list("pk", "name")[:MOST_CHOICES]
        resellers = Reseller.objects.order_by("name").values_list("pk", "name")[:MOST_CHOICES]
        for name, rows in (("gateway", gateways), ("reseller", resellers)):
            self.fields[name].widget = UnfoldAdminSelectWidget(choices=[("", _("all")), *rows])
        self.fields["group_by"].widget = UnfoldAdminSelectWidget(choices=self.fields["group_by"].choices)  # type: ignore[attr-defined]
        for name in ("begin", "end"):
            self.fields[name].widget = UnfoldAdminTextInputWidget(attrs={"placeholder": "2026-11-23 08:00"})


def urls(site: UnfoldAdminSite) -> list[URLPattern]:
    """The page's address, for administrators alone; provider.urls puts it below the panel's."""
    return [path("statistics/", site.admin_view(lambda request: overview(request, site)), name="statistics")]


def overview(request: HttpRequest, site: UnfoldAdminSite) -> HttpResponseBase:
    """The table, with a chart where it goes by time; as a file with ?format=csv."""
    form = PageForm(request.GET, now=timezone.now())
    found: list[Figures] = []
    wanted: Wanted | None = None
    if form.is_valid():
        wanted = form.wanted()
        found = statistics(request.user, wanted, timezone.now())  # type: ignore[arg-type]  # administrators alone
    names = _Names(found, wanted)
    if wanted is not None and request.GET.get("format") == "csv":
        rows = ([names.of(one), *_cells(one)] for one in found)
        return csv_response("statistics", [gettext("of"), *map(str, HEADER)], rows)
    query = request.GET.copy()
    query["format"] = "csv"
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("Statistics"),
        "form": form,
        "media": forms.Media(),
        "header": HEADER,
        "rows": [(names.of(one), *_cells(one)) for one in found],
        "total": _cells(total(found)) if found and _can_be_added(wanted) else None,
        "bars": _bars(found, names) if wanted and wanted.group_by in (GroupBy.HOUR, GroupBy.DAY) else [],
        "csv": f"?{query.urlencode()}",
    }
    return TemplateResponse(request, "admin/statistics.html", context)


class _Names:
    """What rows are called: the names of gateways and resellers in one query."""

    def __init__(self, figures: list[Figures], wanted: Wanted | None) -> None:
        self._by = wanted.group_by if wanted else GroupBy.DAY
        keys = [one.key for one in figures]
        self._known: dict[int, str] = {}
        if self._by is GroupBy.GATEWAY:
            self._known = dict(Gateway.objects.filter(pk__in={key for key, _way in keys}).values_list("pk", "name"))
        elif self._by is GroupBy.RESELLER:
            self._known = dict(Reseller.objects.filter(pk__in=keys).values_list("pk", "name"))

    def of(self, one: Figures) -> str:
        """In words."""
        if self._by is GroupBy.HOUR:
            return f"{one.key:%Y-%m-%d %H}:00"
        if self._by is GroupBy.DAY:
            return f"{one.key:%Y-%m-%d}"
        if self._by is GroupBy.GATEWAY:
            gateway, way = one.key
            return f"{self._known.get(gateway, gateway)}, {gettext('in') if way == 'in' else gettext('out')}"
        if self._by is GroupBy.RESELLER:
            return str(self._known.get(one.key, one.key))
        return _destination(one.key)


def _destination(key: str) -> str:
    if not key:
        return gettext("no number")
    name = _names_of_countries().get(key)
    return key if name is None else f"{name} ({key})"


@cache
def _names_of_countries() -> dict[str, str]:
    """By ISO code; of those that have several the first name."""
    known = countries()
    names: dict[str, str] = {}
    for one in (*known.in_plans.values(), *known.by_digits.values()):
        names.setdefault(one.iso, one.name)
    return names


def _can_be_added(wanted: Wanted | None) -> bool:
    """A call between resellers is both's, one by several gateways is all of theirs."""
    return wanted is not None and wanted.group_by not in (GroupBy.RESELLER, GroupBy.GATEWAY)


def _cells(one: Figures) -> list[Any]:
    shown = [_rounded(one.asr), _rounded(one.ner), round(one.minutes, 1), _rounded(one.acd), _rounded(one.pdd)]
    return [one.attempts, one.answered, *shown, "" if one.pdd_95 is None else f"≤ {one.pdd_95}"]


def _rounded(value: float | None) -> float | str:
    return "" if value is None else round(value, 1)


def _bars(found: list[Figures], names: _Names) -> list[dict[str, Any]]:
    last = found[-MOST_BARS:]
    most = max((one.attempts for one in last), default=0) or 1
    return [
        {
            "label": names.of(one),
            "answered": one.answered,
            "other": one.attempts - one.answered,
            "answered_height": 100 * one.answered // most,
            "other_height": 100 * (one.attempts - one.answered) // most,
        }
        for one in last
    ]
