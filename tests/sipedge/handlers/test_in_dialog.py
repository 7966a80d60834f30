import pytest

from tests.sipedge.handlers.world import GATEWAY


@pytest.fixture
def standing(world):
    """A call from the gateway that bob answered: gateway, bob, the INVITE as bob and the 200 as the gateway got it."""
    gateway, bob = world.phone(GATEWAY, 5090), world.phone("192.0.2.70")
    bob.register("bob")
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    (invite,) = bob.received()
    bob.answer(invite, 200)
    (ok,) = gateway.received()
    gateway.send(gateway.in_dialog("ACK", ok, cseq=1))
    assert [m.method for m in bob.received()] == ["ACK"]
    return gateway, bob, invite, ok


@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "INFO", "NOTIFY", "PRACK", "SUBSCRIBE", "OPTIONS"])
def test_whatever_comes_next_passes_both_ways(standing, method):
    gateway, bob, invite, ok = standing
    gateway.send(gateway.in_dialog(method, ok, body=b"x"))
    (there,) = bob.received()
    assert (there.method, there.body, there.get("Route")) == (method, b"x", None)
    bob.answer(there, 202)
    assert [m.status_code for m in gateway.received() if m.status_code != 100] == [202]
    bob.send(bob.in_dialog(method, ok, swap=invite))
    (here,) = gateway.received()
    assert (here.method, here.request_uri) == (method, gateway.uri)
    gateway.answer(here, 200)
    assert [m.status_code for m in bob.received() if m.status_code != 100] == [200]


def test_a_bye_with_a_cause(world, standing):
    gateway, _, _, ok = standing
    gateway.send(gateway.in_dialog("BYE", ok, headers=[("Reason", "Q.850;cause=31")]))
    assert world.calls[0].cause == 31


def test_a_restarted_edge_still_knows_its_dialogs(world, standing):
    gateway, bob, _, ok = standing
    from tests.sipedge.handlers.world import World

    other = World()
    gateway.world, bob.world = other, other
    gateway.send(gateway.in_dialog("BYE", ok))
    assert [m.method for m in bob.received()] == ["BYE"]


@pytest.mark.parametrize("method", ["BYE", "INVITE", "INFO", "NOTIFY"])
def test_a_made_up_dialog_is_481_and_not_relayed(world, standing, method):
    _, bob, _, ok = standing
    stranger = world.phone("203.0.113.5")
    forged = stranger.in_dialog(method, ok)
    forged.remove("Route")
    assert [m.status_code for m in stranger.ask(forged)] == [481]
    forged = stranger.in_dialog(method, ok)
    forged.set("Call-ID", "another")
    assert [m.status_code for m in stranger.ask(forged)] == [481]
    assert bob.received() == []
    assert world.calls[0].state == "answered"


def test_a_forged_ack_is_dropped(world, standing):
    gateway, bob, _, ok = standing
    forged = gateway.in_dialog("ACK", ok)
    forged.remove("Route")
    assert gateway.ask(forged) == []
    assert bob.received() == []


def test_claims_in_a_dialog_are_removed_too(standing):
    gateway, bob, invite, ok = standing
    claim = [("P-Asserted-Identity", "<sip:boss@x>")]
    bob.send(bob.in_dialog("UPDATE", ok, swap=invite, headers=claim))
    assert gateway.received()[0].get("P-Asserted-Identity") is None
    gateway.send(gateway.in_dialog("UPDATE", ok, headers=claim))
    assert bob.received()[0].get("P-Asserted-Identity") == "<sip:boss@x>"


def test_the_last_hop_is_483(standing):
    gateway, bob, _, ok = standing
    bye = gateway.in_dialog("BYE", ok)
    bye.set("Max-Forwards", "0")
    assert [m.status_code for m in gateway.ask(bye)] == [483]
    assert bob.received() == []
