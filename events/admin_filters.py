"""The filters of the panel's lists of events and deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as filter_label
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateTimeFilter
from unfold.contrib.filters.forms import AutocompleteDropdownForm
from unfold.utils import parse_datetime_str

from accounts.models import Reseller
from calls.months import is_in_calendar
from events.choices import DeliveryStatus
from events.models import Delivery, Event, Webhook
from events.querysets import DeliveryQuerySet, EventQuerySet
from events.types import EVENT_TYPES

LOOKED_AT: Final = 10_000
"""Rows, the newest that the other filters leave, that are looked through for what no index finds."""


class HappenedFilter(RangeDateTimeFilter):
    """Events of a span of time; a day without a time counts from its beginning, or to its end."""

    def queryset(self, request: HttpRequest, queryset: EventQuerySet[Event]) -> EventQuerySet[Event]:  # noqa: ARG002
        """The events of that span, the last second included; an end that is no time does not narrow."""
        begin, end = self._moment("from", "00:00:00"), self._moment("to", "23:59:59")
        return queryset.happened(begin, None if end is None else end + timedelta(seconds=1))

    def _moment(self, side: str, default_time: str) -> datetime | None:
        day, time = (self.used_parameters.get(f"{self.parameter_name}_{side}_{part}") for part in (0, 1))
        parsed = parse_datetime_str(f"{day} {time or default_time}")
        moment = timezone.make_aware(parsed) if parsed is not None else None
        return moment if moment is not None and is_in_calendar(moment) else None


class ResellerFilter(admin.SimpleListFilter):
    """Events of a reseller and its customers, found by typing the beginning of its name; in an address also by its id,
    of one that is gone too."""

    title = _("Reseller")
    parameter_name = "reseller"
    template = "unfold/filters/filters_field.html"

    def __init__(self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self._request, self._model_admin = request, model_admin
        self._uid, self._key = _reseller(self.value() or "")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        """None in the page: there may be thousands."""
        return []

    def has_output(self) -> bool:
        """Always a field to type into."""
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:  # noqa: ARG002 - the signature of Django
        """The field; it asks for names as a webhook's does."""
        yield {
            "form": AutocompleteDropdownForm(
                request=self._request,
                label=filter_label(" By %(filter_title)s ") % {"filter_title": self.title},
                name=self.parameter_name,
                choices=(),
                field=Webhook._meta.get_field("reseller"),
                model_admin=self._model_admin,
                data={self.parameter_name: self._key},
            )
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:  # noqa: ARG002
        """The events of the chosen one."""
        return queryset.filter(reseller=self._uid) if self._uid is not None else queryset


class TypeFilter(DropdownFilter):
    """Events of a type, or of all that begin alike; no index knows types, so not all of the feed is looked through."""

    title = _("Type, among the newest")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        """Each kind of thing, followed by its own types."""
        names: dict[str, list[str]] = {}
        for one in EVENT_TYPES:
            kind = one.name.partition(".")[0]
            names.setdefault(kind, [f"{kind}.*"]).append(one.name)
        return [(name, name) for some in names.values() for name in some]

    def queryset(self, request: HttpRequest, queryset: EventQuerySet[Event]) -> EventQuerySet[Event]:  # noqa: ARG002
        """The events of the chosen type."""
        chosen = self.value()
        known = dict(self.lookup_choices)
        return queryset.newest(LOOKED_AT).of_types([chosen]) if chosen in known else queryset


class StatusFilter(DropdownFilter):
    """Deliveries of which this became; no index knows that of all, so not all are looked through."""

    title = _("Status, among the newest")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        """The statuses."""
        return list(DeliveryStatus.choices)

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002 - the signature of Django
        queryset: DeliveryQuerySet[Delivery],
    ) -> DeliveryQuerySet[Delivery]:
        """The deliveries with the chosen status."""
        chosen = self.value()
        return queryset.newest(LOOKED_AT).filter(status=chosen) if chosen in DeliveryStatus.values else queryset


def uuid_of(text: str) -> UUID | None:
    """The id that a text is; None for what is none."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def _reseller(text: str) -> tuple[UUID | None, int | None]:
    """Of the key or the id of a reseller its id, and its key as long as it is there; None, None for neither."""
    is_key = text.isascii() and text.isdigit() and len(text) < 19
    uid = None if is_key else uuid_of(text)
    known = Reseller.objects.filter(**({"pk": int(text)} if is_key else {"uid": uid}))
    found = known.values_list("uid", "pk").first()
    return found or (uid, None)
