"""How webhooks and their deliveries are written in the API. A secret is shown when it is made, and never again."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.choices import Role
from accounts.models import Customer, Reseller
from events.actions import change_webhook, create_webhook
from events.models import Delivery, Webhook
from provider.api.serializers import ApiSerializer, Choice, Reference, Strict, UtcDateTimeField

_TYPES = "Which events, such as `call.ended`; all of a kind as `call.*`. Empty: all of them."


class WebhookSerializer(ApiSerializer):
    """Where a program of yours is told of events."""

    reseller = Choice(
        Reseller, required=False, allow_null=True, help_text="Whose events it tells; null for those of everybody."
    )
    customer = Choice(
        Customer, required=False, allow_null=True, help_text="The customer whose events alone it tells, if it is one's."
    )
    url = serializers.CharField(max_length=2_000, help_text="Where to: https, and no internal address.")
    types: Any = serializers.ListField(
        child=serializers.CharField(max_length=50), required=False, max_length=50, help_text=_TYPES
    )
    failing_since: Any = UtcDateTimeField(
        read_only=True, help_text="Since when nothing could be delivered; null while all is well."
    )
    next_at: Any = UtcDateTimeField(read_only=True, help_text="When it is tried again while it fails.")
    disabled_reason = serializers.CharField(read_only=True, help_text="Why we switched it off; else empty.")

    fixed = ["reseller", "customer"]

    class Meta:
        model = Webhook
        fields = [
            "id",
            "url",
            "description",
            "types",
            "is_active",
            "reseller",
            "customer",
            "failures",
            "failing_since",
            "next_at",
            "disabled_reason",
            "created_at",
        ]
        read_only_fields = ["failures"]
        extra_kwargs = {
            "description": {"help_text": "For people: which program it is."},
            "failures": {"help_text": "How often in a row nothing could be delivered."},
        }

    def create(self, validated_data: dict[str, Any]) -> Webhook:
        """Make one for the owner that the caller is, or may speak for."""
        reseller, customer = self._owner(validated_data.pop("reseller", None), validated_data.pop("customer", None))
        webhook, secret = create_webhook(reseller, customer, **validated_data)
        self.once = {"secret": secret}
        return webhook

    def update(self, instance: Webhook, validated_data: dict[str, Any]) -> Webhook:
        """Change it."""
        return change_webhook(instance, **validated_data)

    def _owner(self, reseller: Reseller | None, customer: Customer | None) -> tuple[Reseller | None, Customer | None]:
        user: Any = self.context["request"].user
        if user.role == Role.CUSTOMER:
            customer = user.customer
        if customer is not None:
            if reseller is not None and reseller.pk != customer.reseller_id:
                raise serializers.ValidationError({"customer": "This customer is of another reseller."})
            return customer.reseller, customer
        return (user.reseller if user.role == Role.RESELLER else reseller), None


class SecretSerializer(WebhookSerializer):
    """A webhook that was just made, or whose secret was replaced."""

    secret = serializers.CharField(read_only=True, help_text="What we sign with. Shown this once.")
    sometimes = ["secret"]

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]


class ReplaySerializer(Strict):
    """From when on everything is sent again."""

    since = UtcDateTimeField(help_text="Events that happened then or later are sent again; not before what is kept.")


class DeliverySerializer(ApiSerializer):
    """An event on its way to a webhook, or there."""

    webhook = Reference("webhook", help_text="The webhook that it goes to.")
    event = serializers.UUIDField(read_only=True, help_text="The event; null for a ping.")
    type: Any = serializers.CharField(read_only=True, help_text="The event's type, or `ping`.")
    next_at: Any = UtcDateTimeField(read_only=True, help_text="When it is tried next; null when it is done.")
    tried_at: Any = UtcDateTimeField(read_only=True, help_text="When it was tried last; null before the first attempt.")
    status_code = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="What your server answered last; null where it did not."
    )
    error = serializers.CharField(read_only=True, help_text="Why the last attempt failed; empty where it did not.")
    answer = serializers.CharField(read_only=True, help_text="The beginning of what your server answered.")

    class Meta:
        model = Delivery
        fields = [
            "id",
            "webhook",
            "event",
            "type",
            "status",
            "attempts",
            "next_at",
            "tried_at",
            "status_code",
            "error",
            "answer",
            "created_at",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "attempts": {"help_text": "How often it was tried."},
            "status": {"help_text": "What became of it."},
        }
