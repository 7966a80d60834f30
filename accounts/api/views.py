"""Customers in the API."""

from __future__ import annotations

from django_filters import CharFilter
from django_filters.rest_framework import FilterSet

from accounts.api.serializers import CustomerSerializer
from accounts.models import Customer
from provider.api.filters import YesNoFilter
from provider.api.writing import WritableViewSet


class CustomerFilter(FilterSet):
    """What customers can be narrowed by."""

    name = CharFilter(help_text="The whole name.")
    is_active = YesNoFilter()


class CustomerViewSet(WritableViewSet):
    """Who buys the service from a reseller: people and organisations."""

    queryset = Customer.objects.select_related("reseller")
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    orderings = {"name": "name"}
    default_ordering = "name"
    search_lookups = ["name__istartswith"]
