"""Domains, subscribers and registrations in the API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import CharFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet

from accounts.models import Customer
from provider.api.filters import ReferenceFilter, YesNoFilter
from provider.api.viewset import ScopedViewSet
from provider.api.writing import Removing, WritableViewSet
from subscribers.actions import remove_binding
from subscribers.api.serializers import DomainSerializer, RegistrationSerializer, SubscriberSerializer
from subscribers.choices import PhoneTransport
from subscribers.models import Binding, Domain, Subscriber


class DomainFilter(FilterSet):
    """What domains can be narrowed by."""

    name = CharFilter(help_text="The whole name, or an alias of the domain.", field_name="names__name")
    is_active = YesNoFilter()


class SubscriberFilter(FilterSet):
    """What subscribers can be narrowed by."""

    username = CharFilter(help_text="The whole user name.")
    domain = ReferenceFilter(Domain, field_name="domain", help_text="The domain's id.")
    customer = ReferenceFilter(Customer, field_name="customer", help_text="The customer's id.")
    is_active = YesNoFilter()


class BuyerFilter(ReferenceFilter):
    """Registrations of a customer's subscribers."""

    def of(self, rows: QuerySet[Any], key: int) -> QuerySet[Any]:
        """Those of the customer with this key."""
        return rows.of_customer(key)  # type: ignore[attr-defined, no-any-return]


class RegistrationFilter(FilterSet):
    """What registrations can be narrowed by."""

    subscriber = ReferenceFilter(Subscriber, field_name="subscriber", help_text="The subscriber's id.")
    customer = BuyerFilter(Customer, help_text="The customer's id.")
    transport = ChoiceFilter(choices=PhoneTransport.choices)


class DomainViewSet(ScopedViewSet):
    """SIP domains: what stands behind the @."""

    queryset = Domain.objects.select_related("reseller").prefetch_related("names")
    serializer_class = DomainSerializer
    filterset_class = DomainFilter
    orderings = {"name": "name"}
    default_ordering = "name"
    search_lookups = ["name__startswith"]


class SubscriberViewSet(WritableViewSet):
    """Accounts that phones register to."""

    queryset = Subscriber.objects.select_related("domain", "customer", "reseller")
    serializer_class = SubscriberSerializer
    filterset_class = SubscriberFilter
    orderings = {"username": "username"}
    default_ordering = "username"
    search_lookups = ["username__startswith"]


class RegistrationViewSet(Removing):
    """The phones that are registered now. One that is removed is reached again when it has registered anew."""

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
