"""What may be asked of the statistics, read from a page's or an API operation's query."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from calls.months import is_in_calendar
from calls.statistics import GroupBy, Wanted

LONGEST = timedelta(days=732)
LONGEST_BY_HOUR = timedelta(days=62)
DEFAULT = timedelta(days=7)


class StatisticsForm(forms.Form):
    """Period, what a row stands for, and what narrows it; what is left out has its usual value."""

    begin = forms.DateTimeField(label=_("From (UTC)"), required=False)
    end = forms.DateTimeField(label=_("Until (UTC)"), required=False)
    group_by = forms.ChoiceField(
        label=_("By"),
        required=False,
        choices=[
            (GroupBy.DAY.value, _("day")),
            (GroupBy.HOUR.value, _("hour")),
            (GroupBy.GATEWAY.value, _("gateway")),
            (GroupBy.RESELLER.value, _("reseller")),
            (GroupBy.DESTINATION.value, _("destination")),
        ],
    )
    gateway = forms.IntegerField(label=_("Gateway"), required=False, min_value=1, max_value=2**63 - 1)
    reseller = forms.IntegerField(label=_("Reseller"), required=False, min_value=1, max_value=2**63 - 1)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = now

    def clean(self) -> dict[str, Any]:
        """Whole hours, in an order, and no more than can be summed up at once. Raises ValidationError."""
        data = super().clean() or self.cleaned_data
        group_by = GroupBy(data.get("group_by") or GroupBy.DAY)
        begin, end = period(data.get("begin"), data.get("end"), self._now, longest_of(group_by))
        return data | {"begin": begin, "end": end, "group_by": group_by}

    def wanted(self) -> Wanted:
        """What was asked, once the form is valid."""
        data = self.cleaned_data
        return Wanted(data["begin"], data["end"], data["group_by"], data.get("gateway"), data.get("reseller"))


def period(
    begin: datetime | None, end: datetime | None, now: datetime, longest: timedelta
) -> tuple[datetime, datetime]:
    """Whole hours, the usual ones where nothing is said. Raises ValidationError for times that are none, out of order,
    or further apart than `longest`."""
    for name, moment in (("begin", begin), ("end", end)):
        if moment and not is_in_calendar(moment):
            raise ValidationError({name: _("Write a time between the years 1970 and 9998.")})
    end = end or now + timedelta(hours=1)
    begin = begin or end - DEFAULT
    begin, end = _hour(begin), _hour(end)
    if begin >= end:
        raise ValidationError({"end": _("This is not later than the beginning.")})
    if end - begin > longest:
        raise ValidationError({"begin": _("At most %(days)d days.") % {"days": longest.days}})
    return begin, end


def longest_of(group_by: GroupBy, *, is_counted_anew: bool = False) -> timedelta:
    """What can be summed up at once; less by hour, and of what has to be counted from the calls themselves."""
    return LONGEST_BY_HOUR if group_by is GroupBy.HOUR or is_counted_anew else LONGEST


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
