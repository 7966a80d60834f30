"""The one router of the API: which collection is shown by which viewset."""

from __future__ import annotations

from rest_framework.routers import DefaultRouter

from accounts.api.views import CustomerViewSet
from calls.api.views import CallViewSet
from numbering.api.views import NumberBlockViewSet, NumberViewSet
from provider.api.root import ApiRoot
from subscribers.api.credentials import CredentialViewSet
from subscribers.api.views import DomainViewSet, RegistrationViewSet, SubscriberViewSet


class Router(DefaultRouter):
    """Addresses with converters, not regular expressions; no format suffixes; a root that lists the collections."""

    include_format_suffixes = False
    APIRootView = ApiRoot

    def __init__(self) -> None:
        super().__init__(use_regex_path=False)


router = Router()
router.register("customers", CustomerViewSet, basename="customer")
router.register("domains", DomainViewSet, basename="domain")
router.register("subscribers", SubscriberViewSet, basename="subscriber")
router.register("credentials", CredentialViewSet, basename="credential")
router.register("numbers", NumberViewSet, basename="number")
router.register("number-blocks", NumberBlockViewSet, basename="numberblock")
router.register("registrations", RegistrationViewSet, basename="registration")
router.register("calls", CallViewSet, basename="call")
