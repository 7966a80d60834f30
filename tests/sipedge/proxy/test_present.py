import pytest

from sipedge.proxy.present import HIDDEN, as_the_sender_wrote, name_of, present, rename
from sipedge.sip.fields import parse_name_addr
from sipedge.sip.message import Request, Response

BASIC = [
    ("Via", "SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK1"), ("From", '"A" <sip:alice@north.example>;tag=1'),
    ("To", "<sip:bob@north.example>"), ("Call-ID", "c"), ("CSeq", "1 INVITE"),
]  # fmt: skip
CLAIMS = [(name, "<sip:+431@x>") for name in ("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID")]
REFERRED = [("Referred-By", "<sip:boss@x>"), ("Replaces", "c;to-tag=1;from-tag=2")]


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


def test_a_call_may_replace_one_of_the_gateways_and_nobody_is_named_who_asked_for_it():
    it = present(Request("INVITE", "sip:1@x", [*BASIC, *REFERRED]), to_gateway=True)
    assert it.headers == [*BASIC, REFERRED[1]]


def test_a_tag_stays_as_it_was_written():
    basic = [(name, value.replace("tag=1", 'tag="1>;x=<sip:2@x"')) for name, value in BASIC]
    it = present(Request("INVITE", "sip:1@x", basic), to_gateway=True, from_="<sip:+439@x>")
    assert it.get("From") == '<sip:+439@x>;tag="1>;x=<sip:2@x"'


@pytest.mark.parametrize("name", [HIDDEN, "<sip:+439@x>"])
def test_who_goes_by_another_name_hears_his_own(name):
    request = Request("BYE", "sip:1@x", BASIC)
    onward = request.copy()
    assert rename(onward, from_=name)
    assert (onward.get("From"), onward.from_tag, onward.get("To")) == (f"{name};tag=1", "1", BASIC[2][1])
    response = Response(200, "OK", [("From", f"{name};tag=1"), ("To", "<sip:bob@north.example>;tag=2")])
    as_the_sender_wrote(response, request)
    assert (response.get("From"), response.get("To")) == (BASIC[1][1], "<sip:bob@north.example>;tag=2")


def test_whoever_calls_him_back_calls_him_by_the_name_that_he_knows():
    headers = [("From", "<sip:bob@x>;tag=2"), ("To", f"{HIDDEN};tag=1")]
    request = Request("BYE", "sip:1@x", headers)
    onward = request.copy()
    assert rename(onward, to="<sip:alice@x>")
    assert onward.headers == [headers[0], ("To", "<sip:alice@x>;tag=1")]
    response = Response(200, "OK", onward.headers)
    as_the_sender_wrote(response, request)
    assert response.headers == headers


def test_who_keeps_to_his_name_is_left_alone():
    request = Request("BYE", "sip:1@x", BASIC)
    assert not rename(request)
    assert not rename(request, from_='"A" <sip:alice@north.example>', to="<sip:bob@north.example>")
    assert request.headers == BASIC


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("<sip:a@x>;tag=1;isup-oli=00", "<sip:a@x>"),
        ("sip:a@x;tag=1", "<sip:a@x>"),
        ("A <sip:a@x;user=phone>;tag=1", '"A" <sip:a@x;user=phone>'),
        ("<tel:+431;phone-context=x>", "<tel:+431;phone-context=x>"),
        (HIDDEN + ";tag=1", HIDDEN),
        (f'"{"A" * 90}" <sip:a@x;user=phone>', "<sip:a@x;user=phone>"),
        (f'"{"Ä" * 44}" <sip:a@x>', "<sip:a@x>"),
        (f"<sip:{'a' * 200}@x;y=z>", f"<sip:{'a' * 200}@x>"),
    ],
)
def test_a_name(written, name):
    assert name_of(parse_name_addr(written)) == name
