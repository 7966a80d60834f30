"""Routes, destination rules and purchases in the API: whose calls they are for decides who sees them."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.db import connection

from tests.factories.numbering import NumberBlockFactory
from tests.factories.trunking import CarrierFactory, DestinationRuleFactory, GatewayFactory, RouteFactory
from tests.factories.two_resellers import TwoResellers
from tests.provider.api.asking import ask, refused_fields, rows, send
from trunking.models import BlockPurchase, DestinationRule, Route


def test_a_route_for_a_domains_calls_is_its_resellers(two_resellers: TwoResellers) -> None:
    gateway, a, b = GatewayFactory(), two_resellers.a, two_resellers.b
    wanted = {
        "gateway": str(gateway.uid), "prefix": "43", "priority": 10, "cost": "0.01250", "domain": str(a.domain.uid),
        "weekdays": [5, 1], "opens": "08:00", "closes": "18:00", "timezone": "Europe/Vienna", "is_last": True,
    }  # fmt: skip
    made = send("POST", two_resellers.admin_token_text, "routes/", wanted)
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["reseller"], body["weekdays"], body["opens"]) == (str(a.reseller.uid), [1, 5], "08:00:00")
    (seen,) = rows(a.reseller_token_text, "routes/")
    assert seen == {name: value for name, value in body.items() if name != "cost"}
    (expanded,) = rows(a.reseller_token_text, "routes/", expand="gateway", fields="gateway")
    assert expanded["gateway"] == {
        "id": str(gateway.uid), "name": gateway.name, "is_active": True, "state": "not_probed"
    }  # fmt: skip
    for token in (b.reseller_token_text, a.customer_token_text):
        assert rows(token, "routes/") == []
        assert ask(token, f"routes/{body['id']}/").status_code == 404
    assert refused_fields(ask(a.reseller_token_text, "routes/", ordering="cost")) == {"ordering": "invalid"}


def test_what_all_share_is_the_providers(two_resellers: TwoResellers) -> None:
    RouteFactory(), DestinationRuleFactory()
    for path in ("routes/", "destination-rules/"):
        assert len(rows(two_resellers.admin_token_text, path)) == 1
        assert rows(two_resellers.a.reseller_token_text, path) == []


def test_a_route_is_refused_as_the_panel_does(two_resellers: TwoResellers) -> None:
    token, route = two_resellers.admin_token_text, RouteFactory(prefix="43")
    wanted = {"gateway": str(route.gateway.uid), "prefix": "43"}
    twice = send("POST", token, "routes/", wanted)
    assert refused_fields(twice) == {"": "invalid"}
    assert "has this route already" in twice.json()["errors"][0]["message"]
    mixed = {**wanted, "domain": str(two_resellers.a.domain.uid), "reseller": str(two_resellers.b.reseller.uid)}
    assert refused_fields(send("POST", token, "routes/", mixed)) == {"domain": "invalid"}
    assert refused_fields(send("POST", token, "routes/", {**wanted, "prefix": "+43"})) == {"prefix": "invalid"}
    wrong = {**wanted, "prefix": "4" * 16, "weight": 0, "timezone": "Mars/Base", "weekdays": [9], "opens": "25:00"}
    expected = {"prefix", "weight", "timezone", "weekdays.0", "opens"}
    assert set(refused_fields(send("POST", token, "routes/", wrong))) == expected
    half = send("POST", token, "routes/", {**wanted, "prefix": "44", "opens": "08:00"})
    assert refused_fields(half) == {"": "invalid"}
    assert Route.objects.count() == 1


def test_what_fits_a_number(two_resellers: TwoResellers) -> None:
    token = two_resellers.admin_token_text
    gateway = GatewayFactory()
    for prefix in ("", "43", "431", "44"):
        RouteFactory(prefix=prefix, gateway=gateway)
    DestinationRuleFactory(prefix="43900")
    assert [row["prefix"] for row in rows(token, "routes/", fits="+4312345")] == ["", "43", "431"]
    assert [row["prefix"] for row in rows(token, "destination-rules/", fits="+43900123")] == ["43900"]
    assert refused_fields(ask(token, "routes/", fits="0043")) == {"fits": "invalid"}


def test_rules_of_a_customer_are_its_resellers_to_read(two_resellers: TwoResellers) -> None:
    a = two_resellers.a
    wanted = {"prefix": "43900", "reason": "premium", "customer": str(a.customer.uid)}
    made = send("POST", two_resellers.admin_token_text, "destination-rules/", wanted)
    assert made.status_code == 201, made.content
    assert (made.json()["reseller"], made.json()["is_allowed"]) == (str(a.reseller.uid), False)
    assert rows(a.reseller_token_text, "destination-rules/") == [made.json()]
    assert rows(two_resellers.b.reseller_token_text, "destination-rules/") == []
    assert rows(a.customer_token_text, "destination-rules/") == []
    assert refused_fields(send("POST", two_resellers.admin_token_text, "destination-rules/", wanted)) != {}


def test_ready_made_rules(two_resellers: TwoResellers) -> None:
    token, a = two_resellers.admin_token_text, two_resellers.a
    path = "destination-rules/ready-made/"
    tried = send("POST", token, path, {"sets": ["satellite"]}, dry_run="1")
    assert (tried.status_code, DestinationRule.objects.count()) == (200, 0)
    wanted = {"sets": ["satellite"], "countries": ["RU"], "customer": str(a.customer.uid)}
    added = send("POST", token, path, wanted).json()["added"]
    assert added == DestinationRule.objects.filter(customer=a.customer, reseller=a.reseller).count() > 1
    assert send("POST", token, path, wanted).json() == {"added": 0}
    assert refused_fields(send("POST", token, path, {})) == {"sets": "required"}
    assert refused_fields(send("POST", token, path, {"countries": ["XX"]})) == {"countries.0": "invalid_choice"}
    assert send("POST", a.reseller_token_text, path, wanted).status_code == 403


def test_purchases(two_resellers: TwoResellers) -> None:
    token, carrier = two_resellers.admin_token_text, CarrierFactory()
    block = NumberBlockFactory(first="+4311000", last="+4311099", reseller=two_resellers.a.reseller)
    wanted = {"block": str(block.uid), "carrier": str(carrier.uid), "contract": "4711", "bought_on": "2026-01-31"}
    made = send("POST", token, "block-purchases/", wanted)
    assert made.status_code == 201, made.content
    assert set(refused_fields(send("POST", token, "block-purchases/", wanted))) == {"block"}
    assert rows(token, "block-purchases/", block=str(block.uid)) == [made.json()]
    path = f"block-purchases/{made.json()['id']}/"
    assert send("PATCH", token, path, {"contract": "4712"}).json()["contract"] == "4712"
    assert ask(two_resellers.a.reseller_token_text, path).status_code == 404
    assert rows(two_resellers.a.reseller_token_text, "block-purchases/") == []
    assert send("DELETE", token, path).status_code == 428
    assert send("DELETE", token, path, headers={"If-Match": "*"}).status_code == 204
    assert not BlockPurchase.objects.exists()


@pytest.fixture
def topics(transactional_db: None) -> Iterator[Any]:
    """The topics of what edges are told, since they were asked last."""
    known = connection.settings_dict
    listener = psycopg2.connect(
        dbname=known["NAME"], user=known["USER"], password=known["PASSWORD"], host=known["HOST"], port=known["PORT"]
    )
    listener.autocommit = True
    listener.cursor().execute("LISTEN edge")

    def said() -> set[str]:
        listener.cursor().execute("SELECT 1")
        listener.poll()
        found = {json.loads(one.payload)["t"] for one in listener.notifies}
        listener.notifies.clear()
        return found

    yield said
    listener.close()


def test_edges_are_told_at_once_and_not_of_what_was_only_tried(topics: Any, two_resellers: TwoResellers) -> None:
    token = two_resellers.admin_token_text
    gateway = {"name": "PSTN", "carrier": str(CarrierFactory().uid), "host": "192.0.2.10"}
    topics()
    assert send("POST", token, "gateways/", gateway, dry_run="1").status_code == 200
    assert topics() == set()
    made = send("POST", token, "gateways/", gateway).json()
    assert topics() == {"gateway"}
    send("PATCH", token, f"gateways/{made['id']}/", {"sources": ["192.0.2.0/28"]})
    assert topics() == {"gateway"}
    for path, data in (("routes/", {"gateway": made["id"]}), ("destination-rules/", {"prefix": "43900"})):
        assert send("POST", token, path, data).status_code == 201
        assert topics() == {"gateway"}
    assert send("DELETE", token, f"gateways/{made['id']}/", headers={"If-Match": "*"}).status_code == 204
    assert topics() == {"gateway"}
