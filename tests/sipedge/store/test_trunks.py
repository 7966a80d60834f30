"""Gateways, routes and rules as the panel writes them, and as the edge has them then."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import time
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from django.conf import settings

from sipedge.facts import DestinationRuleFacts, GatewayAccount, GatewayRegistration, RouteFacts
from sipedge.store import trunks
from sipedge.store.postgres import PostgresStore
from sipedge.store.settings import StoreSettings
from tests.sipedge.store.stock import eventually

pytestmark = pytest.mark.django_db(transaction=True)


class Rows(NamedTuple):
    gateway: Any
    plain: Any
    route: Any
    customer: Any
    domain: Any


@pytest.fixture
def rows(edge_dsn: str) -> Rows:
    """A gateway with everything, one with nothing, a route with everything, and two rules."""
    from tests.factories.accounts import CustomerFactory
    from tests.factories.subscribers import DomainFactory
    from tests.factories.trunking import DestinationRuleFactory, GatewayFactory, RouteFactory

    customer = CustomerFactory()
    domain = DomainFactory(reseller=customer.reseller)
    gateway = GatewayFactory.build(
        carrier=None, name="PSTN", number_format=None, transport="tls", outbound_proxy="sbc.example.org:5061",
        called_number_in="to", caller_in="remote_party_id", identity_as="preferred", from_as="identity",
        diverted_as="both", max_calls=30, max_calls_per_second=5, probe_interval=20, failover_codes=[404, 503],
        ringing_within=8, outbound_realm="carrier", registers=True, registrar="registrar.example.org",
        registration_aor="sip:1@carrier.example", registration_user="1", registration_expires=600,
        registration_edge="edge1",
    )  # fmt: skip
    plain = GatewayFactory(name="Plain")
    gateway.carrier = plain.carrier
    gateway.set_inbound_account("carrier", "its password")
    gateway.set_outbound_account("us", "our password")
    gateway.save()
    route = RouteFactory(
        gateway=gateway, prefix="43", priority=7, reseller=customer.reseller, customer=customer, domain=domain,
        weight=30, cost=Decimal("0.0125"), weekdays=[1, 2], opens=time(8, 30), closes=time(17), is_last=True,
        timezone="Europe/Vienna",
    )  # fmt: skip
    RouteFactory(gateway=plain, prefix="133", kind="emergency")
    DestinationRuleFactory(prefix="870", reason="Satellite")
    DestinationRuleFactory(prefix="87", kind="service")
    DestinationRuleFactory(prefix="8701", is_allowed=True, reseller=customer.reseller, customer=customer)
    return Rows(gateway, plain, route, customer, domain)


@pytest_asyncio.fixture
async def store(rows: Rows, edge_dsn: str) -> AsyncIterator[PostgresStore]:
    """A store that has read them."""
    store = PostgresStore(edge_dsn, settings.CREDENTIAL_KEYS, StoreSettings())
    await store.start()
    yield store
    await store.stop()


async def test_a_gateway_with_everything(store: PostgresStore, rows: Rows) -> None:
    facts = store.gateways.by_id(rows.gateway.pk)

    assert facts is not None
    assert facts is store.gateways.by_username("carrier")
    assert (facts.transport, facts.outbound_proxy, facts.number_format) == ("tls", "sbc.example.org:5061", None)
    assert (facts.called_number_in, facts.caller_in, facts.identity_as) == ("to", "remote_party_id", "preferred")
    assert (facts.from_as, facts.diverted_as, facts.failover_codes) == ("identity", "both", (404, 503))
    assert (facts.max_calls, facts.max_calls_per_second) == (30, 5)
    assert (facts.probe_interval, facts.ringing_within) == (20, 8)
    assert facts.inbound == GatewayAccount("carrier", "its password")
    assert facts.outbound == GatewayAccount("us", "our password", "carrier")
    assert facts.registration == GatewayRegistration(
        "registrar.example.org", "sip:1@carrier.example", "1", 600, "edge1"
    )


async def test_a_gateway_with_nothing(store: PostgresStore, rows: Rows) -> None:
    facts = store.gateways.by_id(rows.plain.pk)

    assert facts is not None
    assert facts.number_format is not None
    assert (facts.inbound, facts.outbound, facts.registration) == (None, None, None)
    assert (facts.max_calls, facts.max_calls_per_second, facts.probe_interval) == (None, None, 0)
    assert (facts.failover_codes, facts.ringing_within, facts.outbound_proxy) == ((), None, "")


async def test_routes_with_everything_and_by_kind(store: PostgresStore, rows: Rows) -> None:
    assert store.gateways.routes_for("number", "4312345") == (
        RouteFacts(
            gateway_id=rows.gateway.pk, prefix="43", priority=7, id=rows.route.pk,
            reseller_id=rows.customer.reseller_id, customer_id=rows.customer.pk, domain_id=rows.domain.pk, weight=30,
            cost=1250, weekdays=(1, 2), opens=510, closes=1020, timezone="Europe/Vienna", is_last=True,
        ),
    )  # fmt: skip
    (emergency,) = store.gateways.routes_for("emergency", "133")
    assert emergency == RouteFacts(rows.plain.pk, "133", 100, emergency.id, kind="emergency")


async def test_rules_the_longest_prefix_first(store: PostgresStore, rows: Rows) -> None:
    owner = {"reseller_id": rows.customer.reseller_id, "customer_id": rows.customer.pk}

    assert store.gateways.rules_for("number", "870123") == (
        DestinationRuleFacts("8701", is_allowed=True, **owner),
        DestinationRuleFacts("870", is_allowed=False, reason="Satellite"),
    )
    assert store.gateways.rules_for("service", "870") == (DestinationRuleFacts("87", is_allowed=False, kind="service"),)


async def test_the_loop_goes_on_while_tables_are_made(
    store: PostgresStore, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    makers = []
    made = trunks.RouteTables
    monkeypatch.setattr(
        trunks, "RouteTables", lambda *tables: makers.append(threading.current_thread()) or made(*tables)
    )
    store._tables.request()

    await eventually(lambda: len(makers) > 0)
    assert threading.main_thread() not in makers


async def test_a_rule_and_an_account_count_within_a_second(store: PostgresStore, rows: Rows) -> None:
    def change() -> None:
        from trunking.models import DestinationRule

        DestinationRule.objects.all().delete()
        rows.plain.set_inbound_account("other", "another password")
        rows.plain.save()

    await asyncio.to_thread(change)

    await eventually(lambda: not store.gateways.rules_for("number", "870"))
    await eventually(lambda: store.gateways.by_username("other") is not None)


async def test_whose_password_no_key_opens_proves_nothing_by_it(
    rows: Rows, edge_dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    from cryptography.fernet import Fernet

    store = PostgresStore(edge_dsn, [Fernet.generate_key().decode()], StoreSettings())
    await store.start()

    facts = store.gateways.by_id(rows.gateway.pk)
    await store.stop()
    assert facts is not None
    assert (facts.inbound, facts.outbound) == (None, None)
    assert "the inbound password of gateway PSTN" in caplog.text
    assert "its password" not in repr(facts) + caplog.text
