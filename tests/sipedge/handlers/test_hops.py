from dataclasses import replace

import pytest

from sipedge.handlers.hops import NextHop, gateway_request_uri, gateways, phones
from sipedge.routing.decision import Attempt
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request
from sipedge.sip.uri import parse_uri
from tests.sipedge.routing.network import PSTN, SPARE, binding


def test_phones_of_one_q_ring_together():
    groups = phones(
        [
            binding("sip:a@192.0.2.1", q=500),
            binding("sip:b@192.0.2.2", q=1000),
            binding("sip:c@192.0.2.3", q=500),
            binding("sip:gone@192.0.2.4", expires_at=5.0),
        ],
        now=10.0,
    )
    assert [sorted(hop.uri.user for hop in group) for group in groups] == [["b"], ["a", "c"]]


def test_a_phone_with_a_flow_keeps_it():
    ((hop,),) = phones([binding("sip:a@10.0.0.1", flow="tcp:192.0.2.9:4000")], now=0.0)
    assert hop.flow == Flow("tcp", "192.0.2.9", 4000)
    assert hop.keeps_flow


def test_a_phone_without_one_is_located_by_its_contact():
    ((hop,),) = phones([binding("sip:a@192.0.2.9:5070;transport=tcp")], now=0.0)
    assert (hop.flow, hop.keeps_flow) == (None, False)
    assert str(hop.way(Request("INVITE", "sip:b@x"))) == "sip:a@192.0.2.9:5070;transport=tcp"


def test_what_stands_on_the_way_is_located_first():
    hop = NextHop(parse_uri("sip:a@192.0.2.9"), None)
    routed = Request("BYE", "sip:b@x", [("Route", "<sip:next.example;lr>, <sip:last.example;lr>")])
    assert str(hop.way(routed)) == "sip:next.example;lr"
    behind = NextHop(parse_uri("sip:a@10.0.0.1"), None, routes=("<sip:t@gate.example;lr>", "<sip:inner.example;lr>"))
    assert str(behind.way(routed)) == "sip:t@gate.example;lr"


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_a_gateway_by_name_is_located_by_the_transport_that_the_operator_chose(transport):
    gateway = replace(PSTN, host="sbc.carrier.example", port=None, transport=transport)
    ((hop,),) = gateways([Attempt(gateway, "+431")])
    assert str(hop.way(Request("INVITE", "sip:b@x"))) == f"sip:+431@sbc.carrier.example;transport={transport}"


def test_gateways_are_tried_one_after_the_other():
    first, second = gateways([Attempt(PSTN, "+431"), Attempt(SPARE, "01")])
    assert [str(hop.uri) for hop in (*first, *second)] == [
        "sip:+431@198.51.100.2:5060",
        "sip:01@198.51.100.3;transport=tcp",
    ]


def test_an_ipv6_gateway():
    gateway = PSTN.__class__(9, "six", "[2001:DB8::1]", None, "udp", None, (), True)
    assert str(gateway_request_uri(gateway, "+431")) == "sip:+431@[2001:db8::1]"
