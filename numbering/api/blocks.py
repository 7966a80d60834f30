"""Blocks of numbers in the API: the provider's, given to resellers as a whole or in part."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import CharFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import Area, Role
from accounts.models import Reseller
from numbering.actions_blocks import give_block, remove_block, split_block, take_back
from numbering.api.refusals import as_conflict
from numbering.choices import Usage
from numbering.e164 import is_e164
from numbering.models import E164_LENGTH, NumberBlock
from provider.api.filters import ReferenceFilter, YesNoFilter
from provider.api.serializers import ApiSerializer, Choice, Reference, Strict
from provider.api.writing import Answer, WritableViewSet


class UsageSerializer(serializers.Serializer[Usage]):
    """How full a block is."""

    taken = serializers.IntegerField(help_text="Of its numbers so many were taken: they stand among the numbers.")
    assigned = serializers.IntegerField(help_text="Somebody has these, or will have them.")
    quarantined = serializers.IntegerField(help_text="These were released, and rest.")
    ported_out = serializers.IntegerField(help_text="These are another provider's now.")
    free = serializers.IntegerField(help_text="Nobody has these: they can be assigned, taken before or not.")


class NumberBlockSerializer(ApiSerializer):
    """Numbers from `first` to `last`, of one length. `reseller` is null while the block was given to nobody."""

    reseller = Choice(
        Reseller,
        required=False,
        allow_null=True,
        help_text="Who takes numbers from it. Set when it is made; later it is given and taken back.",
    )
    size = serializers.IntegerField(read_only=True, help_text="How many numbers it spans.")
    usage = serializers.SerializerMethodField(help_text="How full it is.")
    split_from = Reference("split_from", allow_null=True, help_text="The block that it was a part of.")

    fixed = ["first", "last", "reseller"]

    class Meta:
        model = NumberBlock
        fields = [
            "id",
            "first",
            "last",
            "size",
            "usage",
            "extension_digits",
            "note",
            "reseller",
            "split_from",
            "created_at",
        ]

    @extend_schema_field(UsageSerializer)
    def get_usage(self, block: NumberBlock) -> dict[str, int]:
        """Out of what triggers keep."""
        return block.usage._asdict()


class PartSerializer(Strict):
    """Which numbers of a block are meant; left out: all of them, from its first and to its last one."""

    first = serializers.CharField(required=False, max_length=E164_LENGTH, help_text="The first one, with its plus.")
    last = serializers.CharField(required=False, max_length=E164_LENGTH, help_text="The last one, with its plus.")


class GivingSerializer(PartSerializer):
    """To whom a block, or a part of it, is given."""

    reseller = Choice(Reseller, help_text="Who takes numbers from it then.")


class SplittingSerializer(Strict):
    """Which numbers of a block become a block of their own."""

    first = serializers.CharField(max_length=E164_LENGTH, help_text="The first one, with its plus.")
    last = serializers.CharField(max_length=E164_LENGTH, help_text="The last one, with its plus.")


class NumberBlockFilter(FilterSet):
    """What blocks can be narrowed by."""

    number = CharFilter(method="around", help_text="The block around this number, with its plus (in an address: %2B).")
    reseller = ReferenceFilter(Reseller, field_name="reseller", help_text="The id of the reseller who has it.")
    is_given = YesNoFilter(
        field_name="reseller", lookup_expr="isnull", exclude=True, help_text="Whether a reseller has it."
    )

    def around(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """The block that a number lies in."""
        if not is_e164(value):
            return rows.none()
        return rows.filter(digits=len(value) - 1, numbers__contains=int(value))


class NumberBlockViewSet(WritableViewSet):
    """Blocks of numbers: what a carrier or regulator gave. Resellers read those that they were given, and how full they
    are; administrators write. A block of which a part is given or taken back becomes several."""

    areas = [Area.NUMBERS]
    queryset = NumberBlock.objects.select_related("reseller", "split_from")
    serializer_class = NumberBlockSerializer
    filterset_class = NumberBlockFilter
    orderings = {"first": "first"}
    default_ordering = "first"
    search_lookups = ["first__startswith"]
    writers = frozenset({Role.ADMIN})
    writing = WritableViewSet.writing | {"give", "take_back", "split"}
    matching = WritableViewSet.matching | {"give", "take_back", "split"}

    def get_queryset(self) -> QuerySet[Any]:
        """With how full each is."""
        return super().get_queryset().with_counts()  # type: ignore[attr-defined, no-any-return]

    def perform_destroy(self, row: Any) -> None:
        """Give it up: it went back to whom it came from."""
        with as_conflict():
            remove_block(row)

    @extend_schema(request=GivingSerializer, responses=NumberBlockSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def give(self, request: Request, **kwargs: Any) -> Response:
        """Give it, or the part from `first` to `last`, to a reseller. What is left out stays the provider's, as blocks
        of its own."""
        return self.carry_out(lambda: self._do(give_block, GivingSerializer, request.data, kwargs))

    @extend_schema(request=PartSerializer, responses=NumberBlockSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="take-back", pagination_class=None)
    def take_back(self, request: Request, **kwargs: Any) -> Response:
        """Take it, or the part from `first` to `last`, back from its reseller. Its free numbers are in the block again,
        their history goes; none may be assigned, in quarantine or ported out."""
        return self.carry_out(lambda: self._do(take_back, PartSerializer, request.data, kwargs))

    @extend_schema(request=SplittingSerializer, responses=NumberBlockSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def split(self, request: Request, **kwargs: Any) -> Response:
        """Make a block of its own of the numbers from `first` to `last`. What is before and behind stays in blocks too,
        and nothing changes for anybody."""
        return self.carry_out(lambda: self._do(split_block, SplittingSerializer, request.data, kwargs))

    def _do(self, done: Any, serializer_class: Any, data: Any, kwargs: dict[str, Any]) -> Answer:
        """An action on the block, with what was sent; the answer is the block that it was about in the end."""
        block = self.locked(kwargs[self.lookup_url_kwarg], self.named_version(self.action))
        serializer = serializer_class(data=data if data != "" else {}, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        with as_conflict("block"):
            block = done(block, **serializer.validated_data)
        return self.shown(200, self._again(block))
