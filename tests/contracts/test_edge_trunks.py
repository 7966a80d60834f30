"""The views of gateways, routes and rules; their columns stand in test_edge_views.py."""

from datetime import time
from decimal import Decimal
from typing import Any

import pytest

from tests.contracts.asking import row as _row
from tests.contracts.asking import rows as _rows
from tests.factories.trunking import DestinationRuleFactory, GatewayFactory, GatewaySourceFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers
from trunking.models import Gateway, Route

pytestmark = pytest.mark.django_db


def test_a_gateway_with_its_sources() -> None:
    gateway = GatewayFactory(host="192.0.2.10", port=None, tls_name="gw.example.org")
    GatewaySourceFactory(gateway=gateway, network="198.51.100.7")
    GatewaySourceFactory(gateway=gateway, network="192.0.2.0/28")
    row = _row("edge_gateway", id=gateway.pk)
    assert row["sources"] == ["192.0.2.0/28", "198.51.100.7/32"]
    assert (row["host"], row["port"], row["transport"], row["is_active"]) == ("192.0.2.10", None, "udp", True)
    assert row["tls_name"] == "gw.example.org"


def test_a_gateway_that_says_nothing_is_as_most_are() -> None:
    row = _row("edge_gateway", id=GatewayFactory().pk)
    assert (row["called_number_in"], row["caller_in"], row["identity_as"]) == ("request_uri", "asserted", "asserted")
    assert (row["from_as"], row["diverted_as"], row["failover_codes"]) == ("caller", "diversion", [])
    assert (row["max_calls"], row["max_calls_per_second"], row["ringing_within"]) == (None, None, None)
    assert (row["probe_interval"], row["registers"], row["inbound_username"]) == (0, False, "")


@pytest.mark.parametrize("model", [Route, Gateway])
def test_routes_are_the_active_ones_of_active_gateways(model: Any) -> None:
    route = RouteFactory(prefix="43", priority=5)
    row = _row("edge_route")
    assert (row["id"], row["gateway_id"], row["prefix"], row["priority"]) == (route.pk, route.gateway_id, "43", 5)
    model.objects.update(is_active=False)
    assert _rows("SELECT * FROM edge_route") == []


def test_a_routes_cost_and_times_are_whole_numbers() -> None:
    RouteFactory(cost=Decimal("0.01255"), opens=time(8, 30), closes=time(0), weekdays=[1, 5], timezone="Europe/Vienna")
    row = _row("edge_route")
    assert (row["cost"], row["opens"], row["closes"], row["weekdays"]) == (1255, 510, 0, [1, 5])
    Route.objects.update(cost=Decimal("9999.99999"), opens=None, closes=None)
    row = _row("edge_route")
    assert (row["cost"], row["opens"], row["closes"], row["timezone"]) == (999_999_999, None, None, "Europe/Vienna")


def test_destination_rules_of_all_owners(two_resellers: TwoResellers) -> None:
    customer = two_resellers.a.customer
    DestinationRuleFactory(prefix="870", reason="Satellite")
    DestinationRuleFactory(prefix="43", is_allowed=True, reseller=customer.reseller, customer=customer)
    DestinationRuleFactory(prefix="118", kind="service")
    rows = _rows(
        "SELECT prefix, is_allowed, reason, reseller_id, customer_id, kind FROM edge_destination_rule ORDER BY id"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("870", False, "Satellite", None, None, "number"),
        ("43", True, "", customer.reseller_id, customer.pk, "number"),
        ("118", False, "", None, None, "service"),
    ]
