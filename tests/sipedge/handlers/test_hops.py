from sipedge.handlers.hops import gateway_request_uri, gateways, phones
from sipedge.routing.decision import Attempt
from sipedge.sip.flow import Flow
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


def test_a_phone_without_one_is_reached_by_its_contact():
    ((hop,),) = phones([binding("sip:a@192.0.2.9:5070;transport=tcp")], now=0.0)
    assert hop.flow == Flow("tcp", "192.0.2.9", 5070)
    assert not hop.keeps_flow


def test_a_phone_by_name_has_to_be_resolved():
    ((hop,),) = phones([binding("sip:a@phone.example")], now=0.0)
    assert hop.flow is None


def test_gateways_are_tried_one_after_the_other():
    first, second = gateways([Attempt(PSTN, "+431"), Attempt(SPARE, "01")])
    assert [str(hop.uri) for hop in (*first, *second)] == [
        "sip:+431@198.51.100.2:5060",
        "sip:01@198.51.100.3;transport=tcp",
    ]


def test_an_ipv6_gateway():
    gateway = PSTN.__class__(9, "six", "[2001:DB8::1]", None, "udp", None, (), True)
    assert str(gateway_request_uri(gateway, "+431")) == "sip:+431@[2001:db8::1]"
