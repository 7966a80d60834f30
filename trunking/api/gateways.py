"""Carriers and gateways in the API: administrators set them up; a reseller reads which of them its own routes lead to,
and whether they answer."""

from __future__ import annotations

from typing import Any

from django_filters import CharFilter
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import Area, Role
from numbering.models import NumberFormat
from provider.api.filters import ReferenceFilter, YesNoFilter
from provider.api.serializers import ApiSerializer, Choice
from provider.api.shaping import Expansion
from provider.api.writing import WritableViewSet
from trunking.actions import save_gateway
from trunking.health import answers, registration
from trunking.models import Carrier, Gateway, GatewayState
from trunking.validators import MAX_PASSWORD_LENGTH, MIN_INBOUND_PASSWORD_LENGTH

MAX_SOURCES = 100
"""Networks of one gateway: some carriers send from dozens of addresses."""

STATES = {
    "up": "up",
    "partly": "partly",
    "down": "down",
    "unknown": "unknown",
    "plain": "not_probed",
    "off": "suspended",
}
"""What the panel's tones (trunking/health.py) are called here."""
REGISTRATIONS = {"up": "registered", "down": "not_registered", "unknown": "unknown"}

_PASSWORD = "Never shown again. It stays while the user name stays, and goes with it."  # noqa: S105 - a text


class CarrierSerializer(ApiSerializer):
    """A company that takes calls to, and brings calls from, the telephone network."""

    class Meta:
        model = Carrier
        fields = ["id", "name"]


class NetworksField(serializers.ListField):
    """The networks of a gateway, as a list of texts."""

    child = serializers.CharField(max_length=50, help_text="An address or a network: 192.0.2.0/28.")

    def to_representation(self, data: Any) -> list[str]:
        """In the form in which they are kept: 192.0.2.7 is 192.0.2.7/32."""
        return [source.network for source in data.all()]


class GatewaySerializer(ApiSerializer):
    """A SIP peer that joins the platform to the telephone network. Resellers see its name and how it is."""

    carrier = Choice(Carrier, help_text="Whose it is.")
    number_format = Choice(
        NumberFormat, required=False, allow_null=True, help_text="How it writes numbers; null: E.164 with the plus."
    )
    sources = NetworksField(
        required=False,
        max_length=MAX_SOURCES,
        help_text="Requests from these addresses are this gateway's. What is sent takes the place of all.",
    )
    inbound_password = serializers.CharField(
        write_only=True,
        required=False,
        trim_whitespace=False,
        min_length=MIN_INBOUND_PASSWORD_LENGTH,
        max_length=MAX_PASSWORD_LENGTH,
        help_text=f"Of inbound_username. {_PASSWORD}",
    )
    outbound_password = serializers.CharField(
        write_only=True,
        required=False,
        trim_whitespace=False,
        max_length=MAX_PASSWORD_LENGTH,
        help_text=f"Of outbound_username, as the carrier gave it. {_PASSWORD}",
    )
    outbound_realm = serializers.CharField(
        required=False, allow_blank=True, max_length=128, help_text=Gateway._meta.get_field("outbound_realm").help_text
    )
    state = serializers.SerializerMethodField(
        help_text="Whether it answers: up, partly (some edges reach it), down, unknown (not asked yet), not_probed "
        "(probe_interval is 0), suspended."
    )
    registration = serializers.SerializerMethodField(
        help_text="Whether we are registered there: registered, not_registered, unknown; null where nobody wants to be."
    )

    expandable = {
        "carrier": Expansion(CarrierSerializer, "carrier", area=Area.TRUNKS),
    }

    class Meta:
        model = Gateway
        fields = [
            "id",
            "name",
            "carrier",
            "is_active",
            "state",
            "registration",
            "host",
            "port",
            "transport",
            "outbound_proxy",
            "sources",
            "tls_name",
            "inbound_username",
            "inbound_password",
            "number_format",
            "called_number_in",
            "caller_in",
            "identity_as",
            "from_as",
            "diverted_as",
            "max_calls",
            "max_calls_per_second",
            "probe_interval",
            "ringing_within",
            "failover_codes",
            "outbound_username",
            "outbound_password",
            "outbound_realm",
            "registers",
            "registrar",
            "registration_aor",
            "registration_user",
            "registration_expires",
            "registration_edge",
        ]

    for_admins = frozenset(Meta.fields) - {"id", "name", "is_active", "state"}

    @extend_schema_field(serializers.ChoiceField(choices=list(STATES.values())))
    def get_state(self, gateway: Gateway) -> str:
        """As all edges see it."""
        return STATES[answers(gateway, gateway.states.all())[0]]

    @extend_schema_field(serializers.ChoiceField(choices=list(REGISTRATIONS.values()), allow_null=True))
    def get_registration(self, gateway: Gateway) -> str | None:
        """As all edges see it."""
        found = registration(gateway, gateway.states.all())
        return None if found is None else REGISTRATIONS[found[0]]

    def create(self, validated_data: dict[str, Any]) -> Gateway:
        """Make a gateway with its accounts and sources."""
        return save_gateway(Gateway(), validated_data)

    def update(self, instance: Gateway, validated_data: dict[str, Any]) -> Gateway:
        """Change what was sent."""
        return save_gateway(instance, validated_data)


class GatewayAtEdgeSerializer(ApiSerializer):
    """What one edge knows of a gateway."""

    class Meta:
        model = GatewayState
        fields = [
            "edge",
            "is_up",
            "since",
            "last_status",
            "last_error",
            "round_trip_ms",
            "checked_at",
            "registered_until",
            "registration_status",
            "registration_error",
            "saved_at",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "edge": {"help_text": "The name of the edge."},
            "checked_at": {"help_text": "When it asked last."},
            "registered_until": {"help_text": "Until when our registration there stands; null where there is none."},
            "is_up": {"help_text": "Null where this edge did not ask it yet."},
            "since": {"help_text": "Since when it has been so."},
            "last_status": {"help_text": "The SIP status of its last answer."},
            "saved_at": {"help_text": "When the edge said so."},
        }


class CarrierFilter(FilterSet):
    """What carriers can be narrowed by."""

    name = CharFilter(help_text="The whole name.")


class GatewayFilter(FilterSet):
    """What gateways can be narrowed by."""

    name = CharFilter(help_text="The whole name.")
    carrier = ReferenceFilter(Carrier, field_name="carrier", help_text="The carrier's id; for administrators.")
    is_active = YesNoFilter()


class CarrierViewSet(WritableViewSet):
    """Companies that carry calls to and from the telephone network. They are the provider's own: nobody else sees
    any."""

    areas = [Area.TRUNKS]
    queryset = Carrier.objects.all()
    serializer_class = CarrierSerializer
    filterset_class = CarrierFilter
    orderings = {"name": "name"}
    default_ordering = "name"
    search_lookups = ["name__istartswith"]
    writers = frozenset({Role.ADMIN})


class GatewayViewSet(WritableViewSet):
    """SIP peers of the telephone network. Administrators set them up. A reseller sees those that a route for its calls
    alone leads to: their names, whether they are in use and whether they answer; customers see none. A gateway that is
    removed takes its sources and routes along."""

    areas = [Area.TRUNKS]
    queryset = Gateway.objects.select_related("carrier", "number_format").prefetch_related("sources", "states")
    serializer_class = GatewaySerializer
    filterset_class = GatewayFilter
    orderings = {"name": "name"}
    default_ordering = "name"
    search_lookups = ["name__istartswith"]
    writers = frozenset({Role.ADMIN})

    @extend_schema(responses=GatewayAtEdgeSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def states(self, request: Request, **kwargs: Any) -> Response:
        """What each edge knows of it: since when it answers or not, what it said last, and how our registration there
        stands. For administrators; to others it is empty."""
        gateway = self.find(self.get_queryset(), kwargs[self.lookup_url_kwarg])
        user: Any = request.user
        states = GatewayState.objects.visible_to(user).filter(gateway=gateway).order_by("edge")
        return Response(GatewayAtEdgeSerializer(states, many=True, context=self.get_serializer_context()).data)
