"""How the statistics of calls are asked for and written in the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError as FieldRefused
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.choices import Role
from accounts.models import Customer, Reseller
from calls.statistics import Figures, GroupBy, Wanted
from calls.statistics_forms import longest_of, period
from provider.api.serializers import Choice, UtcDateTimeField, refused
from subscribers.models import Subscriber
from trunking.models import Gateway

PROVIDERS = (GroupBy.GATEWAY.value, GroupBy.RESELLER.value)


class StatisticsQuery(serializers.Serializer[Any]):
    """The query parameters: what the panel's page takes, with ids, and whose calls."""

    begin = UtcDateTimeField(required=False, help_text="The first hour; a week before the end where it is left out.")
    end = UtcDateTimeField(required=False, help_text="The hour before which it ends; now where it is left out.")
    group_by = serializers.ChoiceField(
        choices=[one.value for one in GroupBy],
        default=GroupBy.DAY.value,
        help_text="What a row stands for; gateway and reseller are for administrators.",
    )
    gateway = Choice(Gateway, required=False, help_text="Calls by this gateway alone; for administrators.")
    reseller = Choice(Reseller, required=False, help_text="Calls of this reseller's subscribers alone.")
    customer = Choice(
        Customer, required=False, help_text="Calls of this customer's subscribers alone; of 62 days at most."
    )
    subscriber = Choice(Subscriber, required=False, help_text="Calls of this subscriber alone; of 62 days at most.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError for what is not the caller's to ask, and for times that make no sense."""
        group_by = GroupBy(attrs["group_by"])
        user = self.context["request"].user
        if user.role != Role.ADMIN:
            asked = {"gateway": "gateway" in attrs, "group_by": group_by in PROVIDERS}
            errors = {name: _not_theirs() for name, is_asked in asked.items() if is_asked}
            if errors:
                raise ValidationError(errors)
        owned = user.role == Role.CUSTOMER or "customer" in attrs or "subscriber" in attrs
        if owned and group_by in PROVIDERS:
            raise ValidationError({"group_by": ["Of a customer or subscriber by hour, day or destination alone."]})
        if owned and "gateway" in attrs:
            raise ValidationError({"gateway": ["Ask for a gateway, or for a customer or subscriber."]})
        longest = longest_of(group_by, is_counted_anew=owned)
        try:
            begin, end = period(attrs.get("begin"), attrs.get("end"), timezone.now(), longest)
        except FieldRefused as error:
            raise refused(error) from error
        return attrs | {"begin": begin, "end": end, "group_by": group_by}

    def wanted(self) -> Wanted:
        """What was asked, once it is valid."""
        data = self.validated_data
        keys: dict[str, Any] = {
            f"{name}_id": data[name].pk for name in ("gateway", "reseller", "customer", "subscriber") if name in data
        }
        return Wanted(data["begin"], data["end"], data["group_by"], **keys)


def _not_theirs() -> Any:
    return ValidationError("This is for administrators: gateways are the provider's own.", "role_not_allowed").detail


class FiguresSerializer(serializers.Serializer[Any]):
    """How calls went. What is null of the first five says nothing of this row: it stands for the one that is not."""

    time = serializers.SerializerMethodField(help_text="The hour or day that it is of.")
    gateway = serializers.SerializerMethodField(help_text="The id of the gateway; null too where it is gone.")
    way = serializers.SerializerMethodField(help_text="Of a gateway: calls in by it, or attempts to call out by it.")
    reseller = serializers.SerializerMethodField(help_text="The id of the reseller; null too where it is gone.")
    country = serializers.SerializerMethodField(
        help_text="The destination: an ISO 3166 code; a plus and the code of what is no country; empty for no number."
    )
    attempts = serializers.IntegerField(help_text="Calls; of a gateway out, attempts to call by it.")
    answered = serializers.IntegerField(help_text="Those that were answered.")
    minutes = serializers.FloatField(help_text="Talked in calls that have ended.")
    asr = serializers.FloatField(allow_null=True, help_text="Answer seizure ratio (ITU-T E.425), percent.")
    ner = serializers.FloatField(allow_null=True, help_text="Network effectiveness ratio (ITU-T E.425), percent.")
    acd = serializers.FloatField(allow_null=True, help_text="Mean length of calls that have ended, seconds.")
    pdd = serializers.FloatField(allow_null=True, help_text="Mean time until it rang or was answered, seconds.")
    pdd_95 = serializers.IntegerField(
        allow_null=True, help_text="Seconds within which 95 of 100 heard something; null where it was longer."
    )

    @extend_schema_field(UtcDateTimeField(allow_null=True))
    def get_time(self, one: Figures) -> str | None:
        """The key of a row by time."""
        return one.key.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(one.key, datetime) else None

    def get_gateway(self, one: Figures) -> UUID | None:
        """The first half of the key of a row by gateway."""
        return self._uids().get(one.key[0]) if isinstance(one.key, tuple) else None

    @extend_schema_field(serializers.ChoiceField(choices=["in", "out"], allow_null=True))
    def get_way(self, one: Figures) -> str | None:
        """The second half of it."""
        return str(one.key[1]) if isinstance(one.key, tuple) else None

    def get_reseller(self, one: Figures) -> UUID | None:
        """The key of a row by reseller."""
        return self._uids().get(one.key) if isinstance(one.key, int) else None

    def get_country(self, one: Figures) -> str | None:
        """The key of a row by destination."""
        return one.key if isinstance(one.key, str) else None

    def _uids(self) -> Mapping[int, UUID]:
        known: Mapping[int, UUID] = self.context.get("uids", {})
        return known


class StatisticsSerializer(serializers.Serializer[Any]):
    """The answer: what was asked, with what is usual where nothing was said, and the figures."""

    begin = UtcDateTimeField(help_text="The first hour.")
    end = UtcDateTimeField(help_text="The hour before which it ends.")
    group_by = serializers.ChoiceField(choices=[one.value for one in GroupBy], help_text="What a row stands for.")
    results = FiguresSerializer(
        many=True, help_text="By time in its order, else the most calls first; 2,000 rows at most."
    )


def answer(wanted: Wanted, found: Sequence[Figures], context: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that were found, as they are written."""
    told = {"begin": wanted.begin, "end": wanted.end, "group_by": wanted.group_by.value, "results": found}
    return StatisticsSerializer(told, context={**context, "uids": _uids_of(wanted, found)}).data


def _uids_of(wanted: Wanted, found: Iterable[Figures]) -> dict[int, UUID]:
    """The ids of the gateways or resellers that occur, by their keys."""
    models: dict[GroupBy, Any] = {GroupBy.GATEWAY: Gateway, GroupBy.RESELLER: Reseller}
    if wanted.group_by not in models:
        return {}
    keys = {one.key[0] if isinstance(one.key, tuple) else one.key for one in found}
    return dict(models[wanted.group_by].objects.filter(pk__in=keys).values_list("pk", "uid"))
