"""How domains' and subscribers' phones dial, and are shown numbers, in the API: the formats, and who uses which."""

from __future__ import annotations

from typing import Any

from django_filters import CharFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import Area, Role
from numbering.destinations import Category
from numbering.formats import NumberKind
from numbering.models import DialSettings, NumberFormat
from numbering.trying import LONGEST, MAX_LINES, Tried, tried
from provider.api.filters import ReferenceFilter
from provider.api.problems import Conflict
from provider.api.serializers import ApiSerializer, Choice, Strict
from provider.api.writing import WritableViewSet
from subscribers.models import Domain, Subscriber


class NumberFormatSerializer(ApiSerializer):
    """How a side writes numbers: its prefixes, its country, what bare digits mean, how numbers are written to it."""

    emergency_numbers = serializers.ListField(
        child=serializers.CharField(max_length=15), required=False, help_text="Beside those of the plan, as dialled."
    )
    service_numbers = serializers.ListField(
        child=serializers.CharField(max_length=20),
        required=False,
        help_text="Beside those of the plan; x is any digit, * at the end any digits: 116xxx, 118*.",
    )

    class Meta:
        model = NumberFormat
        fields = [
            "id",
            "name",
            "plan",
            "country_code",
            "area_code",
            "international_prefix",
            "national_prefix",
            "bare_digits",
            "sends_as",
            "extension_base",
            "extension_digits",
            "emergency_numbers",
            "service_numbers",
        ]


class TryingSerializer(Strict):
    """What is dialled."""

    dialled = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST, trim_whitespace=False),
        min_length=1,
        max_length=MAX_LINES,
        help_text="As somebody types it: 01 1001, 0043 1 1001, +43 1 1001, 133.",
    )


class ReadingSerializer(serializers.Serializer[Tried]):
    """How it is read."""

    dialled = serializers.CharField(help_text="As it was sent.")
    kind = serializers.ChoiceField(
        choices=[kind.value for kind in NumberKind], source="reading.kind.value", help_text="What the digits are."
    )
    e164 = serializers.CharField(source="reading.e164", allow_null=True, help_text="The number, null where it is none.")
    rule = serializers.CharField(source="reading.rule", help_text="By which rule it was read, or why not.")
    category = serializers.ChoiceField(
        choices=[category.value for category in Category],
        source="destination.category.value",
        allow_null=True,
        default=None,
        help_text="What a call there is, which decides who may make it; null where that is not known.",
    )
    sent = serializers.CharField(help_text="How this side is sent it; empty where it is not understood.")


class NumberFormatFilter(FilterSet):
    """What formats can be narrowed by."""

    name = CharFilter(help_text="The whole name.")


class NumberFormatViewSet(WritableViewSet):
    """How sides write numbers. The provider's own: what is an emergency or service number here is sent out past all
    limits, so administrators alone write them. Others see those that come with the platform and those that they use."""

    areas = [Area.NUMBERS]
    queryset = NumberFormat.objects.all()
    serializer_class = NumberFormatSerializer
    filterset_class = NumberFormatFilter
    orderings = {"name": "name"}
    default_ordering = "name"
    search_lookups = ["name__istartswith"]
    writers = frozenset({Role.ADMIN})
    only_reads = frozenset({"try_it"})

    def perform_destroy(self, row: Any) -> None:
        """Shipped formats stay: the next start would write them anew."""
        if row.shipped:
            raise Conflict("This format comes with the platform: change it, or leave it unused.", "shipped")
        row.delete()

    @extend_schema(request=TryingSerializer, responses=ReadingSerializer(many=True), filters=False)
    @action(detail=True, methods=["post"], url_path="try", pagination_class=None)
    def try_it(self, request: Request, **kwargs: Any) -> Response:
        """Read what somebody dials as this format does, and say how this side is sent such a number. Nothing is changed
        or called."""
        number_format = self.find(self.get_queryset(), kwargs[self.lookup_url_kwarg]).value
        asked = TryingSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        found: Any = [tried(text, number_format) for text in asked.validated_data["dialled"]]
        return Response(ReadingSerializer(found, many=True).data)


class DialSettingsSerializer(ApiSerializer):
    """That a domain's subscribers, or one subscriber, write numbers so. A subscriber's own go before its domain's."""

    domain = Choice(Domain, required=False, allow_null=True, help_text="Whose subscribers. Or say `subscriber`.")
    subscriber = Choice(Subscriber, required=False, allow_null=True, help_text="Who. Or say `domain`.")
    number_format = Choice(NumberFormat, help_text="How they write numbers.")

    fixed = ["domain", "subscriber"]

    class Meta:
        model = DialSettings
        fields = ["id", "domain", "subscriber", "number_format"]


class DialSettingsFilter(FilterSet):
    """What they can be narrowed by."""

    domain = ReferenceFilter(Domain, field_name="domain", help_text="The domain's id.")
    subscriber = ReferenceFilter(Subscriber, field_name="subscriber", help_text="The subscriber's id.")


class DialSettingsViewSet(WritableViewSet):
    """How the phones of domains and of single subscribers dial. Where nothing is said, numbers are E.164 with the plus
    alone."""

    areas = [Area.NUMBERS]
    queryset = DialSettings.objects.select_related("domain", "subscriber", "number_format")
    serializer_class = DialSettingsSerializer
    filterset_class = DialSettingsFilter
    orderings = {"created_at": "id"}
    default_ordering = "created_at"
