"""Where requests of our own to a gateway go."""

from dataclasses import replace

import pytest

from sipedge.facts import GatewayFacts
from sipedge.sip.uri import UriError, parse_uri
from sipedge.trunks.ways import gateway_uri, located_by, routes_to, server_uri

PLAIN = GatewayFacts(1, "gw", "Sbc.Carrier.example", None, "udp", None, (), True)


@pytest.mark.parametrize(
    ("changes", "uri", "located"),
    [
        ({}, "sip:sbc.carrier.example", "sip:sbc.carrier.example;transport=udp"),
        ({"port": 5070}, "sip:sbc.carrier.example:5070", "sip:sbc.carrier.example:5070;transport=udp"),
        ({"transport": "tls"}, "sip:sbc.carrier.example;transport=tls", "sip:sbc.carrier.example;transport=tls"),
        ({"host": "[2001:DB8::1]"}, "sip:[2001:db8::1]", "sip:[2001:db8::1];transport=udp"),
        ({"host": "2001:db8::1"}, "sip:[2001:db8::1]", "sip:[2001:db8::1];transport=udp"),
    ],
)
def test_by_host_port_and_transport(changes, uri, located):
    gateway = replace(PLAIN, **changes)
    assert str(gateway_uri(gateway)) == uri
    assert str(located_by(gateway)) == located
    assert routes_to(gateway) == ()


def test_an_outbound_proxy_is_a_route_and_where_it_goes():
    gateway = replace(PLAIN, outbound_proxy="proxy.carrier.example:5080", transport="tcp")
    assert routes_to(gateway) == ("<sip:proxy.carrier.example:5080;transport=tcp;lr>",)
    assert str(located_by(gateway)) == "sip:proxy.carrier.example:5080;transport=tcp"
    assert str(located_by(gateway, parse_uri("sip:registrar.example"))) == str(located_by(gateway))
    assert str(gateway_uri(gateway)) == "sip:sbc.carrier.example;transport=tcp"


def test_another_server_of_the_carriers():
    assert str(located_by(PLAIN, parse_uri("sip:registrar.example"))) == "sip:registrar.example;transport=udp"


def test_what_is_no_host():
    assert str(server_uri("[2001:db8::2]:5062")) == "sip:[2001:db8::2]:5062"
    for text in ("", "a b", "[::", "x:99999"):
        with pytest.raises(UriError):
            server_uri(text)
