"""The next free numbers, as the API takes them: what is asked for, and what is answered."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError as FieldRefused
from rest_framework import serializers

from accounts.api.owners import reseller_of
from accounts.models import Reseller
from numbering.actions_allocating import Allocated, Allocation, allocate_next
from numbering.models import E164_LENGTH, NumberBlock
from numbering.models_inventory import MAX_EXTENSION_DIGITS
from provider.api.serializers import Choice, Strict, refused
from subscribers.models import Subscriber

MOST: Final = 10_000
"""Numbers of one request: taken and assigned within two seconds, answered in some 700 kB."""


class AllocationSerializer(Strict):
    """How many numbers are wanted, and which."""

    count = serializers.IntegerField(min_value=1, max_value=MOST, help_text="How many; all of them or none are taken.")
    block = Choice(NumberBlock, required=False, help_text="Out of this block alone; without it out of all of yours.")
    prefix = serializers.RegexField(
        r"^\+[1-9][0-9]*\Z",
        required=False,
        max_length=E164_LENGTH,
        help_text="Those alone that begin so, with the plus: +43720.",
    )
    subscriber = Choice(
        Subscriber,
        required=False,
        help_text="To whom they are assigned at once. Numbers that were taken before and are free come first then.",
    )
    extension_digits = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=MAX_EXTENSION_DIGITS,
        help_text="How many digits may follow each number that is taken; left out: as its block says.",
    )
    reseller = Choice(
        Reseller,
        required=False,
        help_text="Whose numbers; left out: yours, or the block's or the subscriber's reseller's.",
    )

    def create(self, validated_data: dict[str, Any]) -> list[Allocated]:
        """Take them. Raises ValidationError."""
        wanted = Allocation(**validated_data | {"reseller": self._reseller(validated_data)})
        try:
            return allocate_next(wanted)
        except FieldRefused as error:
            raise refused(error) from error

    def _reseller(self, wanted: dict[str, Any]) -> Reseller:
        named = wanted.get("reseller")
        for about in ("block", "subscriber"):
            row = wanted.get(about)
            if row is not None and row.reseller is not None:
                named = named or row.reseller
        return reseller_of(self.context["request"].user, named)


class AllocatedSerializer(serializers.Serializer[Any]):
    """A number that was taken."""

    id = serializers.UUIDField(source="uid", help_text="Its id among the numbers.")
    e164 = serializers.CharField(help_text="The number, with its plus.")


class AllocationAnswer(serializers.Serializer[Any]):
    """What was taken."""

    count = serializers.IntegerField(help_text="How many.")
    numbers = AllocatedSerializer(many=True, help_text="In their order.")


def answer_of(taken: list[Allocated]) -> dict[str, Any]:
    """The body of the answer: AllocationAnswer, without a serializer's work on each of ten thousand rows."""
    return {"count": len(taken), "numbers": [{"id": str(one.uid), "e164": one.e164} for one in taken]}
