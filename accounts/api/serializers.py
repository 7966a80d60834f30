"""How customers are written in the API."""

from __future__ import annotations

from accounts.models import Customer
from provider.api.serializers import ApiSerializer, Reference


class CustomerSerializer(ApiSerializer):
    """Who buys the service from a reseller."""

    reseller = Reference("reseller")

    class Meta:
        model = Customer
        fields = ["id", "name", "is_active", "reseller", "created_at"]
        read_only_fields = fields
