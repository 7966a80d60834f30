"""The OPTIONS that gateways get."""

from dataclasses import replace

from sipedge.facts import GatewayFacts
from sipedge.trunks.probe import options

GATEWAY = GatewayFacts(1, "gw", "sbc.carrier.example", 5070, "udp", None, (), True)


def test_it_is_a_request_for_the_gateway_itself():
    request = options(GATEWAY, "192.0.2.1:5060", "t1")
    assert (request.method, request.request_uri) == ("OPTIONS", "sip:sbc.carrier.example:5070")
    assert (str(request.to), request.to_tag) == ("<sip:sbc.carrier.example:5070>", None)
    assert (str(request.from_.uri), request.from_tag, request.call_id) == ("sip:192.0.2.1:5060", "t1", "t1")
    assert (str(request.cseq), request.max_forwards, request.get("Accept")) == ("1 OPTIONS", 70, "application/sdp")
    assert str(request.contacts[0].uri) == "sip:192.0.2.1:5060"
    assert request.routes == []


def test_by_its_transport_and_its_outbound_proxy():
    request = options(replace(GATEWAY, transport="tls", outbound_proxy="proxy.example"), "192.0.2.1:5061", "t1")
    assert request.request_uri == "sip:sbc.carrier.example:5070;transport=tls"
    assert str(request.contacts[0].uri) == "sip:192.0.2.1:5061;transport=tls"
    assert request.get_all("Route") == ["<sip:proxy.example;transport=tls;lr>"]
