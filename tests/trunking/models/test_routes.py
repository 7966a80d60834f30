"""What the database refuses about routes and destination rules, and what a form makes of what people leave out."""

from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

from tests.factories.accounts import CustomerFactory, ResellerFactory
from tests.factories.subscribers import DomainFactory
from tests.factories.trunking import DestinationRuleFactory, GatewayFactory, RouteFactory
from trunking.models import DestinationRule, Route

pytestmark = pytest.mark.django_db

NINE, FIVE = time(9), time(17)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"prefix": "+43"}, "route_prefix_digits"),
        ({"prefix": "43 1"}, "route_prefix_digits"),
        ({"prefix": "a"}, "route_prefix_digits"),
        ({"kind": "fax"}, "route_kind_known"),
        ({"weight": 0}, "route_weight_range"),
        ({"weight": 1001}, "route_weight_range"),
        ({"cost": Decimal("-0.1")}, "route_cost_range"),
        ({"weekdays": []}, "route_weekdays_are_days"),
        ({"weekdays": [8]}, "route_weekdays_are_days"),
        ({"weekdays": [0]}, "route_weekdays_are_days"),
        ({"opens": NINE}, "route_window_whole"),
        ({"closes": NINE}, "route_window_whole"),
        ({"opens": NINE, "closes": NINE}, "route_window_whole"),
        ({"timezone": "a b"}, "route_timezone_is_name"),
        ({"timezone": ""}, "route_timezone_is_name"),
    ],
)
def test_a_route_that_cannot_be_is_refused(fields: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        RouteFactory(**fields)


def test_a_gateway_has_a_route_once() -> None:
    route = RouteFactory(prefix="43")
    RouteFactory(prefix="43")
    with pytest.raises(IntegrityError, match="route_once"):
        RouteFactory(prefix="43", gateway=route.gateway, priority=7, cost=1)


def test_the_same_prefix_for_other_callers_kinds_and_times() -> None:
    gateway, customer = GatewayFactory(), CustomerFactory()
    owner = {"reseller": customer.reseller}
    domain = DomainFactory(reseller=customer.reseller)
    for fields in (
        {},
        owner,
        owner | {"customer": customer},
        owner | {"domain": domain},
        {"kind": "emergency"},
        {"weekdays": [6, 7]},
        {"opens": NINE, "closes": FIVE},
        {"opens": FIVE, "closes": NINE},
        {"timezone": "Europe/Vienna"},
    ):
        RouteFactory(gateway=gateway, prefix="43", **fields)
    assert gateway.routes.count() == 9


@pytest.mark.parametrize("factory", [RouteFactory, DestinationRuleFactory])
def test_a_customer_has_a_reseller(factory: Any) -> None:
    with pytest.raises(IntegrityError, match="owner_has_reseller"):
        factory(customer=CustomerFactory())


@pytest.mark.parametrize(
    ("factory", "owner"),
    [(RouteFactory, CustomerFactory), (RouteFactory, DomainFactory), (DestinationRuleFactory, CustomerFactory)],
)
def test_all_owners_are_of_one_reseller(factory: Any, owner: Any) -> None:
    field = "domain" if owner is DomainFactory else "customer"
    factory(**{field: owner(), "reseller": ResellerFactory()})
    with pytest.raises(IntegrityError, match=f"{field}_of_same_reseller"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("model", [Route, DestinationRule])
def test_the_reseller_follows_from_the_customer(model: Any) -> None:
    customer = CustomerFactory()
    row = model(customer=customer)
    row.clean()
    assert row.reseller_id == customer.reseller_id
    row = model(customer=customer, reseller=ResellerFactory())
    with pytest.raises(ValidationError, match="another reseller"):
        row.clean()


def test_a_customer_and_a_domain_of_two_resellers_are_refused() -> None:
    with pytest.raises(ValidationError, match="another reseller"):
        Route(customer=CustomerFactory(), domain=DomainFactory()).clean()


def test_days_are_kept_in_their_order() -> None:
    route = Route(weekdays=[7, 1, 1])
    route.clean()
    assert route.weekdays == [1, 7]


def test_an_owner_has_a_rule_for_a_prefix_once() -> None:
    rule = DestinationRuleFactory(prefix="870")
    DestinationRuleFactory(prefix="870", reseller=ResellerFactory())
    DestinationRuleFactory(prefix="870", kind="service")
    with pytest.raises(IntegrityError, match="destinationrule_once"):
        DestinationRuleFactory(prefix="870", is_allowed=not rule.is_allowed)


def test_a_rules_prefix_is_digits() -> None:
    with pytest.raises(IntegrityError, match="destinationrule_prefix_digits"):
        DestinationRuleFactory(prefix="+43")


@pytest.mark.parametrize("factory", [RouteFactory, DestinationRuleFactory])
def test_what_is_an_owners_goes_with_it(factory: Any) -> None:
    customer = CustomerFactory()
    kept = factory(prefix="1")
    factory(prefix="2", reseller=customer.reseller, customer=customer)
    customer.delete()
    assert list(type(kept).objects.all()) == [kept]


def test_rows_have_names_for_people() -> None:
    route = RouteFactory(gateway__name="Vienna 1")
    rows = [route, RouteFactory(gateway=route.gateway, prefix="43"), DestinationRule(prefix="870"), DestinationRule()]
    assert [str(row) for row in rows] == ["* → Vienna 1", "43 → Vienna 1", "870: barred", "*: barred"]
    assert str(DestinationRule(prefix="43", is_allowed=True)) == "43: allowed"


@pytest.mark.parametrize("closes", [time(23, 59, 59), time(17, 0, 0, 1)])
def test_a_window_has_whole_minutes(closes: time) -> None:
    route = RouteFactory.build(gateway=GatewayFactory(), opens=NINE, closes=closes)
    with pytest.raises(ValidationError, match="whole minutes"):
        route.clean()
    route.closes = time(0)
    route.clean()
