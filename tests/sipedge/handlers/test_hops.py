from dataclasses import replace

import pytest

from sipedge.handlers.hops import POST_DIAL_PATIENCE, NextHop, gateway_request_uri, gateways, phones
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
    hop = gateways([Attempt(gateway, "+431")])
    assert str(hop.way(Request("INVITE", "sip:b@x"))) == f"sip:+431@sbc.carrier.example;transport={transport}"


def test_gateways_are_tried_one_after_the_other():
    first = gateways([Attempt(PSTN, "+431"), Attempt(SPARE, "01")])
    second = first.next_way(503, False)
    assert [str(hop.uri) for hop in (first, second)] == [
        "sip:+431@198.51.100.2:5060",
        "sip:01@198.51.100.3;transport=tcp",
    ]
    assert second.next_way(503, False) is None


@pytest.mark.parametrize(
    ("codes", "status_code", "is_ours", "goes_on"),
    [
        *(((), status_code, False, True) for status_code in (408, 302, 500, 503, 504)),
        *(((), status_code, False, False) for status_code in (403, 404, 480, 486, 487, 600, 603)),
        ((404, 503), 404, False, True),
        ((404, 503), 500, False, False),
        ((404,), 408, True, True),  # silence is always a reason
        ((404,), 503, True, True),
    ],
)
def test_after_what_the_next_gateway_is_tried(codes, status_code, is_ours, goes_on):
    hop = gateways([Attempt(replace(PSTN, failover_codes=codes), "+431"), Attempt(SPARE, "01")])
    assert (hop.next_way(status_code, is_ours) is not None) is goes_on


def test_how_long_a_gateway_has_until_it_rings():
    hop = gateways([Attempt(PSTN, "+431"), Attempt(replace(SPARE, ringing_within=3), "01")])
    assert hop.rings_within() == POST_DIAL_PATIENCE
    assert hop.next_way(503, False).rings_within() == 3
    assert gateways([Attempt(PSTN, "+431")]).rings_within() is None  # nobody else could take it


def test_an_outbound_proxy_is_where_a_gateways_requests_go():
    hop = gateways([Attempt(replace(SPARE, outbound_proxy="proxy.carrier.example:5080"), "01")])
    assert str(hop.uri) == "sip:01@198.51.100.3;transport=tcp"
    assert hop.routes == ("<sip:proxy.carrier.example:5080;transport=tcp;lr>",)
    assert str(hop.way(Request("INVITE", "sip:b@x"))) == "sip:proxy.carrier.example:5080;transport=tcp;lr"


def test_a_pbx_is_called_by_the_number():
    ((hop,),) = phones([binding("sip:trunk@192.0.2.1")], now=0.0, user="+43110012")
    assert str(hop.uri) == "sip:+43110012@192.0.2.1"


def test_an_ipv6_gateway():
    gateway = PSTN.__class__(9, "six", "[2001:DB8::1]", None, "udp", None, (), True)
    assert str(gateway_request_uri(gateway, "+431")) == "sip:+431@[2001:db8::1]"
