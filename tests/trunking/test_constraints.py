"""What the database refuses of gateways, whoever writes them."""

from typing import Any

import pytest
from django.db import IntegrityError

from tests.factories.trunking import GatewayFactory

pytestmark = pytest.mark.django_db

REGISTERED = {"registers": True, "registration_aor": "sip:1@carrier.example", "registration_user": "1"}


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"port": 0}, "gateway_port_range"),
        ({"port": 65536}, "gateway_port_range"),
        ({"transport": "sctp"}, "gateway_transport_known"),
        ({"host": "a b"}, "gateway_host_is_host"),
        ({"host": ""}, "gateway_host_is_host"),
        ({"outbound_proxy": "a b"}, "gateway_outbound_proxy_is_address"),
        ({"outbound_proxy": "2001:db8::1"}, "gateway_outbound_proxy_is_address"),
        ({"tls_name": "*.example.org"}, "gateway_tls_name_is_name"),
        ({"tls_name": "GW.example.org"}, "gateway_tls_name_is_name"),
        ({"tls_name": "192.0.2.1"}, "gateway_tls_name_is_name"),
        ({"called_number_in": "via"}, "gateway_called_number_in_known"),
        ({"caller_in": "via"}, "gateway_caller_in_known"),
        ({"identity_as": "via"}, "gateway_identity_as_known"),
        ({"from_as": "via"}, "gateway_from_as_known"),
        ({"diverted_as": "via"}, "gateway_diverted_as_known"),
        ({"max_calls": 0}, "gateway_max_calls_range"),
        ({"max_calls_per_second": 0}, "gateway_max_calls_per_second_range"),
        ({"probe_interval": 4}, "gateway_probe_interval_range"),
        ({"probe_interval": 3601}, "gateway_probe_interval_range"),
        ({"ringing_within": 181}, "gateway_ringing_within_range"),
        ({"failover_codes": [503, 399]}, "gateway_failover_codes_range"),
        ({"failover_codes": [700]}, "gateway_failover_codes_range"),
        ({"failover_codes": list(range(400, 433))}, "gateway_failover_codes_range"),
        ({"inbound_username": "name"}, "gateway_inbound_account_whole"),
        ({"inbound_secret": "token"}, "gateway_inbound_account_whole"),
        ({"inbound_username": 'na"me', "inbound_secret": "token"}, "gateway_inbound_account_whole"),
        ({"outbound_username": "name"}, "gateway_outbound_account_whole"),
        ({"outbound_realm": 'a"b'}, "gateway_outbound_realm_is_realm"),
        ({"outbound_realm": "a\\b"}, "gateway_outbound_realm_is_realm"),
        ({"outbound_realm": "a\r\nb"}, "gateway_outbound_realm_is_realm"),
        ({"registrar": "sip:x"}, "gateway_registrar_is_address"),
        ({"registration_aor": "1@carrier.example"}, "gateway_registration_aor_is_uri"),
        ({"registration_user": "a b"}, "gateway_registration_user_is_user"),
        ({"registers": True}, "gateway_registration_whole"),
        (REGISTERED | {"registration_user": ""}, "gateway_registration_whole"),
        ({"registration_expires": 59}, "gateway_registration_expires_range"),
    ],
)
def test_a_gateway_that_cannot_be_is_refused(fields: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        GatewayFactory(**fields)


def test_a_gateway_with_all_that_there_is() -> None:
    GatewayFactory(
        **REGISTERED,
        outbound_proxy="[2001:db8::1]:5060",
        max_calls=30,
        max_calls_per_second=5,
        probe_interval=30,
        ringing_within=8,
        failover_codes=[404, 503],
        inbound_username="carrier",
        inbound_secret="token",
        outbound_username="us@carrier",
        outbound_secret="token",
        outbound_realm="Realm of the carrier",
        registrar="registrar.example:5080",
    )


def test_a_user_name_proves_one_gateway_and_most_have_none() -> None:
    account = {"inbound_username": "carrier", "inbound_secret": "token"}
    GatewayFactory()
    GatewayFactory(**account)
    GatewayFactory(**account | {"inbound_username": "Carrier"})
    with pytest.raises(IntegrityError, match="gateway_inbound_username_unique"):
        GatewayFactory(**account)
