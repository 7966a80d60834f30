"""Resellers and customers in the API."""

from __future__ import annotations

from django_filters import CharFilter
from django_filters.rest_framework import FilterSet

from accounts.api.serializers import CustomerSerializer, WholeResellerSerializer
from accounts.choices import Area, Role
from accounts.models import Customer, Reseller
from provider.api.filters import YesNoFilter
from provider.api.writing import WritableViewSet


class ResellerFilter(FilterSet):
    """What resellers can be narrowed by."""

    name = CharFilter(help_text="The whole name.")
    is_active = YesNoFilter()


class ResellerViewSet(WritableViewSet):
    """Who sells the service under its own name. A reseller reads itself; administrators write."""

    areas = [Area.ACCOUNTS]
    queryset = Reseller.objects.all()
    serializer_class = WholeResellerSerializer
    filterset_class = ResellerFilter
    orderings = {"name": "name"}
    default_ordering = "name"
    search_lookups = ["name__istartswith"]
    writers = frozenset({Role.ADMIN})


class CustomerFilter(FilterSet):
    """What customers can be narrowed by."""

    name = CharFilter(help_text="The whole name.")
    is_active = YesNoFilter()


class CustomerViewSet(WritableViewSet):
    """Who buys the service from a reseller: people and organisations."""

    areas = [Area.ACCOUNTS]
    queryset = Customer.objects.select_related("reseller")
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    orderings = {"name": "name"}
    default_ordering = "name"
    search_lookups = ["name__istartswith"]
