"""How domains, subscribers and registrations are written in the API. Secrets never are."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import CustomerSerializer
from accounts.models import Customer
from provider.api.serializers import ApiSerializer, Choice, Reference
from provider.api.shaping import Expansion
from subscribers.actions import create_subscriber
from subscribers.models import Binding, Domain, Subscriber


class DomainSerializer(ApiSerializer):
    """A SIP domain with all its names."""

    reseller = Reference("reseller")
    names: Any = serializers.SlugRelatedField("name", many=True, read_only=True)

    class Meta:
        model = Domain
        fields = [
            "id",
            "name",
            "names",
            "is_default",
            "digest_algorithm",
            "strict_call_id",
            "is_active",
            "reseller",
            "created_at",
        ]
        read_only_fields = fields


class SubscriberSerializer(ApiSerializer):
    """An account that phones register to; `digest_algorithm` null says: as the domain does."""

    domain = Choice(Domain, help_text="Where it lives; a domain of the customer's reseller.")
    domain_name = serializers.CharField(source="domain.name", read_only=True)
    aor = serializers.CharField(read_only=True, help_text="username@domain")
    customer = Choice(Customer, help_text="Who pays for it.")
    reseller = Reference("reseller")

    fixed = ["domain"]
    expandable = {
        "domain": Expansion(DomainSerializer, "domain", ["domain__reseller"], ["domain__names"]),
        "customer": Expansion(CustomerSerializer, "customer", ["customer__reseller"]),
    }

    class Meta:
        model = Subscriber
        fields = [
            "id",
            "aor",
            "username",
            "domain",
            "domain_name",
            "display_name",
            "is_active",
            "digest_algorithm",
            "customer",
            "reseller",
            "created_at",
        ]

    def create(self, validated_data: dict[str, Any]) -> Subscriber:
        """Make a subscriber of the domain's reseller."""
        return create_subscriber(**validated_data)


class RegistrationSerializer(ApiSerializer):
    """What a phone registered: where it is reached, and until when."""

    subscriber = Reference("subscriber")
    aor = serializers.CharField(source="subscriber.aor", read_only=True, help_text="username@domain")
    q = serializers.SerializerMethodField(help_text="Preference of this contact, 0 to 1 (RFC 3261 §20.10).")

    class Meta:
        model = Binding
        fields = [
            "id",
            "subscriber",
            "aor",
            "contact",
            "received_from",
            "transport",
            "user_agent",
            "q",
            "path",
            "instance_id",
            "reg_id",
            "created_at",
            "updated_at",
            "expires_at",
        ]
        read_only_fields = fields

    def get_q(self, binding: Binding) -> float:
        """The stored thousandths as a fraction."""
        return binding.q / 1000
