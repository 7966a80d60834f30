"""Answers that come when the caller was told of a failure already."""

from sipedge.sip.flow import Flow
from sipedge.sip.message import make_cancel, make_response
from tests.sipedge.handlers.names import Names
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import BOB, binding


def call_and_give_up(world, contact, **kwargs):
    world.store.bindings.put(BOB.id, binding(contact, **kwargs))
    gateway = world.phone(GATEWAY, 5090)
    invite = gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:x@y")
    gateway.ask(invite)
    gateway.ask(make_cancel(invite))


def test_the_ack_and_the_bye_go_where_the_answer_says(world):
    call_and_give_up(world, "sip:bob@192.0.2.70")
    phone, other = world.phone("192.0.2.70"), world.phone("192.0.2.99", 5062)
    ok = make_response(phone.received()[0], 200, to_tag="t", headers=[("Contact", f"<{phone.uri}>")])
    ok.prepend("Record-Route", "<sip:192.0.2.99:5062;lr>")
    phone.send(ok)
    ack, bye = other.received()
    assert [m.method for m in (ack, bye)] == ["ACK", "BYE"]
    assert ack.top_via.branch != bye.top_via.branch
    assert bye.request_uri == phone.uri
    assert phone.received() == []


def test_a_phone_behind_nat_gets_them_over_its_flow(world):
    call_and_give_up(world, "sip:bob@10.0.0.7", flow="udp:192.0.2.70:4000")
    phone = world.phone("192.0.2.70", 4000)
    phone.answer(phone.received()[0], 200, headers=[("Contact", "<sip:bob@10.0.0.7>")])
    assert [m.method for m in phone.received()] == ["ACK", "BYE"]


def test_a_contact_by_name_is_ended_where_it_was_called(world):
    names = Names(world)
    names.know("phone.example", Flow("udp", "192.0.2.70", 5060))
    call_and_give_up(world, "sip:bob@phone.example")
    phone = world.phone("192.0.2.70")
    (invite,) = phone.received()
    phone.send(
        b"SIP/2.0 200 OK\r\nVia: " + invite.get("Via").encode() + b"\r\nFrom: " + invite.get("From").encode() +
        b"\r\nTo: <sip:b@c>;tag=t\r\nCall-ID: " + invite.call_id.encode() + b"\r\nCSeq: 1 INVITE\r\n"
        b"Contact: <sip:bob@phone.example>\r\nContent-Length: 0\r\n\r\n"
    )  # fmt: skip
    assert [m.method for m in phone.received()] == ["ACK", "BYE"]


def test_the_bye_is_repeated_until_it_is_answered_and_nothing_stays(world):
    call_and_give_up(world, "sip:bob@192.0.2.70")
    phone = world.phone("192.0.2.70")
    phone.answer(phone.received()[0], 200)
    _, bye = phone.received()
    world.pass_time(0.6)
    assert [m.method for m in phone.received()] == ["BYE"]
    phone.answer(bye, 200)
    world.pass_time(40, step=0.5)
    assert phone.received() == []
    assert world.engine.counts()["transactions"] == 0
