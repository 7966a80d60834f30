"""How phone numbers are written in the API, with who has them now."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from numbering.models import NumberAssignment, PhoneNumber
from provider.api.serializers import ApiSerializer, Reference, UtcDateTimeField


class HolderSerializer(serializers.Serializer[NumberAssignment]):
    """Who has a number now."""

    subscriber = Reference("subscriber")
    aor = serializers.CharField(source="subscriber.aor", read_only=True, help_text="username@domain")
    is_main = serializers.BooleanField(read_only=True, help_text="Whether the subscriber's calls show this number.")
    valid_from = UtcDateTimeField(read_only=True)
    valid_until = UtcDateTimeField(read_only=True, allow_null=True)


class NumberSerializer(ApiSerializer):
    """An own number; `assignment` is null while nobody has it."""

    reseller = Reference("reseller")
    assignment = serializers.SerializerMethodField()

    class Meta:
        model = PhoneNumber
        fields = ["id", "e164", "note", "assignment", "reseller", "created_at"]
        read_only_fields = fields

    @extend_schema_field(HolderSerializer(allow_null=True))
    def get_assignment(self, number: PhoneNumber) -> dict[str, object] | None:
        """The assignment that holds now, out of the page's prefetch."""
        held = number.current_assignments  # type: ignore[attr-defined]
        return dict(HolderSerializer(held[0]).data) if held else None
