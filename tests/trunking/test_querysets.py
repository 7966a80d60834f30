"""Gateways and what is known of them are the provider's own business."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.factories.trunking import GatewayStateFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers
from trunking.models import Carrier, Gateway, GatewayState, Route

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [Carrier, Gateway, GatewayState, Route])
def test_administrators_alone_see_interconnects(model: Any, two_resellers: TwoResellers) -> None:
    RouteFactory(gateway=GatewayStateFactory().gateway)
    assert model.objects.visible_to(two_resellers.admin).exists()
    for side in (two_resellers.a, two_resellers.b):
        assert not model.objects.visible_to(side.customer_user).exists()
        assert not model.objects.visible_to(side.reseller_user).exists()


def test_what_was_said_long_ago_is_forgotten_unless_a_registration_stands() -> None:
    now, day = timezone.now(), timedelta(days=1)
    old = GatewayStateFactory(saved_at=now - day)
    GatewayStateFactory(saved_at=now - day, registered_until=now + day)
    GatewayStateFactory(saved_at=now)
    assert list(GatewayState.objects.forgotten()) == [old]
