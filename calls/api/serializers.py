"""How calls are written in the API. Of the other side of a call only what the SIP messages said is shown."""

from __future__ import annotations

from uuid import UUID

from rest_framework import serializers

from calls.models import Call
from calls.outcomes import outcome_of
from calls.parties import is_withheld_from, may_see
from provider.api.serializers import ApiSerializer, Reference
from subscribers.models import Subscriber


class CallSerializer(ApiSerializer):
    """A call from its first INVITE to its end."""

    id = serializers.UUIDField(read_only=True)
    call_id = serializers.CharField(source="sip_call_id", read_only=True, help_text="The SIP Call-ID.")
    caller_number = serializers.SerializerMethodField(help_text="Empty where the caller asked not to be known.")
    caller_subscriber = serializers.SerializerMethodField(help_text="Null when it is none of yours.")
    callee_subscriber = serializers.SerializerMethodField(help_text="Null when it is none of yours.")
    post_dial_delay = serializers.SerializerMethodField(help_text="Seconds until it rang or was answered.")
    billable_seconds = serializers.FloatField(read_only=True)
    outcome = serializers.SerializerMethodField(help_text="How it ended, in words.")
    parent = serializers.UUIDField(  # type: ignore[assignment]  # a member of calls, not of the framework
        source="parent_id",
        read_only=True,
        allow_null=True,
        help_text="The call that was forwarded so; null for others.",
    )
    gateway_in = Reference("gateway_in", allow_null=True, help_text="The gateway by which it came in.")
    gateway_out = Reference("gateway_out", allow_null=True, help_text="The gateway by which it left.")

    for_admins = frozenset({"gateway_in", "gateway_out", "edge"})

    class Meta:
        model = Call
        fields = [
            "id",
            "direction",
            "state",
            "caller",
            "callee",
            "caller_number",
            "callee_number",
            "caller_subscriber",
            "callee_subscriber",
            "started_at",
            "ringing_at",
            "answered_at",
            "ended_at",
            "post_dial_delay",
            "billable_seconds",
            "status_code",
            "reason",
            "cause",
            "ended_by",
            "outcome",
            "call_id",
            "parent",
            "gateway_in",
            "gateway_out",
            "edge",
        ]
        read_only_fields = fields
        extra_kwargs = {"edge": {"help_text": "The name of the edge that has it."}}

    def get_caller_number(self, call: Call) -> str:
        """The number for those who may know it."""
        return "" if is_withheld_from(self.context["request"].user, call) else call.caller_number

    def get_caller_subscriber(self, call: Call) -> UUID | None:
        """The caller's id for those who may see that subscriber."""
        return self._own(call.caller_subscriber, call.caller_reseller_id, call.caller_customer_id)

    def get_callee_subscriber(self, call: Call) -> UUID | None:
        """The callee's id for those who may see that subscriber."""
        return self._own(call.callee_subscriber, call.callee_reseller_id, call.callee_customer_id)

    def get_post_dial_delay(self, call: Call) -> float | None:
        """The delay in seconds; null when it neither rang nor was answered."""
        return call.post_dial_delay.total_seconds() if call.post_dial_delay is not None else None

    def get_outcome(self, call: Call) -> str:
        """The outcome in words."""
        return str(outcome_of(call))

    def _own(self, subscriber: Subscriber | None, reseller_id: int | None, customer_id: int | None) -> UUID | None:
        if subscriber is None or not may_see(self.context["request"].user, reseller_id, customer_id):
            return None
        return subscriber.uid
