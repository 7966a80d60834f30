"""What the database refuses about carriers and gateways."""

from typing import Any

import pytest
from django.db import IntegrityError

from subscribers.secrets import decrypt_password
from tests.factories.trunking import CarrierFactory, GatewayFactory, GatewaySourceFactory

pytestmark = pytest.mark.django_db


def test_a_network_is_one_gateways() -> None:
    GatewaySourceFactory(network="192.0.2.1")
    with pytest.raises(IntegrityError, match="gatewaysource_network_unique"):
        GatewaySourceFactory(network="192.0.2.1/32")


def test_a_certificate_proves_one_gateway_and_most_have_none() -> None:
    GatewayFactory(tls_name="gw.example.org")
    GatewayFactory(tls_name="")
    GatewayFactory(tls_name="")
    with pytest.raises(IntegrityError, match="gateway_tls_name_unique"):
        GatewayFactory(tls_name="gw.example.org")


@pytest.mark.parametrize("factory", [CarrierFactory, GatewayFactory])
def test_names_are_taken_once(factory: Any) -> None:
    factory(name="Same")
    with pytest.raises(IntegrityError, match="name"):
        factory(name="Same")


def test_rows_have_names_for_people() -> None:
    gateway = GatewayFactory(name="Vienna 1", carrier__name="The Carrier")
    source = GatewaySourceFactory(gateway=gateway, network="192.0.2.0/28")
    assert [str(row) for row in (gateway, gateway.carrier, source)] == ["Vienna 1", "The Carrier", "192.0.2.0/28"]


def test_an_account_has_a_password_that_nobody_sees() -> None:
    gateway = GatewayFactory()
    gateway.set_inbound_account("carrier", "its password")
    gateway.set_outbound_account("us", "our password")
    gateway.save()
    assert "password" not in gateway.inbound_secret + gateway.outbound_secret
    assert decrypt_password(gateway.inbound_secret) == "its password"
    assert decrypt_password(gateway.outbound_secret) == "our password"


def test_an_account_keeps_its_password_under_another_name_and_loses_it_without_one() -> None:
    gateway = GatewayFactory()
    gateway.set_inbound_account("carrier", "its password")
    gateway.set_inbound_account("carrier2", None)
    assert (gateway.inbound_username, decrypt_password(gateway.inbound_secret)) == ("carrier2", "its password")
    gateway.set_inbound_account("", "ignored")
    assert (gateway.inbound_username, gateway.inbound_secret) == ("", "")
