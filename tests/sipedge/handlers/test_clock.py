"""The whole edge in memory when its wall clock is set: nobody is unregistered by it, no call gets longer or shorter."""

import pytest

from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import BOB

HOUR, DAY, YEAR = 3600.0, 86_400.0, 365 * 86_400.0
JUMPS = pytest.mark.parametrize("jump", [HOUR, -HOUR, -DAY, YEAR])


@pytest.fixture
def gateway(world):
    return world.phone(GATEWAY, 5090)


@pytest.fixture
def bob(world):
    phone = world.phone("192.0.2.70")
    assert phone.register("bob").status_code == 200
    return phone


def call(gateway, bob):
    """A call that bob answers; the 200 as the gateway got it."""
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    (invite,) = bob.received()
    bob.answer(invite, 180)
    bob.answer(invite, 200)
    ok = gateway.received()[-1]
    gateway.send(gateway.in_dialog("ACK", ok, cseq=1))
    assert [message.method for message in bob.received()] == ["ACK"]
    return ok


@JUMPS
def test_who_is_registered_can_be_called(world, gateway, bob, jump):
    world.wall += jump
    call(gateway, bob)


@JUMPS
def test_the_next_refresh_renews_the_binding_in_the_new_time(world, gateway, bob, jump):
    other = world.phone("192.0.2.71")
    assert other.register("bob").status_code == 200
    world.wall += jump
    response = bob.register("bob")
    assert response.status_code == 200
    assert len(response.get_all("Contact")) == 2
    assert max(binding.expires_at for binding in world.store.bindings.get(BOB.id)) >= world.wall + 600


def test_a_binding_that_no_phone_renews_ends_nevertheless(world, gateway, bob):
    world.wall += YEAR
    world.pass_time(601, step=1.0)
    answers = gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    assert answers[-1].status_code == 480


@JUMPS
def test_a_call_lasts_as_long_as_it_lasts(world, gateway, bob, jump):
    ok = call(gateway, bob)
    world.pass_time(20)
    world.wall += jump
    world.pass_time(10)
    gateway.send(gateway.in_dialog("BYE", ok))
    (record,) = world.calls
    assert record.ended_at - record.answered_at == pytest.approx(30, abs=0.2)


@JUMPS
def test_a_call_that_rings_meanwhile(world, gateway, bob, jump):
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    (invite,) = bob.received()
    world.pass_time(1)
    world.wall += jump
    bob.answer(invite, 180)
    world.pass_time(1)
    bob.answer(invite, 486)
    (record,) = world.calls
    assert record.ringing_at - record.started_at == pytest.approx(1, abs=0.2)
    assert record.ended_at - record.started_at == pytest.approx(2, abs=0.3)
