"""Carriers, gateways and routes."""

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from tests.factories.numbering import NumberBlockFactory, NumberFormatFactory
from trunking.models import BlockPurchase, Carrier, DestinationRule, Gateway, GatewaySource, GatewayState, Route


class CarrierFactory(DjangoModelFactory):
    """A carrier."""

    class Meta:
        model = Carrier

    name = factory.Sequence("Carrier {}".format)


class GatewayFactory(DjangoModelFactory):
    """A gateway without sources."""

    class Meta:
        model = Gateway

    carrier = factory.SubFactory(CarrierFactory)
    name = factory.Sequence("Gateway {}".format)
    host = "192.0.2.10"
    port = 5060
    number_format = factory.SubFactory(NumberFormatFactory)


class GatewaySourceFactory(DjangoModelFactory):
    """A single address of a gateway."""

    class Meta:
        model = GatewaySource

    gateway = factory.SubFactory(GatewayFactory)
    network = factory.Sequence(lambda number: f"198.51.{100 + number // 250}.{number % 250}/32")


class RouteFactory(DjangoModelFactory):
    """The way out for all numbers."""

    class Meta:
        model = Route

    gateway = factory.SubFactory(GatewayFactory)


class GatewayStateFactory(DjangoModelFactory):
    """A gateway that one edge has just found up."""

    class Meta:
        model = GatewayState

    gateway = factory.SubFactory(GatewayFactory)
    edge = "edge1"
    saved_at = factory.LazyFunction(timezone.now)
    checked_at = factory.SelfAttribute("saved_at")
    since = factory.SelfAttribute("saved_at")
    is_up = True
    last_status = 200
    round_trip_ms = 12


class DestinationRuleFactory(DjangoModelFactory):
    """The provider bars a prefix."""

    class Meta:
        model = DestinationRule

    prefix = factory.Sequence(lambda number: str(8000 + number))


class BlockPurchaseFactory(DjangoModelFactory):
    """A block that was bought."""

    class Meta:
        model = BlockPurchase

    block = factory.SubFactory(NumberBlockFactory)
    carrier = factory.SubFactory(CarrierFactory)
