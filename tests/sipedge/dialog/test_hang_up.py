from sipedge.dialog.hang_up import acknowledge, hang_up
from sipedge.sip.message import Request, Response

INVITE = Request(
    "INVITE",
    "sip:bob@192.0.2.70",
    [
        ("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa"),
        ("Record-Route", "<sip:token@192.0.2.1;lr>"),
        ("Record-Route", "<sip:upstream.example;lr>"),
        ("From", "<sip:alice@north.example>;tag=f"),
        ("To", "<sip:bob@north.example>"),
        ("Call-ID", "c"),
        ("CSeq", "7 INVITE"),
    ],
)


def answered(*record_routes, contact="<sip:bob@192.0.2.71:5062>"):
    return Response(
        200,
        "OK",
        [
            *[("Record-Route", value) for value in record_routes],
            ("To", "<sip:bob@north.example>;tag=t"),
            ("CSeq", "7 INVITE"),
            *([("Contact", contact)] if contact else []),
        ],
    )


OURS_AND_UPSTREAM = ("<sip:token@192.0.2.1;lr>", "<sip:upstream.example;lr>")


def test_the_ack_has_the_number_of_the_invite_and_the_bye_the_next():
    response = answered(*OURS_AND_UPSTREAM)
    ack, bye = acknowledge(INVITE, response), hang_up(INVITE, response)
    assert (ack.method, ack.get("CSeq"), bye.method, bye.get("CSeq")) == ("ACK", "7 ACK", "BYE", "8 BYE")
    for request in (ack, bye):
        assert request.request_uri == "sip:bob@192.0.2.71:5062"
        assert request.get("From") == "<sip:alice@north.example>;tag=f"
        assert request.get("To") == "<sip:bob@north.example>;tag=t"
        assert request.call_id == "c"
        assert not request.has("Via")
        assert request.routes == []


def test_the_route_is_what_proxies_behind_us_wrote_the_nearest_first():
    response = answered("<sip:far.example;lr>, <sip:near.example;lr>", *OURS_AND_UPSTREAM)
    assert [str(route.uri) for route in hang_up(INVITE, response).routes] == [
        "sip:near.example;lr",
        "sip:far.example;lr",
    ]


def test_an_answer_without_contact_is_ended_where_the_invite_went():
    assert hang_up(INVITE, answered(contact=None)).request_uri == "sip:bob@192.0.2.70"
