"""How phone numbers are written in the API, with who has them now."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.api.owners import reseller_of
from accounts.choices import Role
from accounts.models import Reseller
from numbering.actions import port_in
from numbering.choices import NumberState
from numbering.models import E164_LENGTH, E164_PATTERN, NumberAssignment, NumberBlock, PhoneNumber
from numbering.models_inventory import MAX_EXTENSION_DIGITS
from provider.api.serializers import ApiSerializer, Choice, Reference, Strict, UtcDateTimeField, saved

E164_VALIDATOR = RegexValidator(
    E164_PATTERN.replace("$", r"\Z"), "Write it as +4311001: E.164 with the plus, at most 15 digits."
)


class HolderSerializer(serializers.Serializer[NumberAssignment]):
    """Who has a number now."""

    subscriber = Reference("subscriber")
    aor = serializers.CharField(source="subscriber.aor", read_only=True, help_text="username@domain")
    is_main = serializers.BooleanField(read_only=True, help_text="Whether the subscriber's calls show this number.")
    valid_from = UtcDateTimeField(read_only=True)
    valid_until = UtcDateTimeField(read_only=True, allow_null=True)


class NumberSerializer(ApiSerializer):
    """An own number; `assignment` is null while nobody has it. A reseller makes numbers within its blocks, an
    administrator any."""

    e164 = serializers.CharField(
        max_length=E164_LENGTH, validators=[E164_VALIDATOR], help_text="The number, with its plus."
    )
    reseller = Choice(Reseller, required=False, help_text="Yours where it is left out; administrators have to say it.")
    block = Reference("block", allow_null=True, help_text="The block that it lies in.")
    state = serializers.SerializerMethodField()
    assignment = serializers.SerializerMethodField()

    fixed = ["e164", "reseller"]

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
        read_only_fields = ["quarantined_until", "ported_in_at", "ported_from", "ported_out_at", "ported_to"]

    def create(self, validated_data: dict[str, Any]) -> PhoneNumber:
        """Make a number. Raises ValidationError."""
        user = self.context["request"].user
        reseller = reseller_of(user, validated_data.pop("reseller", None))
        if user.role != Role.ADMIN:
            block = NumberBlock.objects.visible_to(user).around(validated_data["e164"])
            if block is None:
                message = "This number lies in none of your blocks. Another one may be taken, or given to you."
                raise ValidationError({"e164": message}, "not_in_your_blocks")
            validated_data.setdefault("extension_digits", block.extension_digits)
        number = PhoneNumber(reseller=reseller, **validated_data)
        self._refuse_clash(number, "e164")
        return saved(number)  # type: ignore[no-any-return]

    def update(self, instance: PhoneNumber, validated_data: dict[str, Any]) -> PhoneNumber:
        """Change its note, or how many digits may follow it."""
        for name in ("note", "extension_digits"):
            setattr(instance, name, validated_data.get(name, getattr(instance, name)))
        self._refuse_clash(instance, "extension_digits")
        return saved(instance)  # type: ignore[no-any-return]

    def _refuse_clash(self, number: PhoneNumber, field: str) -> None:
        """The model's own rule says which number of which other reseller it is, for administrators."""
        if self.context["request"].user.role == Role.ADMIN:
            return
        clashing = PhoneNumber.objects.clashing(number.e164, number.extension_digits)
        if clashing.exclude(reseller=number.reseller_id).exists():
            raise ValidationError({field: "With its extensions this would be somebody else's number, too."}, "taken")

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


class PortOutSerializer(Strict):
    """To whom a number goes."""

    to = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text="The other provider, in words."
    )


class PortInSerializer(Strict):
    """Which number comes, from whom, and whose it is then."""

    e164 = serializers.CharField(
        max_length=E164_LENGTH, validators=[E164_VALIDATOR], help_text="The number, with its plus."
    )
    reseller = Choice(Reseller, help_text="Whose it is then.")
    origin = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text="The other provider, in words."
    )
    extension_digits = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_EXTENSION_DIGITS, help_text="How many digits may follow it."
    )

    def create(self, validated_data: dict[str, Any]) -> PhoneNumber:
        """Take it over."""
        return port_in(**validated_data)
