"""What the database refuses about carriers and gateways."""

from typing import Any

import pytest
from django.db import IntegrityError

from tests.factories.trunking import CarrierFactory, GatewayFactory, GatewaySourceFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"port": 0}, "gateway_port_range"),
        ({"port": 65536}, "gateway_port_range"),
        ({"transport": "sctp"}, "gateway_transport_known"),
        ({"host": "a b"}, "gateway_host_is_host"),
        ({"host": ""}, "gateway_host_is_host"),
        ({"tls_name": "*.example.org"}, "gateway_tls_name_is_name"),
        ({"tls_name": "GW.example.org"}, "gateway_tls_name_is_name"),
        ({"tls_name": "192.0.2.1"}, "gateway_tls_name_is_name"),
    ],
)
def test_a_gateway_that_cannot_be_is_refused(fields: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        GatewayFactory(**fields)


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
