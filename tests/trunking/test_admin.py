"""Carriers and gateways in the panel."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from provider.panel.admin import INLINE_ROWS
from provider.panel.site import page_of
from tests.factories.accounts import ResellerFactory, UserFactory
from tests.factories.trunking import (
    CarrierFactory,
    GatewayFactory,
    GatewaySourceFactory,
    GatewayStateFactory,
    RouteFactory,
)
from tests.provider.panel.panel import admin_client
from tests.trunking.forms import gateway_form
from trunking.models import Gateway

ADD = "admin:trunking_gateway_add"
REGISTRATION = {"registration_aor": "sip:1@carrier.example", "registration_user": "1"}
SHOWN_PREFIX = r'name="routes-\d+-prefix" value="(\d+)"'


@pytest.fixture
def client(db: None) -> Client:
    return admin_client(UserFactory(admin=True))


def test_a_gateway_is_added_with_sources_and_routes(client: Client) -> None:
    assert client.post(reverse(ADD), gateway_form(tls_name="gw.example.org")).status_code == 302
    gateway = Gateway.objects.get(name="PSTN")
    assert gateway.tls_name == "gw.example.org"
    assert [source.network for source in gateway.sources.all()] == ["192.0.2.0/28"]
    assert [(route.prefix, route.priority) for route in gateway.routes.all()] == [("43", 10)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"host": "not a host"}, "host"),
        ({"port": "70000"}, "65535"),
        ({"tls_name": "*.example.org"}, "full name in lower case"),
        ({"sources-0-network": "192.0.2.1/28"}, "Not an IP address or network"),
        ({"sources-0-network": "x"}, "Not an IP address or network"),
        ({"routes-0-prefix": "+43"}, "Only digits, without the plus."),
        ({"name": ""}, "This field is required."),
        ({"outbound_proxy": "sip:x"}, "host or host:port"),
        ({"probe_interval": "2"}, "between 5 and 3600"),
        ({"max_calls": "0"}, "greater than or equal to 1"),
        ({"failover_codes": "200"}, "greater than or equal to 400"),
        ({"failover_codes": "x"}, "Enter a whole number"),
        ({"inbound_username": "carrier"}, "A user name needs a password."),
        ({"inbound_password": "a long password"}, "A password needs a user name."),
        ({"inbound_username": "carrier", "inbound_password": "short"}, "at least 12 characters"),
        ({"outbound_username": "us"}, "A user name needs a password."),
        ({"registers": "on"}, "the registered address and the contact user are needed"),
        ({"registers": "on", "registration_aor": "1@x", "registration_user": "1"}, "such as sip:"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(client: Client, changes: dict[str, object], words: str) -> None:
    response = client.post(reverse(ADD), gateway_form(**changes))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not Gateway.objects.exists()


def test_the_list_and_the_page_say_what_the_edges_see(client: Client) -> None:
    gateway = GatewayFactory(probe_interval=30, registers=True, **REGISTRATION)
    GatewayStateFactory(
        gateway=gateway, edge="edge-a", is_up=False, last_status=None, last_error="no answer to OPTIONS"
    )
    page = client.get(reverse("admin:trunking_gateway_changelist")).content.decode()
    assert "does not answer" in page
    assert "not asked yet" in page
    page = client.get(reverse("admin:trunking_gateway_change", args=[gateway.pk])).content.decode()
    for words in ("edge-a", "no answer to OPTIONS", "12 ms"):
        assert words in page


def test_a_carriers_page_leads_to_its_gateways_and_theirs_to_their_routes(client: Client) -> None:
    gateway = GatewayFactory(name="Vienna 1", is_active=False)
    route = RouteFactory(gateway=gateway, kind="emergency", weekdays=[1], reseller=ResellerFactory(name="Reseller X"))
    page = client.get(page_of(gateway.carrier)).content.decode()
    assert page_of(gateway) in page
    assert "suspended" in page
    page = client.get(page_of(gateway)).content.decode()
    assert page_of(route) in page
    assert "emergency number, as dialled, Reseller X, Mon" in page


def test_a_network_belongs_to_one_gateway(client: Client) -> None:
    GatewaySourceFactory(network="192.0.2.0/28")
    response = client.post(reverse(ADD), gateway_form())
    assert response.status_code == 200
    assert not Gateway.objects.filter(name="PSTN").exists()


def test_the_list_shows_where_it_sends_and_what_it_trusts(client: Client) -> None:
    gateway = GatewayFactory(host="2001:db8::1", port=None, transport="tcp", is_active=False)
    GatewaySourceFactory(gateway=gateway, network="198.51.100.7/32")
    page = client.get(reverse("admin:trunking_gateway_changelist")).content.decode()
    for words in ("tcp:[2001:db8::1]", "198.51.100.7", "suspended"):
        assert words in page


def test_carriers_count_their_gateways(client: Client) -> None:
    carrier = CarrierFactory(name="Busy")
    GatewayFactory(carrier=carrier)
    GatewayFactory(carrier=carrier)
    page = client.get(reverse("admin:trunking_carrier_changelist")).content.decode()
    assert page.split("Busy")[1].split("field-gateway_count")[1].split(">")[1].startswith("2")


def test_routes_that_do_not_fit_stand_on_a_further_page_and_are_changed_there(client: Client) -> None:
    gateway = GatewayFactory()
    routes = [RouteFactory(gateway=gateway, prefix=str(430 + number)) for number in range(INLINE_ROWS + 1)]
    address = reverse("admin:trunking_gateway_change", args=[gateway.pk])
    first, second = (client.get(address, {"routes-page": page}).content.decode() for page in (1, 2))
    prefixes = [route.prefix for route in routes]
    assert re.findall(SHOWN_PREFIX, first) == prefixes[:INLINE_ROWS]
    assert re.findall(SHOWN_PREFIX, second) == prefixes[INLINE_ROWS:]
    assert f"1 to {INLINE_ROWS} of {INLINE_ROWS + 1}" in first
    assert 'href="?routes-page=2#routes-group"' in first
    assert 'href="?routes-page=1#routes-group"' in second
    changes = {
        "name": gateway.name,
        "carrier": gateway.carrier_id,
        "number_format": gateway.number_format_id,
        "sources-TOTAL_FORMS": "0",
        "routes-page": "2",
        "routes-INITIAL_FORMS": "1",
        "routes-0-id": routes[-1].pk,
        "routes-0-gateway": gateway.pk,
        "routes-0-prefix": "49",
    }
    assert client.post(address, gateway_form(**changes)).status_code == 302
    assert set(gateway.routes.values_list("prefix", flat=True)) == {*prefixes[:-1], "49"}


def test_a_gateway_that_is_being_added_was_seen_by_no_edge(client: Client) -> None:
    assert "As the edges see it" not in client.get(reverse("admin:trunking_gateway_add")).content.decode()
    there = reverse("admin:trunking_gateway_change", args=[GatewayFactory().pk])
    assert "As the edges see it" in client.get(there).content.decode()
