"""How domains, subscribers and registrations are written in the API. Secrets never are."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from provider.api.serializers import ApiSerializer, Reference
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

    domain = Reference("domain")
    domain_name = serializers.CharField(source="domain.name", read_only=True)
    aor = serializers.CharField(read_only=True, help_text="username@domain")
    customer = Reference("customer")
    reseller = Reference("reseller")

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
        read_only_fields = fields


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
