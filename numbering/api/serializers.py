"""How phone numbers are written in the API, with who has them now."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from numbering.choices import NumberState
from numbering.models import NumberAssignment, NumberBlock, PhoneNumber
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
    block = Reference("block", allow_null=True, help_text="The block that it lies in.")
    state = serializers.SerializerMethodField()
    assignment = serializers.SerializerMethodField()

    class Meta:
        model = PhoneNumber
        fields = [
            "id",
            "e164",
            "extension_digits",
            "note",
            "state",
            "assignment",
            "quarantined_until",
            "ported_in_at",
            "ported_from",
            "ported_out_at",
            "ported_to",
            "block",
            "reseller",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(NumberState.choices))
    def get_state(self, number: PhoneNumber) -> str:
        """What it is now, out of the page's prefetch."""
        held = number.current_assignments  # type: ignore[attr-defined]
        return str(number.state_with(is_held=bool(held)))

    @extend_schema_field(HolderSerializer(allow_null=True))
    def get_assignment(self, number: PhoneNumber) -> dict[str, object] | None:
        """The assignment that holds now, out of the page's prefetch."""
        held = number.current_assignments  # type: ignore[attr-defined]
        return dict(HolderSerializer(held[0]).data) if held else None


class NumberBlockSerializer(ApiSerializer):
    """A block of numbers that was given to the reseller; `reseller` is null while it was given to nobody."""

    reseller = Reference("reseller", allow_null=True)
    size = serializers.IntegerField(read_only=True, help_text="How many numbers it spans.")

    class Meta:
        model = NumberBlock
        fields = ["id", "first", "last", "size", "extension_digits", "note", "reseller", "created_at"]
        read_only_fields = fields
