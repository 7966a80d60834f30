"""Gateways and what is known of them are the provider's own business, but for what is a reseller's alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.factories.trunking import DestinationRuleFactory, GatewayStateFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers
from trunking.models import Carrier, DestinationRule, Gateway, GatewayState, Route

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [Carrier, DestinationRule, Gateway, GatewayState, Route])
def test_administrators_alone_see_what_all_share(model: Any, two_resellers: TwoResellers) -> None:
    RouteFactory(gateway=GatewayStateFactory().gateway)
    DestinationRuleFactory()
    assert model.objects.visible_to(two_resellers.admin).exists()
    for side in (two_resellers.a, two_resellers.b):
        assert not model.objects.visible_to(side.customer_user).exists()
        assert not model.objects.visible_to(side.reseller_user).exists()


def test_a_reseller_sees_what_is_set_up_for_its_calls_alone(two_resellers: TwoResellers) -> None:
    a, b = two_resellers.a, two_resellers.b
    own, of_a_customer = RouteFactory(reseller=a.reseller), RouteFactory(reseller=a.reseller, customer=a.customer)
    RouteFactory(gateway=own.gateway, prefix="43", reseller=a.reseller, is_active=False)
    RouteFactory(gateway=of_a_customer.gateway, prefix="44", reseller=b.reseller), RouteFactory()
    rule = DestinationRuleFactory(reseller=a.reseller, customer=a.customer)
    assert set(Gateway.objects.visible_to(a.reseller_user)) == {own.gateway, of_a_customer.gateway}
    assert set(Gateway.objects.visible_to(b.reseller_user)) == {of_a_customer.gateway}
    assert Route.objects.visible_to(a.reseller_user).count() == 3
    assert list(DestinationRule.objects.visible_to(a.reseller_user)) == [rule]
    assert not DestinationRule.objects.visible_to(b.reseller_user).exists()
    for model in (Gateway, Route, DestinationRule):
        assert not model.objects.visible_to(a.customer_user).exists()


def test_what_was_said_long_ago_is_forgotten_unless_a_registration_stands() -> None:
    now, day = timezone.now(), timedelta(days=1)
    old = GatewayStateFactory(saved_at=now - day)
    GatewayStateFactory(saved_at=now - day, registered_until=now + day)
    GatewayStateFactory(saved_at=now)
    assert list(GatewayState.objects.forgotten()) == [old]


def test_routes_that_fit_a_number_the_longest_prefix_first() -> None:
    everywhere, austria = RouteFactory(prefix=""), RouteFactory(prefix="43", priority=20)
    first, vienna = RouteFactory(prefix="43", priority=10), RouteFactory(prefix="431")
    RouteFactory(prefix="44"), RouteFactory(prefix="43123456")
    assert list(Route.objects.fitting("4312345")) == [vienna, first, austria, everywhere]
    assert list(Route.objects.fitting("")) == [everywhere]


def test_rules_that_fit_a_number() -> None:
    allowed, barred = DestinationRuleFactory(prefix="8701", is_allowed=True), DestinationRuleFactory(prefix="870")
    DestinationRuleFactory(prefix="871"), DestinationRuleFactory(prefix="870", kind="service")
    assert list(DestinationRule.objects.fitting("870123")) == [allowed, barred]
