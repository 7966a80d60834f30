"""How subscribers and registrations are written in the API. Secrets never are."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import CustomerSerializer
from accounts.choices import Area
from accounts.models import Customer
from provider.api.serializers import ApiSerializer, Choice, Reference
from provider.api.shaping import Expansion
from subscribers.actions import create_subscriber
from subscribers.api.credentials import FirstCredentialSerializer, NewCredentialSerializer
from subscribers.api.domains import DomainSerializer
from subscribers.models import Binding, Domain, Subscriber


class SubscriberSerializer(ApiSerializer):
    """An account that phones register to; `digest_algorithm` null says: as the domain does."""

    domain = Choice(Domain, help_text="Where it lives; a domain of the customer's reseller.")
    domain_name = serializers.CharField(source="domain.name", read_only=True)
    aor = serializers.CharField(read_only=True, help_text="username@domain")
    customer = Choice(Customer, help_text="Who pays for it.")
    reseller = Reference("reseller")
    credential = FirstCredentialSerializer(
        required=False,
        write_only=True,
        help_text="Makes a SIP credential too; the token needs credentials:write. What is answered is shown this once.",
    )

    fixed = ["domain", "credential"]
    expandable = {
        "domain": Expansion(DomainSerializer, "domain", ["domain__reseller"], ["domain__names"], area=Area.SUBSCRIBERS),
        "customer": Expansion(CustomerSerializer, "customer", ["customer__reseller"], area=Area.ACCOUNTS),
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
            "credential",
        ]

    def create(self, validated_data: dict[str, Any]) -> Subscriber:
        """Make a subscriber of the domain's reseller, and its first credential where that is wanted."""
        given = validated_data.pop("credential", None)
        subscriber = create_subscriber(**validated_data)
        if given is not None:
            first: Any = self.fields["credential"]
            self.once = {"credential": first.shown_once(subscriber, given)}
        return subscriber


class NewSubscriberSerializer(SubscriberSerializer):
    """A subscriber that was just made."""

    credential = NewCredentialSerializer(read_only=True, help_text="Shown this once, where one was made.")  # type: ignore[assignment]
    sometimes = ["credential"]


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
