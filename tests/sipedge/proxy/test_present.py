from sipedge.proxy.present import HIDDEN, as_the_caller_wrote, hide_caller, present
from sipedge.sip.message import Request, Response

BASIC = [
    ("Via", "SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK1"), ("From", '"A" <sip:alice@north.example>;tag=1'),
    ("To", "<sip:bob@north.example>"), ("Call-ID", "c"), ("CSeq", "1 INVITE"),
]  # fmt: skip
CLAIMS = [(name, "<sip:+431@x>") for name in ("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID")]


def test_a_gateway_is_told_what_routing_says_and_nothing_else():
    request = Request("INVITE", "sip:1@x", [*BASIC, *CLAIMS, ("Diversion", "<sip:old@x>")])
    it = present(
        request, to_gateway=True, from_="<sip:+439@x>", headers=[("P-Asserted-Identity", "<sip:+439@x>")],
        on_top=[("Diversion", "<sip:newest@x>"), ("Diversion", "<sip:newer@x>")], below=[("History-Info", "<sip:h@x>")],
    )  # fmt: skip
    assert it.get("From") == "<sip:+439@x>;tag=1"
    assert it.get_all("P-Asserted-Identity") == ["<sip:+439@x>"]
    assert not it.has("P-Preferred-Identity")
    assert not it.has("Remote-Party-ID")
    assert it.get_all("Diversion") == ["<sip:newest@x>", "<sip:newer@x>", "<sip:old@x>"]
    assert it.get_all("History-Info") == ["<sip:h@x>"]
    assert request.headers == [*BASIC, *CLAIMS, ("Diversion", "<sip:old@x>")]


def test_a_phone_is_told_no_more_than_it_may_know():
    request = Request("INVITE", "sip:1@x", [*BASIC, *CLAIMS, ("Privacy", "id")])
    it = present(request, to_gateway=False)
    assert it.headers == [*BASIC, ("Privacy", "id")]


def test_the_callers_from_is_hidden_and_comes_back():
    request = Request("BYE", "sip:1@x", BASIC)
    hidden = hide_caller(request)
    assert hidden.get("From") == f"{HIDDEN};tag=1"
    assert hidden.from_tag == "1"
    response = Response(200, "OK", [("From", f"{HIDDEN};tag=1")])
    as_the_caller_wrote(response, request)
    assert response.get("From") == BASIC[1][1]
