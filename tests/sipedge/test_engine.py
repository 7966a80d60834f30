import gc

from sipedge.guards.bans import banned_by
from sipedge.sip.flow import Flow
from sipedge.transaction.effects import Send
from tests.sipedge.handlers.world import GATEWAY, World

FLOW = Flow("udp", "192.0.2.50", 5060)


def test_effects_are_carried_out_in_order():
    world = World()
    world.engine.perform([Send(b"1", FLOW), Send(b"2", FLOW)])
    world.engine.perform([Send(b"3", FLOW)])
    assert [data for data, _ in world.wire] == [b"1", b"2", b"3"]


def test_effects_of_effects_come_after_those_that_were_there_before():
    world = World()
    order = []

    def send(data, flow):
        order.append(data)
        if data == b"1":
            world.engine.perform([Send(b"late", FLOW)])

    world.engine._send = send
    world.engine.perform([Send(b"1", FLOW), Send(b"2", FLOW)])
    assert order == [b"1", b"2", b"late"]


def test_a_transport_failure_reaches_the_call():
    world = World()
    gateway, bob = world.phone(GATEWAY), world.phone("192.0.2.70")
    bob.register("bob")
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:x@y"))
    world.engine.flow_failed(bob.flow, "refused")
    assert [m.status_code for m in gateway.received()] == [500]  # a 503 of ours towards a phone is not the caller's


def test_a_closed_connection_that_nobody_waited_for_is_no_news():
    world = World()
    world.engine.flow_failed(FLOW, "closed by its peer")
    assert world.telemetry.count("unreachable") == 0


def test_a_timer_that_breaks_our_code_does_not_end_all_timers():
    world = World()

    class Broken:
        def deadline(self):
            return 0.0

        def handle_deadline(self, now):
            raise ZeroDivisionError

        def give_up(self):
            raise AssertionError

    world.engine.services.deadlines.watch(Broken())
    world.engine.tick()
    world.engine.tick()
    assert world.telemetry.exceptions >= 1


def test_figures():
    world = World()
    phone = world.phone("192.0.2.50")
    phone.register("alice")
    figures = {
        "transactions": 1, "ringing_calls": 0, "banned_sources": 0, "counted_sources": 0,
        "nat_pings_sent": 0, "nat_pings_answered": 0, "flow_bindings": 0,
        "calls_open": 0, "calls_open_at_all_edges": 0, "calls_open_of_lost_edges": 0,
        "calls_uncounted": 0,
        "gateways_probed": 0, "gateways_down": 0, "gateway_probes_sent": 0,
        "gateway_registrations_wanted": 0, "gateway_registrations": 0,
    }  # fmt: skip
    assert world.engine.counts() == figures


def test_a_banned_source_is_not_heard_and_its_connection_is_closed():
    world = World()
    closed = []
    object.__setattr__(world.engine._outside, "abort", lambda flow, why: closed.append((flow, why)))
    world.engine.services.abort = world.engine._outside.abort
    ban = banned_by("admin", "203.0.113.9", "x", 3600, world.wall)
    world.engine.services.guard.adopt(ban, world.now, world.wall)
    stranger = world.phone("203.0.113.9", 40000, "tcp", 7)
    options = stranger.request("OPTIONS", "sip:192.0.2.1", sender="sip:x@y")
    assert stranger.ask(options) == []
    assert closed == [(stranger.flow, "its source is banned")]
    for _ in range(200):
        stranger.send(stranger.request("OPTIONS", "sip:192.0.2.1", sender="sip:x@y"))
    assert closed[-1] == (stranger.flow, "refused: its source is banned or over its rate")
    assert world.telemetry.count("refused_unread") > 90


def test_a_call_that_is_over_leaves_nothing_to_the_garbage_collector():
    """That one comes rarely, so that it does not hold up calls: what waits for it would fill the memory."""
    world = World()
    gateway, phone = world.phone(GATEWAY), world.phone("192.0.2.60")
    phone.register("bob")
    gc.collect()
    for number in range(3):
        invite = gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn", tag=f"g{number}")
        gateway.send(invite)
        (arrived,) = phone.received()
        phone.answer(arrived, 486 if number == 2 else 200)
        final = gateway.received()[-1]
        if number == 2:
            gateway.send(gateway.request("ACK", invite.request_uri, sender="sip:+431999@pstn"))
        else:
            gateway.send(gateway.in_dialog("ACK", final, cseq=1))
            gateway.send(gateway.in_dialog("BYE", final))
            phone.answer(phone.received()[-1], 200)
    world.pass_time(300, step=1.0)
    world.wire.clear()
    del invite, arrived, final
    assert world.engine.counts()["transactions"] == 0
    assert gc.collect() < 20
