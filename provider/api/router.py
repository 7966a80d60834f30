"""The one router of the API: which collection is shown by which viewset."""

from __future__ import annotations

from rest_framework.routers import DefaultRouter

from accounts.api.tokens import TokenViewSet
from accounts.api.users import UserViewSet
from accounts.api.views import CustomerViewSet, ResellerViewSet
from calls.api.views import CallViewSet
from events.api.views import EventViewSet
from events.api.webhooks import DeliveryViewSet, WebhookViewSet
from imports.api.views import ImportViewSet
from numbering.api.assignments import NumberAssignmentViewSet
from numbering.api.blocks import NumberBlockViewSet
from numbering.api.formats import DialSettingsViewSet, NumberFormatViewSet
from numbering.api.views import NumberViewSet
from portal.api.views import CallSettingsViewSet
from provider.api.root import ApiRoot
from subscribers.api.credentials import CredentialViewSet
from subscribers.api.domains import DomainAliasViewSet, DomainViewSet
from subscribers.api.views import RegistrationViewSet, SubscriberViewSet
from trunking.api.gateways import CarrierViewSet, GatewayViewSet
from trunking.api.routes import BlockPurchaseViewSet, DestinationRuleViewSet, RouteViewSet


class Router(DefaultRouter):
    """Addresses with converters, not regular expressions; no format suffixes; a root that lists the collections."""

    include_format_suffixes = False
    APIRootView = ApiRoot

    def __init__(self) -> None:
        super().__init__(use_regex_path=False)


router = Router()
router.register("resellers", ResellerViewSet, basename="reseller")
router.register("customers", CustomerViewSet, basename="customer")
router.register("users", UserViewSet, basename="user")
router.register("tokens", TokenViewSet, basename="token")
router.register("domains", DomainViewSet, basename="domain")
router.register("domain-aliases", DomainAliasViewSet, basename="domainalias")
router.register("subscribers", SubscriberViewSet, basename="subscriber")
router.register("call-settings", CallSettingsViewSet, basename="callsettings")
router.register("credentials", CredentialViewSet, basename="credential")
router.register("numbers", NumberViewSet, basename="number")
router.register("number-blocks", NumberBlockViewSet, basename="numberblock")
router.register("number-assignments", NumberAssignmentViewSet, basename="numberassignment")
router.register("number-formats", NumberFormatViewSet, basename="numberformat")
router.register("dial-settings", DialSettingsViewSet, basename="dialsettings")
router.register("registrations", RegistrationViewSet, basename="registration")
router.register("calls", CallViewSet, basename="call")
router.register("events", EventViewSet, basename="event")
router.register("carriers", CarrierViewSet, basename="carrier")
router.register("gateways", GatewayViewSet, basename="gateway")
router.register("routes", RouteViewSet, basename="route")
router.register("destination-rules", DestinationRuleViewSet, basename="destinationrule")
router.register("block-purchases", BlockPurchaseViewSet, basename="blockpurchase")
router.register("imports", ImportViewSet, basename="import")
router.register("webhooks", WebhookViewSet, basename="webhook")
router.register("webhook-deliveries", DeliveryViewSet, basename="delivery")
