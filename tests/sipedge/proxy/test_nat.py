import pytest

from sipedge.proxy.nat import flow_of_sender
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request

SOURCE = Flow("udp", "192.0.2.7", 40000)


def request(contact, via="192.0.2.7:5060;branch=z9hG4bKa"):
    return Request("INVITE", "sip:x@y", [("Via", f"SIP/2.0/UDP {via}"), ("Contact", contact)])


def test_a_contact_that_can_be_reached_is_used():
    assert flow_of_sender(request("<sip:a@192.0.2.7:5060>"), SOURCE) is None


def test_a_contact_on_another_host_is_behind_nat():
    assert flow_of_sender(request("<sip:a@10.0.0.5:5060>"), SOURCE) == SOURCE


@pytest.mark.parametrize("rport", [";rport", ";rport=40000"])
def test_who_asks_for_symmetric_responses_gets_symmetric_requests(rport):
    assert flow_of_sender(request("<sip:a@192.0.2.7>", f"192.0.2.7;branch=z9hG4bKa{rport}"), SOURCE) == SOURCE


def test_a_stream_is_reached_over_any_stream_to_that_peer():
    source = Flow("tcp", "192.0.2.7", 40000, 0, 5)
    found = flow_of_sender(request("<sip:a@192.0.2.7;transport=tcp>"), source)
    assert found == source._replace(connection=0)


@pytest.mark.parametrize("transport", ["ws", "wss"])
def test_a_browser_is_reached_over_its_own_connection_alone(transport):
    source = Flow(transport, "192.0.2.7", 40000, 0, 5)
    assert flow_of_sender(request("<sip:a@df7jal23ls0d.invalid;transport=ws>"), source) == source


def test_who_says_ob_is_reached_over_that_flow_alone():
    stream = Flow("tls", "192.0.2.7", 40000, 0, 5)
    assert flow_of_sender(request("<sip:a@192.0.2.7;transport=tls;ob>"), stream) == stream
    assert flow_of_sender(request("<sip:a@192.0.2.7:5060;ob>"), SOURCE) == SOURCE


def test_no_contact_no_other_way():
    assert flow_of_sender(Request("MESSAGE", "sip:x@y", [("Via", "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa")]), SOURCE)
