"""Routes, destination rules and purchases of blocks in the API. Administrators write them; a reseller reads what is set
up for its own calls."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django_filters import CharFilter, ChoiceFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import CustomerSerializer, ResellerSerializer
from accounts.choices import Area, Role
from accounts.models import Customer, Reseller
from numbering.e164 import is_e164
from numbering.models import NumberBlock
from provider.api.filters import ReferenceFilter, YesNoFilter
from provider.api.serializers import ApiSerializer, Choice, OneOf, Strict
from provider.api.shaping import Expansion
from provider.api.writing import Answer, WritableViewSet
from subscribers.models import Domain
from trunking.actions import add_rules
from trunking.api.gateways import GatewaySerializer
from trunking.choices import RouteKind, RuleKind
from trunking.models import BlockPurchase, Carrier, DestinationRule, Gateway, Route
from trunking.querysets import beginnings
from trunking.rule_sets import SETS, country_choices, rules_of_countries, rules_of_set

_GATEWAY = Expansion(
    GatewaySerializer,
    "gateway",
    ["gateway__carrier", "gateway__number_format"],
    ["gateway__sources", "gateway__states"],
    area=Area.TRUNKS,
)
_RESELLER = Expansion(ResellerSerializer, "reseller", area=Area.ACCOUNTS)
_CUSTOMER = Expansion(CustomerSerializer, "customer", ["customer__reseller"], area=Area.ACCOUNTS)
_ON = "Days of the week on which it is open, 1 (Monday) to 7; all where it is left out."
_KIND = "What its prefix is of."
_FITS = "What fits this number, with its plus (in an address: %2B): all whose prefix is one of its beginnings."


def _prefix(model: type[Model]) -> Any:
    """A prefix, which may be empty; what it looks like its model says."""
    field: Any = model._meta.get_field("prefix")
    return serializers.CharField(
        required=False, allow_blank=True, max_length=field.max_length, help_text=field.help_text
    )


class RouteSerializer(ApiSerializer):
    """A way out: calls to numbers with a prefix may leave by this gateway. The longest prefix comes first, then the
    lowest priority, then the lowest cost, then chance by weight."""

    gateway = Choice(Gateway, help_text="By which the calls leave.")
    prefix = _prefix(Route)
    reseller = Choice(
        Reseller,
        required=False,
        allow_null=True,
        help_text="For calls of its subscribers alone; null: for everybody's. Taken from customer or domain.",
    )
    customer = Choice(
        Customer, required=False, allow_null=True, help_text="For calls of this customer's subscribers alone."
    )
    domain = Choice(Domain, required=False, allow_null=True, help_text="For calls of this domain's subscribers alone.")

    expandable = {"gateway": _GATEWAY, "reseller": _RESELLER, "customer": _CUSTOMER}
    for_admins = frozenset({"cost"})

    class Meta:
        model = Route
        fields = [
            "id",
            "gateway",
            "kind",
            "prefix",
            "priority",
            "weight",
            "cost",
            "reseller",
            "customer",
            "domain",
            "weekdays",
            "opens",
            "closes",
            "timezone",
            "is_last",
            "is_active",
        ]
        extra_kwargs = {"kind": {"help_text": _KIND}, "weekdays": {"help_text": _ON}}


class DestinationRuleSerializer(ApiSerializer):
    """Whether numbers with a prefix may be called. Of one owner's rules the longest prefix counts; whom the provider's,
    the reseller's or the customer's rules refuse is refused. Emergency calls always pass."""

    prefix = _prefix(DestinationRule)
    reseller = Choice(
        Reseller,
        required=False,
        allow_null=True,
        help_text="For calls of its subscribers alone; null: for everybody's. Taken from customer.",
    )
    customer = Choice(
        Customer, required=False, allow_null=True, help_text="For calls of this customer's subscribers alone."
    )

    expandable = {"reseller": _RESELLER, "customer": _CUSTOMER}

    class Meta:
        model = DestinationRule
        fields = ["id", "kind", "prefix", "is_allowed", "reason", "reseller", "customer"]
        extra_kwargs = {"kind": {"help_text": _KIND}}


class BlockPurchaseSerializer(ApiSerializer):
    """From which carrier a block of numbers is."""

    block = Choice(NumberBlock, help_text="What was bought.")
    carrier = Choice(Carrier, help_text="From whom.")

    fixed = ["block"]

    class Meta:
        model = BlockPurchase
        fields = ["id", "block", "carrier", "contract", "bought_on"]
        extra_kwargs = {
            "contract": {"help_text": "Where it is written down."},
            "bought_on": {"help_text": "The day of the purchase."},
        }


class ReadyMadeSerializer(Strict):
    """Many rules at once, out of what is known of the world's numbers."""

    sets = serializers.ListField(
        child=OneOf(choices=list(SETS.items())),
        required=False,
        default=list,
        max_length=len(SETS),
        help_text="satellite: and other networks of no country; premium: of all plans known, and international ones.",
    )
    countries = serializers.ListField(
        child=serializers.ChoiceField(choices=country_choices()),
        required=False,
        default=list,
        max_length=300,
        help_text="Whole countries: ISO 3166 codes.",
    )
    is_allowed = serializers.BooleanField(default=False, help_text="Whether calls there are allowed, or barred.")
    reseller = Choice(Reseller, required=False, allow_null=True, default=None, help_text="Null: for everybody's calls.")
    customer = Choice(
        Customer, required=False, allow_null=True, default=None, help_text="For this customer's calls alone."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError where nothing was chosen."""
        if not attrs["sets"] and not attrs["countries"]:
            raise ValidationError({"sets": "Name a set, or countries."}, "required")
        return attrs


class AddedSerializer(serializers.Serializer[Any]):
    """What became of it."""

    added = serializers.IntegerField(help_text="How many rules there are more now; those that stood already stay.")


class FittingFilter(FilterSet):
    """What both kinds of rows with a prefix can be narrowed by."""

    prefix = CharFilter(help_text="The whole prefix, without a plus.")
    fits = CharFilter(method="fitting", help_text=_FITS)
    reseller = ReferenceFilter(Reseller, field_name="reseller", help_text="Those for this reseller's calls alone.")
    customer = ReferenceFilter(Customer, field_name="customer", help_text="Those for this customer's calls alone.")

    def fitting(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Rows whose prefix is a beginning of the number. Raises ValidationError for what is none."""
        if not is_e164(value):
            raise ValidationError({"fits": "Write a number with its plus, such as +4311001 (in an address: %2B)."})
        return rows.filter(kind=RouteKind.NUMBER, prefix__in=beginnings(value[1:]))


class RouteFilter(FittingFilter):
    """What routes can be narrowed by."""

    gateway = ReferenceFilter(Gateway, field_name="gateway", help_text="The gateway's id.")
    domain = ReferenceFilter(Domain, field_name="domain", help_text="Those for this domain's calls alone.")
    kind = ChoiceFilter(choices=RouteKind.choices, help_text=_KIND)
    is_active = YesNoFilter()


class DestinationRuleFilter(FittingFilter):
    """What destination rules can be narrowed by."""

    kind = ChoiceFilter(choices=RuleKind.choices, help_text=_KIND)
    is_allowed = YesNoFilter(help_text="Whether they allow or bar.")


class BlockPurchaseFilter(FilterSet):
    """What purchases can be narrowed by."""

    block = ReferenceFilter(NumberBlock, field_name="block", help_text="The block's id.")
    carrier = ReferenceFilter(Carrier, field_name="carrier", help_text="The carrier's id.")


class RouteViewSet(WritableViewSet):
    """Which gateway takes which numbers. Administrators write them. A reseller sees those for its calls alone, without
    what they cost; customers see none."""

    areas = [Area.TRUNKS]
    queryset = Route.objects.select_related("gateway", "reseller", "customer", "domain")
    serializer_class = RouteSerializer
    filterset_class = RouteFilter
    orderings = {"prefix": "prefix", "priority": "priority"}
    default_ordering = "prefix"
    search_lookups = ["prefix__startswith"]
    writers = frozenset({Role.ADMIN})


class DestinationRuleViewSet(WritableViewSet):
    """Which numbers may be called at all. Administrators write them. A reseller sees those for its calls alone, and for
    its customers'; customers see none. That a call would be barred, whoever may make it learns from `explain`."""

    areas = [Area.TRUNKS]
    queryset = DestinationRule.objects.select_related("reseller", "customer")
    serializer_class = DestinationRuleSerializer
    filterset_class = DestinationRuleFilter
    orderings = {"prefix": "prefix"}
    default_ordering = "prefix"
    search_lookups = ["prefix__startswith"]
    writers = frozenset({Role.ADMIN})
    writing = WritableViewSet.writing | {"ready_made"}

    @extend_schema(
        operation_id="add_ready_made_destination_rules",
        summary="Add ready-made destination rules",
        request=ReadyMadeSerializer,
        responses=AddedSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], url_path="ready-made", pagination_class=None)
    def ready_made(self, request: Request, **_kwargs: Any) -> Response:
        """Write the rules of sets (satellite, premium) and of whole countries. A rule of the same owner for the same
        prefix that stands already stays as it is; other countries within a prefix stay as they are."""
        return self.carry_out(lambda: self._add(request.data))

    def _add(self, data: Any) -> Answer:
        asked = ReadyMadeSerializer(data=data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        is_allowed = wanted["is_allowed"]
        found = [rule for key in wanted["sets"] for rule in rules_of_set(key, is_allowed=is_allowed)]
        found += rules_of_countries(wanted["countries"], is_allowed=is_allowed)
        return Answer(200, {"added": add_rules(found, wanted["reseller"], wanted["customer"])})


class BlockPurchaseViewSet(WritableViewSet):
    """Where blocks of numbers were bought. They are the provider's own: nobody else sees any."""

    areas = [Area.TRUNKS]
    queryset = BlockPurchase.objects.select_related("block", "carrier")
    serializer_class = BlockPurchaseSerializer
    filterset_class = BlockPurchaseFilter
    orderings = {"contract": "contract"}
    default_ordering = "contract"
    writers = frozenset({Role.ADMIN})
