"""Who has which number, from when to when, in the API: numbers are assigned and taken back here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError as FieldRefused
from django.db.models import QuerySet
from django.utils import timezone
from django_filters import ChoiceFilter
from django_filters.rest_framework import FilterSet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.api.serializers import CustomerSerializer
from accounts.choices import Area
from accounts.models import Customer
from numbering.actions import Wanted, assign_once, locked_rows
from numbering.actions_assignments import change_assignment, end_assignment
from numbering.api.refusals import as_conflict
from numbering.choices import Time
from numbering.e164 import is_e164
from numbering.models import NumberAssignment, PhoneNumber
from provider.api.filters import ReferenceFilter, WholeNumberFilter, YesNoFilter
from provider.api.serializers import ApiSerializer, Choice, Reference, UtcDateTimeField, refused
from provider.api.shaping import Expansion
from provider.api.writing import WritableViewSet
from subscribers.api.serializers import SubscriberSerializer
from subscribers.models import Subscriber

CLOCKS: Final = timedelta(minutes=5)
"""Who says "now" by a clock of its own is that much behind at most."""


class NumberInFull(serializers.CharField):
    """A number of one's own that is named by its digits."""

    default_error_messages = {
        "does_not_exist": "There is no such number, or it is not yours to see.",
        "not_e164": "This has to be a whole number with its plus and country code, such as +4312345.",
    }

    def to_internal_value(self, data: Any) -> Any:
        """The row. Raises ValidationError."""
        e164 = super().to_internal_value(data)
        if not is_e164(e164):
            self.fail("not_e164")
        row = PhoneNumber.objects.visible_to(self.context["request"].user).filter(e164=e164).first()
        if row is None:
            self.fail("does_not_exist")
        return row

    def to_representation(self, value: PhoneNumber) -> str:  # type: ignore[override]  # a row, not a text
        """Its digits, with the plus."""
        return value.e164


class NumberAssignmentSerializer(ApiSerializer):
    """That a subscriber has a number, from `valid_from` until `valid_until` (null: no end). One of the past stays as it
    is."""

    number = Choice(PhoneNumber, required=False, help_text="The number's id. Or say `e164`.")
    e164 = NumberInFull(source="number", required=False, help_text="The number itself, with its plus. Or say `number`.")
    subscriber = Choice(Subscriber, help_text="Who has it; a subscriber of the number's reseller.")
    aor = serializers.CharField(source="subscriber.aor", read_only=True, help_text="username@domain")
    customer = Reference("subscriber.customer", help_text="Whose subscriber that is.")
    is_main = serializers.BooleanField(
        required=False,
        help_text="Whether the subscriber's calls show this number. Left out: if it has no main number in that time. "
        "True takes the place of the main number that there is.",
    )
    valid_from = UtcDateTimeField(required=False, help_text="A time to come; left out: now.")
    valid_until = UtcDateTimeField(
        required=False, allow_null=True, help_text="When it ends by itself; null: never. To end it now, delete it."
    )
    reseller = Reference("reseller")

    fixed = ["number", "e164", "subscriber", "valid_from"]
    expandable = {
        "subscriber": Expansion(SubscriberSerializer, "subscriber", ["subscriber__reseller"], area=Area.SUBSCRIBERS),
        "customer": Expansion(
            CustomerSerializer, "subscriber.customer", ["subscriber__customer__reseller"], area=Area.ACCOUNTS
        ),
    }

    class Meta:
        model = NumberAssignment
        fields = [
            "id",
            "number",
            "e164",
            "subscriber",
            "aor",
            "customer",
            "is_main",
            "valid_from",
            "valid_until",
            "reseller",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError where no number is named, or two are."""
        if self.instance is not None:
            return attrs
        if "number" not in attrs:
            raise ValidationError({"number": "Say which: by `number`, its id, or by `e164`."}, "required")
        if {"number", "e164"} <= set(self.initial_data):
            raise ValidationError({"e164": "Name the number by its id or by its digits, not both."}, "contradiction")
        return attrs

    def create(self, validated_data: dict[str, Any]) -> NumberAssignment:
        """Assign the number. Raises ValidationError beside the member that named it."""
        named = "e164" if "e164" in self.initial_data else "number"
        begin = validated_data.pop("valid_from", None)
        if begin is not None and timezone.now() - CLOCKS < begin <= timezone.now():
            begin = None
        try:
            return assign_once(Wanted(**validated_data, valid_from=begin))
        except FieldRefused as error:
            raise refused(error, {"number": named}) from error

    def update(self, instance: NumberAssignment, validated_data: dict[str, Any]) -> NumberAssignment:
        """Let it end another time, or be the main one."""
        until = validated_data.get("valid_until", instance.valid_until)
        change_assignment(instance, is_main=validated_data.get("is_main"), valid_until=until)
        return instance


class BuyerFilter(ReferenceFilter):
    """Assignments to a customer's subscribers."""

    def of(self, rows: QuerySet[Any], key: int) -> QuerySet[Any]:
        """Those of the customer with this key."""
        return rows.of_customer(key)  # type: ignore[attr-defined, no-any-return]


class NumberAssignmentFilter(FilterSet):
    """What assignments can be narrowed by."""

    number = ReferenceFilter(PhoneNumber, field_name="number", help_text="The number's id.")
    e164 = WholeNumberFilter(
        field_name="number__e164", help_text="The whole number with its plus (in an address: %2B)."
    )
    subscriber = ReferenceFilter(Subscriber, field_name="subscriber", help_text="The subscriber's id.")
    customer = BuyerFilter(Customer, help_text="The id of the customer whose subscribers have or had the numbers.")
    time = ChoiceFilter(
        choices=Time.choices, method="in_time", help_text="Those that hold now, that have ended, or that will begin."
    )
    is_main = YesNoFilter(help_text="Whether the subscriber's calls show the number.")

    def in_time(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """The assignments of that time."""
        return rows.in_time(value)  # type: ignore[attr-defined, no-any-return]


class NumberAssignmentViewSet(WritableViewSet):
    """Who has which number, and who had it: the newest first. To give a number to a subscriber, create one; to take it
    back, delete it: it ends, and its history stays."""

    areas = [Area.NUMBERS]
    queryset = NumberAssignment.objects.select_related(
        "number", "subscriber__domain", "subscriber__customer", "reseller"
    )
    serializer_class = NumberAssignmentSerializer
    filterset_class = NumberAssignmentFilter
    orderings = {"valid_from": "valid_from"}
    default_ordering = "-valid_from"

    def locked(self, uid: Any, match: str | None) -> Any:
        """The assignment, and before it its number and its subscriber: in the order of all who change these."""
        row = self.find(self.get_queryset(), uid)
        locked_rows(PhoneNumber, [row.number_id])
        locked_rows(Subscriber, [row.subscriber_id])
        return super().locked(uid, match)

    def perform_destroy(self, row: Any) -> None:
        """End it."""
        with as_conflict():
            end_assignment(row)
