"""The models of the app trunking, one file a subject."""

from trunking.models.gateways import Carrier, Gateway, GatewaySource
from trunking.models.purchases import BlockPurchase
from trunking.models.routes import DestinationRule, Route
from trunking.models.states import GatewayState

__all__ = ["BlockPurchase", "Carrier", "DestinationRule", "Gateway", "GatewaySource", "GatewayState", "Route"]
