"""How customers are written in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer

from accounts.api.owners import reseller_of
from accounts.choices import Area
from accounts.models import Customer, Reseller
from provider.api.serializers import ApiSerializer, Choice
from provider.api.shaping import Expansion


@extend_schema_serializer(component_name="ResellerInBrief")
class ResellerSerializer(ApiSerializer):
    """Who sells the service under its own name, as its customers may see it too."""

    class Meta:
        model = Reseller
        fields = ["id", "name", "is_active", "created_at"]
        read_only_fields = fields


@extend_schema_serializer(component_name="Reseller")
class WholeResellerSerializer(ApiSerializer):
    """Who sells the service under its own name, with its limits."""

    class Meta:
        model = Reseller
        fields = ["id", "name", "is_active", "max_calls", "created_at"]


class CustomerSerializer(ApiSerializer):
    """Who buys the service from a reseller."""

    reseller = Choice(Reseller, required=False, help_text="Yours where it is left out; administrators have to say it.")
    fixed = ["reseller"]
    expandable = {"reseller": Expansion(ResellerSerializer, "reseller", area=Area.ACCOUNTS)}

    class Meta:
        model = Customer
        fields = ["id", "name", "is_active", "max_calls", "reseller", "created_at"]

    def create(self, validated_data: dict[str, Any]) -> Customer:
        """Make a customer of the reseller's."""
        reseller = reseller_of(self.context["request"].user, validated_data.pop("reseller", None))
        customer: Customer = super().create({**validated_data, "reseller": reseller})
        return customer
