"""Bindings that end with their connection, and dialogs that follow a phone to its new flow."""

import pytest

from sipedge.handlers import flows as flows_module
from sipedge.handlers.flows import RETRY, SWEEP_AFTER, Flows
from sipedge.registrar.register import RegisterDecision
from sipedge.sip.flow import Flow, parse_flow
from tests.sipedge.routing.network import ALICE, BOB, binding

INSTANCE = '+sip.instance="<urn:uuid:1>"'
PAGE = "<sip:alice@df7jal23ls0d.invalid;transport=ws>"


def browser(world, connection, port=50000):
    return world.phone("203.0.113.1", port, "ws", connection=connection)


def close(world, phone):
    world.engine.connection_closed(phone.flow)


def flows_of(world, subscriber=ALICE):
    return [one.flow for one in world.store.bindings.get(subscriber.id)]


def test_a_browsers_binding_ends_with_its_connection(world):
    phone = browser(world, 11)
    phone.register("alice", contact=PAGE)
    assert flows_of(world) == ["ws:203.0.113.1:50000#11"]

    close(world, phone)

    assert flows_of(world) == []
    assert world.telemetry.count("bindings_ended_with_flow") == 1


def test_the_others_of_the_subscriber_stay(world):
    phone, other = browser(world, 11), browser(world, 12, 50001)
    phone.register("alice", contact=PAGE)
    other.register("alice", contact="<sip:alice@other.invalid;transport=ws>")
    desk = world.phone("192.0.2.50")
    desk.register("alice")

    close(world, phone)

    assert flows_of(world) == ["ws:203.0.113.1:50001#12", None]


def test_every_subscriber_of_the_connection_is_taken_off(world):
    phone = browser(world, 11)
    phone.register("alice", contact=PAGE)
    phone.register("bob", contact="<sip:bob@df7jal23ls0d.invalid;transport=ws>")

    close(world, phone)
    close(world, phone)

    assert (flows_of(world), flows_of(world, BOB)) == ([], [])
    assert len(world.engine.services.flows) == 0


def test_an_outbound_phones_binding_ends_with_its_connection_and_another_streams_stays(world):
    bound = world.phone("192.0.2.50", 40000, "tcp", connection=21)
    loose = world.phone("192.0.2.51", 40000, "tcp", connection=22)
    bound.register("alice", contact=f"<{bound.uri}>;reg-id=1;{INSTANCE}", headers=[("Supported", "outbound")])
    loose.register("alice")

    close(world, bound)
    close(world, loose)

    assert flows_of(world) == ["tcp:192.0.2.51:40000"]


def test_a_phone_that_came_back_before_its_old_connection_ended_stays(world):
    before, after = browser(world, 11), browser(world, 12, 50001)
    before.register("alice", contact=PAGE)
    after.register("alice", contact=PAGE, call_id="again")

    close(world, before)

    assert flows_of(world) == ["ws:203.0.113.1:50001#12"]


def test_while_the_database_is_away_it_is_kept_for_later(world):
    world.pass_time(SWEEP_AFTER + 1, 0.5)  # it is not the sweep that does it
    phone = browser(world, 11)
    phone.register("alice", contact=PAGE)
    world.store.set_available(False)
    close(world, phone)
    world.pass_time(RETRY + 1, 0.5)
    assert flows_of(world) == ["ws:203.0.113.1:50000#11"]

    world.store.set_available(True)
    world.pass_time(RETRY + 1, 0.5)

    assert flows_of(world) == []


def test_a_connection_that_ends_while_its_register_is_committed_leaves_nothing(cold_world):
    world = cold_world
    phone = browser(world, 11)
    message = phone.request(
        "REGISTER", "sip:north.example", sender="sip:alice@north.example", to="sip:alice@north.example",
        headers=[("Expires", "600")], contact=PAGE,
    )  # fmt: skip
    phone.send(message)
    world.store.settle()
    (challenge,) = phone.received()
    phone.send(phone.authorised(challenge, message, "alice"))
    world.store.settle()  # its bindings are read; now it waits for its commit

    close(world, phone)
    while world.store.settle():
        pass

    assert flows_of(world) == []


def test_nothing_is_bound_to_a_connection_that_has_ended(world):
    phone = browser(world, 11)
    close(world, phone)

    assert phone.register("alice", contact=PAGE).status_code == 430
    assert flows_of(world) == []


def test_a_binding_that_is_not_bound_to_its_connection_outlives_it(world):
    phone = world.phone("192.0.2.50", 40000, "tcp", connection=31)
    close(world, phone)

    assert phone.register("alice").status_code == 200
    assert flows_of(world) == ["tcp:192.0.2.50:40000"]


def test_what_a_process_before_left_is_swept(world):
    mine = binding("sip:a@x.invalid", flow="ws:203.0.113.1:50000#99")._replace(edge="edge1")
    stream = binding("sip:b@192.0.2.9", flow="tcp:192.0.2.9:40000")._replace(edge="edge1")
    elsewhere = binding("sip:c@x.invalid", flow="ws:203.0.113.1:50000#98")._replace(edge="edge2")
    world.store.bindings.put(ALICE.id, mine, stream, elsewhere)
    phone = browser(world, 11)
    phone.register("bob", contact=PAGE)

    world.pass_time(SWEEP_AFTER + 1)

    assert flows_of(world) == ["tcp:192.0.2.9:40000", "ws:203.0.113.1:50000#98"]
    assert flows_of(world, BOB) == ["ws:203.0.113.1:50000#11"]


def test_the_sweep_goes_through_all_pages_and_waits_for_the_database(world, monkeypatch):
    monkeypatch.setattr("sipedge.store.memory.PAGE", 2)
    for subscriber in range(100, 107):
        world.store.bindings.put(
            subscriber, binding("sip:a@x.invalid", flow=f"ws:203.0.113.1:50000#{subscriber}")._replace(edge="edge1")
        )
    world.store.set_available(False)
    world.pass_time(SWEEP_AFTER + 1)
    world.store.set_available(True)

    world.pass_time(RETRY + 2)

    assert [world.store.bindings.get(subscriber) for subscriber in range(100, 107)] == [()] * 7


def moved(known, new, subscriber=1):
    flows = Flows()
    flows.registered(subscriber, RegisterDecision((new,), ((known, new),)))
    return flows


def test_a_dialog_follows_a_phone_whose_nat_gave_it_another_port():
    before = binding("sip:a@10.0.0.2", flow="udp:203.0.113.1:1024")
    flows = moved(before, before._replace(flow="udp:203.0.113.1:2048", received_from="udp:203.0.113.1:2048"))

    assert flows.now_at(parse_flow("udp:203.0.113.1:1024")) == Flow("udp", "203.0.113.1", 2048)
    assert flows.now_at(Flow("udp", "203.0.113.1", 1025)) == Flow("udp", "203.0.113.1", 1025)
    assert flows.now_at(Flow("udp", "203.0.113.1", 1024, 4)) == Flow("udp", "203.0.113.1", 1024, 4)


def test_it_follows_several_times_but_not_in_circles():
    one = binding("sip:a@10.0.0.2", flow="udp:203.0.113.1:1")
    two, three = one._replace(flow="udp:203.0.113.1:2"), one._replace(flow="udp:203.0.113.1:3")
    flows = moved(one, two)
    flows.registered(1, RegisterDecision((three,), ((two, three),)))
    assert flows.now_at(parse_flow("udp:203.0.113.1:1")).port == 3

    flows.registered(1, RegisterDecision((one,), ((three, one),)))
    assert flows.now_at(parse_flow("udp:203.0.113.1:3")).port == 1
    assert flows.now_at(parse_flow("udp:203.0.113.1:1")).port == 1


def test_two_phones_with_one_contact_do_not_take_each_others_dialogs():
    one = binding("sip:a@10.0.0.2", flow="udp:203.0.113.1:1024")
    flows = moved(one, one._replace(flow="udp:203.0.113.2:1024", call_id="another phone"))

    assert flows.now_at(parse_flow("udp:203.0.113.1:1024")).host == "203.0.113.1"


@pytest.mark.parametrize("flow", ["udp:203.0.113.1:1024", None])
def test_whoever_registers_from_a_flow_has_it(flow):
    one = binding("sip:a@10.0.0.2", flow="udp:203.0.113.1:1024")
    flows = moved(one, one._replace(flow="udp:203.0.113.1:2048", received_from="udp:203.0.113.1:2048"))
    newcomer = binding("sip:b@203.0.113.1", flow="udp:203.0.113.1:1024")._replace(flow=flow)

    flows.registered(2, RegisterDecision((newcomer,), ((None, newcomer),)))

    assert flows.now_at(parse_flow("udp:203.0.113.1:1024")).port == 1024


def test_a_dialog_follows_a_browser_that_connected_again(world):
    first = browser(world, 11)
    first.register("alice", contact=PAGE)
    close(world, first)
    second = browser(world, 12, 50001)
    second.register("alice", contact=PAGE, call_id="again")

    assert world.engine.services.flows.now_at(first.flow)[:3] == second.flow[:3]
    assert world.engine.services.flows.now_at(first.flow).connection == 12


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(flows_module, "MAX_REMEMBERED", 3)
    monkeypatch.setattr(flows_module, "MAX_AORS", 2)
    flows = Flows()
    for n in range(1, 10):
        before = binding("sip:a@10.0.0.2", flow=f"udp:203.0.113.1:{n}")
        after = before._replace(flow=f"udp:203.0.113.2:{n}")
        flows.registered(n, RegisterDecision((after,), ((before, after),)))
        bound = binding("sip:a@x.invalid", flow=f"ws:203.0.113.1:{n}#{n}")
        assert flows.expect(n, n, RegisterDecision((bound,), ((None, bound),)))

    assert [flows.now_at(Flow("udp", "203.0.113.1", n)).host for n in (6, 7)] == ["203.0.113.1", "203.0.113.2"]
    assert len(flows) == 2
    assert not flows.is_complete
    assert [flows.ended(n) for n in (1, 2, 3)] == [{1}, {2}, set()]
