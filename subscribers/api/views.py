"""Subscribers and registrations in the API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django_filters import CharFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request

from accounts.choices import Area
from accounts.models import Customer, Reseller
from provider.api.filters import ReferenceFilter, YesNoFilter
from provider.api.viewset import CSV_FILE
from provider.api.writing import Removing, WritableViewSet
from provider.csv_rows import csv_response
from subscribers import exports
from subscribers.actions import remove_binding
from subscribers.api.serializers import NewSubscriberSerializer, RegistrationSerializer, SubscriberSerializer
from subscribers.choices import PhoneTransport
from subscribers.models import Binding, Domain, Subscriber


class SubscriberFilter(FilterSet):
    """What subscribers can be narrowed by."""

    username = CharFilter(help_text="The whole user name.")
    domain = ReferenceFilter(Domain, field_name="domain", help_text="The domain's id.")
    customer = ReferenceFilter(Customer, field_name="customer", help_text="The customer's id.")
    reseller = ReferenceFilter(Reseller, field_name="reseller", help_text="The reseller's id.")
    number = CharFilter(help_text="A number in E.164 that it has now.", method="having_number")
    is_active = YesNoFilter()

    def having_number(self, rows: QuerySet[Any], _name: str, e164: str) -> QuerySet[Any]:
        """The subscriber that has this number."""
        return rows.having_number(e164)  # type: ignore[attr-defined, no-any-return]


class BuyerFilter(ReferenceFilter):
    """Registrations of a customer's subscribers."""

    def of(self, rows: QuerySet[Any], key: int) -> QuerySet[Any]:
        """Those of the customer with this key."""
        return rows.of_customer(key)  # type: ignore[attr-defined, no-any-return]


class DomainFilter(ReferenceFilter):
    """Registrations of a domain's subscribers."""

    def of(self, rows: QuerySet[Any], key: int) -> QuerySet[Any]:
        """Those in the domain with this key."""
        return rows.of_subscribers(Subscriber.objects.filter(domain_id=key))  # type: ignore[attr-defined, no-any-return]


class RegistrationFilter(FilterSet):
    """What registrations can be narrowed by."""

    subscriber = ReferenceFilter(Subscriber, field_name="subscriber", help_text="The subscriber's id.")
    customer = BuyerFilter(Customer, help_text="The customer's id.")
    domain = DomainFilter(Domain, help_text="The domain's id.")
    transport = ChoiceFilter(choices=PhoneTransport.choices)


@extend_schema_view(create=extend_schema(responses={201: NewSubscriberSerializer}))
class SubscriberViewSet(WritableViewSet):
    """Accounts that phones register to."""

    areas = [Area.SUBSCRIBERS]
    queryset = Subscriber.objects.select_related("domain", "customer", "reseller")
    serializer_class = SubscriberSerializer
    filterset_class = SubscriberFilter
    orderings = {"username": "username"}
    default_ordering = "username"
    search_lookups = ["username__startswith"]

    @extend_schema(responses=CSV_FILE, filters=True)
    @action(detail=False, pagination_class=None, areas=[Area.SUBSCRIBERS, Area.ACCOUNTS, Area.NUMBERS])
    def export(self, request: Request) -> StreamingHttpResponse:
        """The subscribers that the filters leave as CSV, by user name, with the columns of an import: user name,
        domain, customer, display name, numbers, state and settings, but no passwords. An import reads such a file; a
        cell that a spreadsheet would compute has an apostrophe before it, as numbers with their plus."""
        del request
        found: Any = self.filter_queryset(self.get_queryset())
        return csv_response("subscribers", exports.COLUMNS, exports.rows(found))


class RegistrationViewSet(Removing):
    """The phones that are registered now. One that is removed is reached again when it has registered anew."""

    areas = [Area.SUBSCRIBERS]
    queryset = Binding.objects.select_related("subscriber__domain")
    serializer_class = RegistrationSerializer
    filterset_class = RegistrationFilter
    # Rows are numbered as they come, and nothing that a refresh changes may have an index.
    orderings = {"created_at": "id"}
    default_ordering = "-created_at"
    needs_match = frozenset()

    def perform_destroy(self, row: Binding) -> None:  # type: ignore[override]  # its own rows
        """Forget where a phone is."""
        remove_binding(row)

    def get_queryset(self) -> QuerySet[Any]:
        """Without those that have expired and only wait for the sweep."""
        return super().get_queryset().current()  # type: ignore[attr-defined, no-any-return]
