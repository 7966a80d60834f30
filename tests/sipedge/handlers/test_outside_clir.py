"""Who asks not to be known by Privacy alone is not known by From either."""

import pytest

from tests.sipedge.handlers.world import GATEWAY

HIDDEN = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=f'


@pytest.fixture
def bob(world):
    phone = world.phone("192.0.2.70")
    assert phone.register("bob").status_code == 200
    return phone


@pytest.mark.parametrize("privacy", ["id", "user", "header;id"])
def test_a_phone_that_is_called_by_a_phone(world, bob, privacy):
    alice = world.phone("192.0.2.50")
    invite = alice.request(
        "INVITE", "sip:bob@north.example", sender="sip:alice@north.example", headers=[("Privacy", privacy)]
    )
    alice.ask_as("alice", invite, status=407)
    (onward,) = bob.received()
    assert onward.get("From") == HIDDEN
    bob.answer(onward, 200)
    assert alice.received()[-1].get("From") == "<sip:alice@north.example>;tag=f"


def test_a_phone_that_is_called_by_way_of_a_gateway(world, bob):
    gateway = world.phone(GATEWAY, 5070)
    number = [("Privacy", "id"), ("P-Asserted-Identity", "<sip:+431999@pstn.example>")]
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn", headers=number))
    (onward,) = bob.received()
    assert (onward.get("From"), onward.get("P-Asserted-Identity")) == (HIDDEN, None)
