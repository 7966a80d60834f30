"""A call is to end: what both sides hear, and what the record says."""

import pytest

from sipedge.listeners import Listener
from sipedge.sip.message import Request
from tests.sipedge.handlers.world import GATEWAY, World


def begin(world, bob, *, contact=None):
    """A call from the gateway that rings at bob: the gateway, and the INVITE as bob got it."""
    gateway = world.phone(GATEWAY, 5090)
    bob.register("bob", contact=contact) if contact else bob.register("bob")
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    (invite,) = bob.received()
    return gateway, invite


def stand(world, bob, **how):
    """The same, answered."""
    gateway, invite = begin(world, bob, **how)
    bob.answer(invite, 200)
    (ok,) = gateway.received()
    gateway.send(gateway.in_dialog("ACK", ok, cseq=1))
    bob.received()
    return gateway, invite, ok


def hang_up(world, topic="hangup"):
    world.store.tell(topic, str(world.calls[0].id))


def said(phone):
    return [one.method if isinstance(one, Request) else one.status_code for one in phone.received()]


def test_both_sides_get_a_bye_and_the_record_ends(world):
    bob = world.phone("192.0.2.70")
    gateway, invite, ok = stand(world, bob)
    hang_up(world)
    (to_gateway,), (to_bob,) = gateway.received(), bob.received()
    assert (to_gateway.method, to_gateway.request_uri) == ("BYE", gateway.uri)
    assert (to_bob.method, to_bob.request_uri) == ("BYE", bob.uri)
    assert (to_bob.get("To"), to_bob.get("From")) == (ok.get("To"), invite.get("From"))
    assert (to_gateway.get("To"), to_gateway.get("From")) == (ok.get("From"), ok.get("To"))
    assert to_bob.get("Reason") == 'Q.850;cause=31;text="Ended by the exchange"'
    record = world.calls[0]
    assert (record.state, record.ended_by, record.cause) == ("ended", "admin", 31)
    gateway.answer(to_gateway, 200)
    bob.answer(to_bob, 200)
    world.pass_time(40)
    assert (said(gateway), said(bob)) == ([], [])


@pytest.mark.parametrize("topic", ["hangup_by_reseller", "overdue"])
def test_the_record_says_who_wanted_it(world, topic):
    stand(world, world.phone("192.0.2.70"))
    hang_up(world, topic)
    wanted = {"hangup_by_reseller": ("reseller", "Ended by the reseller"), "overdue": ("sweeper", "Lasted too long")}
    assert (world.calls[0].ended_by, world.calls[0].reason) == wanted[topic]


def test_a_call_that_still_rings_is_ended_in_the_resellers_name_too(world):
    begin(world, world.phone("192.0.2.70"))
    hang_up(world, "hangup_by_reseller")
    assert world.calls[0].ended_by == "reseller"


def test_twice_is_once(world):
    bob = world.phone("192.0.2.70")
    gateway, _, _ = stand(world, bob)
    hang_up(world)
    assert (said(gateway), said(bob)) == (["BYE"], ["BYE"])
    hang_up(world)
    assert (said(gateway), said(bob)) == ([], [])


def test_an_edge_that_was_restarted_ends_it_too(world):
    bob = world.phone("192.0.2.70")
    gateway, _, _ = stand(world, bob)
    other = World()
    other.store.calls.records.update(world.store.calls.records)
    gateway.world, bob.world = other, other
    hang_up(other)
    assert (said(gateway), said(bob)) == (["BYE"], ["BYE"])
    assert other.calls[0].ended_by == "admin"


def test_the_call_of_another_edge_is_not_ours_to_end(world):
    bob = world.phone("192.0.2.70")
    gateway, _, _ = stand(world, bob)
    record = world.calls[0]
    world.store.calls.records[record.id] = record._replace(edge="edge2")
    hang_up(world)
    assert (said(gateway), said(bob)) == ([], [])
    assert world.calls[0].ended_at is None


def test_a_phone_behind_nat_on_tcp_is_reached_over_its_connection(world):
    bob = world.phone("203.0.113.9", 40001, "tcp", connection=5)
    gateway, _, _ = stand(world, bob, contact="<sip:bob@10.0.0.9:5060;transport=tcp>")
    hang_up(world)
    (bye,) = bob.received()
    assert (bye.method, bye.top_via.transport.lower()) == ("BYE", "tcp")
    assert said(gateway) == ["BYE"]


def test_over_tls_on_one_side_and_udp_on_the_other():
    world = World(listeners=(Listener("tls", "192.0.2.1", 5061, "192.0.2.1", 5061),))
    bob = world.phone("203.0.113.9", 40001, "tls", connection=5)
    bob.flow = bob.flow._replace(local=2)
    gateway, invite, _ = stand(world, bob, contact="<sip:bob@203.0.113.9:40001;transport=tls>")
    assert len(invite.values("Record-Route")) == 2
    hang_up(world)
    assert (said(gateway), said(bob)) == (["BYE"], ["BYE"])


def test_after_a_target_refresh_the_new_contact_is_asked(world):
    bob = world.phone("192.0.2.70")
    gateway, _, ok = stand(world, bob)
    again = gateway.in_dialog("INVITE", ok)
    again.set("Contact", "<sip:moved@198.51.100.2:5099>")
    gateway.send(again)
    (there,) = bob.received()
    bob.answer(there, 200)
    gateway.received()
    hang_up(world)
    (bye,) = world.phone(GATEWAY, 5099).received()
    assert bye.request_uri == "sip:moved@198.51.100.2:5099"


def test_who_does_not_answer_is_asked_again_and_then_left_alone(world):
    bob = world.phone("192.0.2.70")
    stand(world, bob)
    hang_up(world)
    world.pass_time(40)
    assert set(said(bob)) == {"BYE"}
    assert len(world.engine.services.own_requests) == 0


def test_what_rings_is_cancelled_and_the_caller_told(world):
    bob = world.phone("192.0.2.70")
    gateway, invite = begin(world, bob)
    bob.answer(invite, 180)
    gateway.received()
    hang_up(world)
    (cancel,) = bob.received()
    assert (cancel.method, cancel.get("Reason")) == ("CANCEL", 'Q.850;cause=31;text="Ended by the exchange"')
    bob.answer(cancel, 200)
    bob.answer(invite, 487)
    assert said(gateway) == [487]
    record = world.calls[0]
    assert (record.state, record.ended_by, record.status_code) == ("ended", "admin", 487)


def test_what_rang_at_an_edge_that_is_gone_ends_in_the_record(world):
    bob = world.phone("192.0.2.70")
    begin(world, bob)
    other = World()
    other.store.calls.records.update(world.store.calls.records)
    bob.world = other
    hang_up(other)
    assert other.calls[0].ended_by == "admin"
    assert said(bob) == []


@pytest.mark.parametrize("keys", [("nonsense",), ("00000000-0000-0000-0000-000000000001",), ()])
def test_who_names_no_call_of_ours_ends_none(world, keys):
    bob = world.phone("192.0.2.70")
    stand(world, bob)
    world.store.tell("hangup", *keys)
    assert world.calls[0].ended_at is None


def test_what_goes_on_for_too_long_is_nobodys_end(world):
    bob = world.phone("192.0.2.70")
    gateway, _, _ = stand(world, bob)
    world.store.tell("overdue", str(world.calls[0].id))
    assert (said(gateway), said(bob)) == (["BYE"], ["BYE"])
    assert (world.calls[0].ended_by, world.calls[0].reason) == ("sweeper", "Lasted too long")


def test_what_rings_for_too_long_is_cancelled_and_cannot_be_answered_any_more(world):
    bob = world.phone("192.0.2.70")
    gateway, invite = begin(world, bob)
    bob.answer(invite, 180)
    world.pass_time(1)
    gateway.received()
    world.store.tell("overdue", "00000000-0000-0000-0000-000000000001", str(world.calls[0].id))
    (cancel,) = bob.received()
    assert cancel.method == "CANCEL"
    bob.answer(cancel, 200)
    bob.answer(invite, 487)
    assert said(gateway) == [487]
    assert (world.calls[0].state, world.calls[0].ended_by, world.calls[0].answered_at) == ("ended", "sweeper", None)
