from sipedge.proxy.forward import Hop, backward, forward, withdraw_credentials
from sipedge.sip.flow import Flow
from sipedge.sip.message import Request, Response, parse, serialise

HEADERS = [
    ("Via", "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKup"),
    ("Max-Forwards", "12"),
    ("From", "<sip:a@example.org>;tag=1"),
    ("To", "<sip:b@example.org>"),
    ("Call-ID", "c1"),
    ("CSeq", "1 INVITE"),
    ("Reason", 'Q.850;cause=16;text="bye"'),
    ("X-Unknown", "kept, as it is"),
]
HOP = Hop("sip:b@192.0.2.5:5062", Flow("udp", "192.0.2.5", 5062), "192.0.2.1:5060", "z9hG4bKdown")


def request(headers=HEADERS, body=b"v=0\r\n\x00\xff"):
    return Request("INVITE", "sip:b@example.org", headers, body)


def test_what_goes_on():
    onward = forward(request(), HOP)
    assert onward.request_uri == "sip:b@192.0.2.5:5062"
    assert onward.max_forwards == 11
    assert onward.values("Via") == [
        "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKdown;rport",
        "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKup",
    ]


def test_the_rest_is_unharmed():
    original = request()
    onward = parse(serialise(forward(original, HOP)))
    assert onward.body == original.body
    for name in ("From", "To", "Call-ID", "CSeq", "Reason", "X-Unknown"):
        assert onward.get(name) == original.get(name)


def test_the_original_is_left_alone():
    original = request()
    forward(original, HOP)
    assert original.request_uri == "sip:b@example.org"
    assert original.max_forwards == 12


def test_missing_max_forwards_becomes_70():
    assert forward(request([h for h in HEADERS if h[0] != "Max-Forwards"]), HOP).max_forwards == 70


def test_record_routes_the_one_for_the_next_hop_on_top():
    hop = Hop(HOP.request_uri, HOP.flow, HOP.sent_by, HOP.branch, ("sip:u@1;lr", "sip:u@1;lr;transport=tcp"))
    assert forward(request(), hop).values("Record-Route") == ["<sip:u@1;lr;transport=tcp>", "<sip:u@1;lr>"]


def test_our_credentials_do_not_travel():
    it = request([*HEADERS, ("Proxy-Authorization", "Digest x"), ("Authorization", "Digest y")])
    withdraw_credentials(it)
    assert it.get("Proxy-Authorization") is None
    assert it.get("Authorization") is None


def test_backward_without_our_via():
    response = Response(200, "OK", [("Via", "SIP/2.0/UDP us"), ("Via", "SIP/2.0/UDP them")])
    assert backward(response).values("Via") == ["SIP/2.0/UDP them"]
    assert len(response.values("Via")) == 2


def test_the_route_to_the_target_stands_in_front():
    hop = HOP._replace(routes=["<sip:edge.example;lr>", "<sip:inner.example;lr>"])
    it = request([*HEADERS, ("Route", "<sip:later.example;lr>")])
    onward = forward(it, hop)
    assert onward.values("Route") == [
        "<sip:edge.example;lr>",
        "<sip:inner.example;lr>",
        "<sip:later.example;lr>",
    ]
    assert onward.request_uri == "sip:b@192.0.2.5:5062"


def test_a_strict_router_finds_its_own_uri_in_the_first_line_and_the_target_last():
    hop = HOP._replace(routes=["<sip:strict.example;method=BYE?x=y>", "<sip:inner.example;lr>"])
    onward = forward(request(), hop)
    assert onward.request_uri == "sip:strict.example"
    assert onward.values("Route") == ["<sip:inner.example;lr>", "<sip:b@192.0.2.5:5062>"]


def test_a_strict_router_alone():
    onward = forward(request([*HEADERS, ("Route", "<sip:strict.example>")]), HOP)
    assert (onward.request_uri, onward.values("Route")) == ("sip:strict.example", ["<sip:b@192.0.2.5:5062>"])


def test_the_breadth_and_the_mark_go_with_it():
    onward = forward(request(), HOP._replace(breadth=7, branch="z9hG4bKdown.abc"))
    assert onward.get("Max-Breadth") == "7"
    assert onward.top_via.branch == "z9hG4bKdown.abc"


def test_an_ack_never_forks_and_has_no_breadth():
    ack = request()
    ack.method = "ACK"
    assert forward(ack, HOP).get("Max-Breadth") is None


def test_a_response_that_lost_the_senders_vias_gets_them_back():
    response = Response(200, "OK", [("Via", "SIP/2.0/UDP us")])
    assert backward(response, request()).values("Via") == ["SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKup"]
