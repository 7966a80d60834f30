import pytest

from sipedge.sip.message import Request, make_response
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import BOB, binding

SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.50\r\nm=audio 4000 RTP/AVP 0\r\nm=video 4002 RTP/AVP 99\r\n\xff\x00"


@pytest.fixture
def bob(world):
    phone = world.phone("192.0.2.70")
    assert phone.register("bob").status_code == 200
    return phone


@pytest.fixture
def gateway(world):
    return world.phone(GATEWAY, 5090)


def call_in(gateway, uri="sip:+4311002@north.example", **kwargs):
    return gateway.request("INVITE", uri, sender="sip:+431999@pstn.example", body=SDP, **kwargs)


def statuses(messages):
    return [message.status_code for message in messages]


@pytest.mark.parametrize("number", ["+4311002", "004311002", "011002", "4311002"])
def test_a_call_from_the_telephone_network_rings_the_phone(world, gateway, bob, number):
    invite = call_in(gateway, f"sip:{number}@north.example", headers=[("Content-Type", "application/sdp")])
    assert statuses(gateway.ask(invite)) == [100]
    (onward,) = bob.received()
    assert onward.request_uri == bob.uri
    assert onward.body == SDP
    assert onward.get("Content-Type") == "application/sdp"
    assert onward.max_forwards == 69
    assert len(onward.vias) == 2
    assert onward.get("Record-Route").startswith("<sip:")


def test_from_ring_to_answer_to_hanging_up(world, gateway, bob):
    gateway.ask(call_in(gateway))
    (invite,) = bob.received()
    bob.answer(invite, 180)
    (ringing,) = gateway.received()
    assert (ringing.status_code, len(ringing.vias)) == (180, 1)
    assert world.calls[0].state == "ringing"
    world.pass_time(3)
    bob.answer(invite, 200, body=SDP)
    (ok,) = gateway.received()
    assert (ok.status_code, ok.body) == (200, SDP)
    gateway.send(gateway.in_dialog("ACK", ok, cseq=1))
    (ack,) = bob.received()
    assert (ack.method, ack.request_uri) == ("ACK", bob.uri)
    world.pass_time(10)
    gateway.send(gateway.in_dialog("BYE", ok))
    (bye,) = bob.received()
    assert (bye.method, bye.get("Route")) == ("BYE", None)
    bob.answer(bye, 200)
    assert statuses(gateway.received()) == [200]
    (call,) = world.calls
    assert (call.state, call.ended_by, call.cause, call.status_code) == ("ended", "caller", 16, 200)
    assert call.answered_at - call.started_at == pytest.approx(3, abs=0.5)
    assert call.ended_at - call.answered_at == pytest.approx(10, abs=0.5)


def test_the_callee_hangs_up(world, gateway, bob):
    gateway.ask(call_in(gateway))
    (invite,) = bob.received()
    bob.answer(invite, 200)
    (ok,) = gateway.received()
    bye = bob.in_dialog("BYE", ok, swap=invite)
    bob.send(bye)
    (onward,) = gateway.received()
    assert (onward.method, onward.request_uri) == ("BYE", gateway.uri)
    gateway.answer(onward, 200)
    assert statuses(bob.received()) == [200]
    assert world.calls[0].ended_by == "callee"


def test_early_media_and_reason_pass_unharmed(gateway, bob):
    gateway.ask(call_in(gateway))
    (invite,) = bob.received()
    bob.answer(invite, 183, body=SDP, headers=[("Reason", 'Q.850;cause=0;text="x"'), ("X-Other", "kept")])
    (progress,) = gateway.received()
    assert (progress.status_code, progress.body) == (183, SDP)
    assert progress.get("Reason") == 'Q.850;cause=0;text="x"'
    assert progress.get("X-Other") == "kept"


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("sip:+4311001@north.example", 480),  # alice is registered nowhere
        ("sip:+4311003@north.example", 404),  # nobody has it
        ("sip:+4311999@north.example", 404),  # not ours
        ("sip:+4915112345@north.example", 404),  # and never out again
    ],
)
def test_calls_in_that_go_nowhere(world, gateway, uri, status):
    assert statuses(gateway.ask(call_in(gateway, uri))) == [100, status]
    assert world.wire == []
    (call,) = world.calls
    assert (call.state, call.status_code, call.ended_by) == ("ended", status, "edge")


def test_a_stranger_is_challenged_and_nothing_leaves(world, bob):
    stranger = world.phone("203.0.113.5")
    for method in ("INVITE", "MESSAGE", "SUBSCRIBE", "REFER", "NOTIFY", "PUBLISH", "FOO"):
        (response,) = stranger.ask(
            stranger.request(method, "sip:+4311002@north.example", sender="sip:alice@north.example")
        )
        assert response.status_code == 407, method
    assert world.wire == []
    assert world.calls == []


def test_no_header_makes_a_gateway(world, bob):
    stranger = world.phone("203.0.113.5")
    claims = [("P-Asserted-Identity", "<sip:+431999@pstn.example>"), ("X-Forwarded-For", GATEWAY)]
    message = stranger.request("INVITE", "sip:+4311002@north.example", sender="sip:x@pstn.example", headers=claims)
    message.replace_first_value("Via", f"SIP/2.0/UDP {GATEWAY};branch=z9hG4bKx")
    assert statuses(stranger.ask(message)) == [407]


def test_a_call_between_subscribers(world, bob):
    alice = world.phone("192.0.2.50")
    invite = alice.request("INVITE", "sip:bob@north.example", sender="sip:alice@north.example", body=SDP)
    assert statuses(alice.ask_as("alice", invite, status=407)) == [100]
    (onward,) = bob.received()
    assert onward.get("Proxy-Authorization") is None
    bob.answer(onward, 200)
    assert statuses(alice.received()) == [200]
    (call,) = world.calls
    assert (call.direction, call.caller_subscriber_id, call.callee_subscriber_id) == ("internal", 1, 2)


def test_a_phone_cannot_call_in_anothers_name(world, bob):
    alice = world.phone("192.0.2.50")
    invite = alice.request("INVITE", "sip:bob@north.example", sender="sip:boss@north.example")
    assert statuses(alice.ask_as("alice", invite, status=407)) == [403]
    invite = alice.request("INVITE", "sip:bob@north.example", sender="sip:alice@elsewhere.example")
    assert statuses(alice.ask_as("alice", invite, status=407)) == [403]
    assert world.wire == []


def test_a_call_out_by_the_gateway(world):
    alice, pstn = world.phone("192.0.2.50"), world.phone(GATEWAY)
    claims = [
        ("P-Asserted-Identity", "<sip:+431@x>"),
        ("Remote-Party-ID", "<sip:+431@x>"),
        ("Diversion", "<sip:+431@x>"),
    ]
    invite = alice.request("INVITE", "sip:01999999@north.example", sender="sip:alice@north.example", headers=claims)
    alice.ask_as("alice", invite, status=407)
    (onward,) = pstn.received()
    assert onward.request_uri == f"sip:+431999999@{GATEWAY}:5060"
    assert onward.get_all("P-Asserted-Identity") == ["<sip:+4311001@north.example>"]
    assert onward.get("Remote-Party-ID") is None
    assert onward.get("Diversion") is None
    (call,) = world.calls
    assert (call.direction, call.gateway_out_id, call.callee_number) == ("outbound", 1, "+431999999")


@pytest.mark.parametrize("status", [503, 302])
def test_the_next_gateway_is_tried_when_the_first_is_broken(world, status):
    alice, pstn, spare = world.phone("192.0.2.50"), world.phone(GATEWAY), world.phone("198.51.100.3", transport="tcp")
    invite = alice.request("INVITE", "sip:01999999@north.example", sender="sip:alice@north.example")
    alice.ask_as("alice", invite, status=407)
    pstn.answer(pstn.received()[0], status)
    onward = [m for m in spare.received() if isinstance(m, Request)]
    assert onward[0].request_uri == "sip:01999999@198.51.100.3;transport=tcp"
    spare.answer(onward[0], 486)
    assert statuses(alice.received()) == [486]


def test_a_busy_callee_is_not_asked_again_by_another_gateway(world):
    alice, pstn = world.phone("192.0.2.50"), world.phone(GATEWAY)
    invite = alice.request("INVITE", "sip:01999999@north.example", sender="sip:alice@north.example")
    alice.ask_as("alice", invite, status=407)
    pstn.answer(pstn.received()[0], 486)
    assert statuses(alice.received()) == [486]
    assert (world.calls[0].ended_by, world.calls[0].cause) == ("gateway", 17)


def test_all_phones_ring_and_the_losers_are_cancelled(world, gateway, bob):
    desk = world.phone("192.0.2.71")
    desk.register("bob")
    gateway.ask(call_in(gateway))
    (at_bob,), (at_desk,) = bob.received(), desk.received()
    assert at_bob.top_via.branch != at_desk.top_via.branch
    bob.answer(at_bob, 180, tag="b")
    desk.answer(at_desk, 180, tag="d")
    desk.answer(at_desk, 200, tag="d")
    assert statuses(gateway.received()) == [180, 180, 200]
    (cancel,) = bob.received()
    assert (cancel.method, cancel.top_via.branch) == ("CANCEL", at_bob.top_via.branch)
    bob.answer(cancel, 200)
    bob.answer(at_bob, 487, tag="b")
    assert [m.method for m in bob.received()] == ["ACK"]
    assert gateway.received() == []
    assert world.calls[0].to_tag == "d"


def test_a_dead_phone_never_fails_the_call(world, gateway, bob):
    world.store.bindings.put(BOB.id, binding("sip:gone@192.0.2.99"), *world.store.bindings.get(BOB.id))
    gateway.ask(call_in(gateway))
    gone = world.phone("192.0.2.99")
    assert len(gone.received()) == 1
    world.engine.flow_failed(gone.flow, "unreachable")
    (invite,) = bob.received()
    bob.answer(invite, 200)
    assert statuses(gateway.received()) == [200]


def test_higher_q_is_tried_first(world, gateway):
    world.store.bindings.put(BOB.id, binding("sip:first@192.0.2.81", q=900), binding("sip:second@192.0.2.82", q=500))
    first, second = world.phone("192.0.2.81"), world.phone("192.0.2.82")
    gateway.ask(call_in(gateway))
    assert second.received() == []
    (invite,) = first.received()
    first.answer(invite, 486)
    (invite,) = second.received()
    second.answer(invite, 200)
    assert statuses(gateway.received()) == [200]


def test_nobody_answers_at_all(world, gateway, bob):
    gateway.ask(call_in(gateway))
    world.pass_time(33)
    assert set(statuses(gateway.received())) == {408}  # repeated until the ACK comes
    assert (world.calls[0].state, world.calls[0].ended_by) == ("ended", "edge")


def test_ringing_does_not_go_on_for_ever(world, gateway, bob):
    gateway.ask(call_in(gateway))
    (invite,) = bob.received()
    bob.answer(invite, 180)
    gateway.received()
    world.pass_time(186, step=1)
    cancel = bob.received()[-1]
    assert cancel.method == "CANCEL"
    bob.answer(cancel, 200)
    bob.answer(invite, 487)
    assert statuses(gateway.received()) == [408]  # nobody upstream has cancelled anything
    assert [(call.status_code, call.ended_by) for call in world.calls] == [(408, "edge")]


def test_a_retransmitted_invite_forks_once(gateway, bob):
    invite = call_in(gateway)
    assert statuses(gateway.ask(invite)) == [100]
    assert statuses(gateway.ask(invite)) == [100]
    assert len(bob.received()) == 1


def test_every_retransmitted_200_goes_upstream(gateway, bob):
    gateway.ask(call_in(gateway))
    (invite,) = bob.received()
    bob.answer(invite, 200)
    bob.answer(invite, 200)
    assert statuses(gateway.received()) == [200, 200]


def test_one_asks_for_ones_own_voicemail_and_ones_phones_are_left_alone(world, bob):
    again = [("Event", "message-summary")]
    for method in ("SUBSCRIBE", "PUBLISH"):
        message = bob.request(method, "sip:bob@north.example", sender="sip:bob@north.example", headers=again)
        assert statuses(bob.ask_as("bob", message, status=407)) == [489]
    assert world.wire == []


def test_a_text_message_between_subscribers(world, bob):
    alice = world.phone("192.0.2.50")
    message = alice.request(
        "MESSAGE", "sip:bob@north.example", sender="sip:alice@north.example", body=b"hi \xf0\x9f\x91\x8b"
    )
    assert alice.ask_as("alice", message, status=407) == []
    (onward,) = bob.received()
    assert (onward.body, onward.get("Record-Route")) == (b"hi \xf0\x9f\x91\x8b", None)
    bob.answer(onward, 200)
    assert statuses(alice.received()) == [200]
    assert world.calls == []


def test_a_preloaded_route_to_elsewhere_is_not_followed(world):
    alice = world.phone("192.0.2.50")
    routes = [("Route", "<sip:192.0.2.1;lr>"), ("Route", "<sip:203.0.113.9;lr>")]
    invite = alice.request("INVITE", "sip:bob@north.example", sender="sip:alice@north.example", headers=routes)
    assert statuses(alice.ask(invite)) == [403]
    assert world.wire == []


def test_an_outbound_proxy_route_to_us_is_fine(world, bob):
    alice = world.phone("192.0.2.50")
    routes = [("Route", "<sip:192.0.2.1:5060;lr>")]
    invite = alice.request("INVITE", "sip:bob@north.example", sender="sip:alice@north.example", headers=routes)
    assert statuses(alice.ask_as("alice", invite, status=407)) == [100]
    assert bob.received()[0].get("Route") is None


def test_a_call_that_waits_for_its_facts(cold_world):
    gateway, phone = cold_world.phone(GATEWAY), cold_world.phone("192.0.2.70")
    cold_world.store.bindings.put(BOB.id, binding("sip:bob@192.0.2.70"))
    assert statuses(gateway.ask(call_in(gateway))) == [100]
    for _ in range(4):
        assert phone.received() == []
        cold_world.store.settle()
        if phone.received():
            break
    else:
        pytest.fail("the phone never rang")


def test_without_the_database_an_unknown_callee_is_503(cold_world):
    gateway = cold_world.phone(GATEWAY)
    cold_world.store.set_available(False)
    assert statuses(gateway.ask(call_in(gateway))) == [100, 503]


def test_who_is_behind_nat_is_reached_by_its_flow(world, gateway):
    phone = world.phone("203.0.113.20", 41000)
    message = phone.request(
        "REGISTER", "sip:north.example", sender="sip:bob@north.example", to="sip:bob@north.example", rport=True
    )
    message.set("Contact", "<sip:bob@10.0.0.5:5060>")
    phone.ask_as("bob", message)
    gateway.ask(call_in(gateway))
    (invite,) = phone.received()
    assert invite.request_uri == "sip:bob@10.0.0.5:5060"
    phone.send(make_response(invite, 200, to_tag="t", headers=[("Contact", "<sip:bob@10.0.0.5:5060>")]))
    (ok,) = gateway.received()
    gateway.send(gateway.in_dialog("BYE", ok))
    assert [m.method for m in phone.received()] == ["BYE"]


def test_two_transports_two_record_routes(world):
    alice, phone = world.phone("192.0.2.50", 40123, "tcp", 7), world.phone("192.0.2.70")
    phone.register("bob")
    invite = alice.request("INVITE", "sip:bob@north.example", sender="sip:alice@north.example")
    alice.ask_as("alice", invite, status=407)
    (onward,) = phone.received()
    assert ["transport=tcp" in value for value in onward.values("Record-Route")] == [False, True]
    phone.answer(onward, 200)
    (ok,) = alice.received()
    phone.send(phone.in_dialog("BYE", ok, swap=onward))
    assert [m.method for m in alice.received()] == ["BYE"]
