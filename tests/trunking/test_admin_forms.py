"""Forms of the gateway's page: accounts whose passwords nobody sees again, routes that are there once."""

import pytest
from django.test import Client
from django.urls import reverse

from subscribers.secrets import decrypt_password
from tests.factories.accounts import UserFactory
from tests.factories.trunking import GatewayFactory, RouteFactory
from tests.provider.panel.panel import admin_client
from tests.trunking.forms import gateway_form
from trunking.models import Gateway

ADD = "admin:trunking_gateway_add"


@pytest.fixture
def client(db: None) -> Client:
    return admin_client(UserFactory(admin=True))


def test_a_gateway_with_accounts_limits_and_a_registration(client: Client) -> None:
    form = gateway_form(
        outbound_proxy="[2001:db8::1]:5060", transport="tls", called_number_in="to", failover_codes="503, 404,404",
        max_calls="30", max_calls_per_second="5", probe_interval="30", ringing_within="8",
        inbound_username="carrier", inbound_password="its long password", outbound_username="us",
        outbound_password="ours", outbound_realm="carrier", registers="on",
        registration_aor="sip:4311001@carrier.example", registration_user="4311001",
    )  # fmt: skip
    assert client.post(reverse(ADD), form).status_code == 302
    gateway = Gateway.objects.get(name="PSTN")
    assert (gateway.outbound_proxy, gateway.called_number_in, gateway.registers) == ("[2001:db8::1]:5060", "to", True)
    assert (gateway.max_calls, gateway.max_calls_per_second, gateway.probe_interval) == (30, 5, 30)
    assert (gateway.failover_codes, gateway.ringing_within) == ([404, 503], 8)
    assert (gateway.inbound_username, decrypt_password(gateway.inbound_secret)) == ("carrier", "its long password")
    assert (gateway.outbound_username, decrypt_password(gateway.outbound_secret)) == ("us", "ours")


def test_a_password_is_never_shown_stays_when_left_empty_and_goes_with_its_name(client: Client) -> None:
    gateway = GatewayFactory(name="PSTN", host="192.0.2.9")
    gateway.set_outbound_account("us", "Geheim-4711")
    gateway.save()
    address = reverse("admin:trunking_gateway_change", args=[gateway.pk])
    page = client.get(address).content.decode()
    assert "A password is set." in page
    assert "Geheim-4711" not in page
    assert gateway.outbound_secret not in page
    kept = gateway_form(carrier=gateway.carrier_id, outbound_username="us2") | {
        "routes-TOTAL_FORMS": "0",
        "sources-TOTAL_FORMS": "0",
    }
    assert client.post(address, kept).status_code == 302
    gateway.refresh_from_db()
    assert (gateway.outbound_username, decrypt_password(gateway.outbound_secret)) == ("us2", "Geheim-4711")
    refused = client.post(address, kept | {"outbound_password": "Neues-4712", "name": ""})
    assert "Neues-4712" not in refused.content.decode()
    assert client.post(address, kept | {"outbound_username": ""}).status_code == 302
    gateway.refresh_from_db()
    assert (gateway.outbound_username, gateway.outbound_secret) == ("", "")


def test_a_user_name_is_one_gateways(client: Client) -> None:
    other = GatewayFactory()
    other.set_inbound_account("carrier", "its long password")
    other.save()
    response = client.post(reverse(ADD), gateway_form(inbound_username="carrier", inbound_password="another password"))
    assert "Another gateway has this user name." in response.content.decode()


def test_the_same_route_twice_on_one_page_is_refused_beside_it(client: Client) -> None:
    twice = {"routes-TOTAL_FORMS": "2", "routes-1-prefix": "43", "routes-1-priority": "20", "routes-1-weight": "1"}
    response = client.post(reverse(ADD), gateway_form(**twice))
    assert "This gateway has this route already" in response.content.decode()
    gateway = RouteFactory(prefix="43", gateway__name="PSTN").gateway
    address = reverse("admin:trunking_gateway_change", args=[gateway.pk])
    response = client.post(address, gateway_form(carrier=gateway.carrier_id))
    assert "This gateway has this route already" in response.content.decode()
    assert gateway.routes.count() == 1
