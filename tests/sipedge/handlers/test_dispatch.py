import pytest

from tests.sipedge.handlers.world import GATEWAY


@pytest.fixture
def phone(world):
    return world.phone("192.0.2.50")


def ask(phone, method="INVITE", uri="sip:bob@north.example", **changes):
    message = phone.request(method, uri, sender="sip:alice@north.example")
    for name, value in changes.items():
        header = name.replace("_", "-").title().replace("Cseq", "CSeq")
        message.remove(header) if value is None else message.set(header, value)
    return [(m.status_code, m.get("Unsupported")) for m in phone.ask(message)]


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"max_forwards": "0"}, (483, None)),
        ({"max_forwards": "many"}, (400, None)),
        ({"proxy_require": "gin, foo"}, (420, "gin, foo")),
        ({"cseq": "1 OPTIONS"}, (400, None)),
        ({"from": None}, (400, None)),
        ({"to": "<sip:bob@north.example>;tag=made-up"}, (481, None)),
    ],
)
def test_what_is_refused_before_anything_else(phone, changes, answer):
    assert ask(phone, **changes) == [answer]


@pytest.mark.parametrize("method", ["BYE", "PRACK", "UPDATE", "INFO"])
def test_what_makes_no_sense_outside_a_dialog(phone, method):
    assert ask(phone, method) == [(481, None)]


def test_an_ack_is_never_answered(phone):
    assert ask(phone, "ACK", to="<sip:bob@north.example>;tag=x") == []
    assert ask(phone, "ACK", max_forwards="0") == []
    assert ask(phone, "ACK", cseq="1 INVITE") == []


@pytest.mark.parametrize(
    "data", [b"", b"\r\n\r\n", b"\x00" * 40, b"INVITE sip:a SIP/2.0\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n", b"\xff" * 2000]
)
def test_what_cannot_be_read_disturbs_nothing(world, phone, data):
    phone.send(data)
    phone.received()
    assert world.telemetry.exceptions == 0
    assert ask(phone, "OPTIONS", "sip:north.example") == [(200, None)]


def test_a_stray_response_is_dropped(world, phone):
    from sipedge.sip.message import Response

    phone.send(
        Response(
            200,
            "OK",
            [
                ("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKnone"),
                ("Via", "SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bKvictim"),
                ("From", "<sip:a@b>;tag=1"),
                ("To", "<sip:c@d>;tag=2"),
                ("Call-ID", "x"),
                ("CSeq", "1 INVITE"),
            ],
        )
    )
    assert world.wire == []


def test_the_answer_goes_to_the_packets_source(world, phone):
    message = phone.request("OPTIONS", "sip:north.example", sender="sip:x@y")
    message.replace_first_value("Via", "SIP/2.0/UDP 203.0.113.9:7;branch=z9hG4bKspoofed")
    (response,) = phone.ask(message)
    assert response.top_via.received == "192.0.2.50"


def test_one_message_that_breaks_our_code_gets_500_and_nothing_else_notices(world, phone, monkeypatch):
    from sipedge.handlers import outside

    async def broken(exchange):
        raise ZeroDivisionError

    gateway = world.phone(GATEWAY)
    monkeypatch.setattr(outside, "identify", broken)
    assert [m.status_code for m in gateway.ask(gateway.request("INVITE", "sip:x@north.example", sender="sip:y@z"))] == [
        500
    ]
    assert world.telemetry.exceptions == 1
    monkeypatch.undo()
    assert ask(phone, "OPTIONS", "sip:north.example") == [(200, None)]


def test_an_edge_that_stops_takes_nothing_new_and_ends_what_rings(world):
    gateway, bob = world.phone(GATEWAY), world.phone("192.0.2.70")
    bob.register("bob")
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:y@z"))
    (invite,) = bob.received()
    bob.answer(invite, 180)
    gateway.received()
    world.engine.drain()
    assert [m.status_code for m in gateway.received()] == [503]
    assert [m.method for m in bob.received()] == ["CANCEL"]
    assert [
        m.status_code for m in gateway.ask(gateway.request("INVITE", "sip:bob@north.example", sender="sip:y@z"))
    ] == [503]
    assert world.engine.unanswered == 0


def test_an_options_that_may_go_no_further_is_answered_by_the_edge_and_by_nobody_behind_it(world):
    phone = world.phone("192.0.2.50")
    own = phone.request("OPTIONS", "sip:north.example", sender="sip:alice@north.example")
    for_bob = phone.request("OPTIONS", "sip:bob@north.example", sender="sip:alice@north.example")
    for request in (own, for_bob):
        request.set("Max-Forwards", "0")
    assert [phone.ask(request)[0].status_code for request in (own, for_bob)] == [200, 483]


@pytest.mark.parametrize(
    ("method", "changes", "kind"),
    [
        ("BYE", {"to": "<sip:bob@north.example>;tag=made-up"}, "forged_dialog"),
        ("INFO", {}, "forged_dialog"),
        ("INVITE", {"route": "<sip:203.0.113.9;lr>"}, "relay_refused"),
    ],
)
def test_what_is_hostile_is_told(world, phone, method, changes, kind):
    ask(phone, method, **changes)
    assert world.telemetry.security_log.counts[kind] == 1
    ask(world.phone(GATEWAY, 5090), method, **changes)  # a carrier's mistakes must not get it banned
    assert world.telemetry.security_log.counts[kind] == 1
