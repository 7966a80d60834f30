import pytest

from tests.sipedge.handlers.world import GATEWAY


@pytest.mark.parametrize("host", ["192.0.2.50", GATEWAY])
@pytest.mark.parametrize("uri", ["sip:north.example", "sip:192.0.2.1:5060", "sip:192.0.2.1"])
def test_are_you_alive(world, host, uri):
    (response,) = world.phone(host).ask(world.phone(host).request("OPTIONS", uri, sender="sip:x@y"))
    assert response.status_code == 200
    assert "REGISTER" in response.get("Allow")


def test_even_at_the_last_hop(world):
    phone = world.phone("192.0.2.50")
    message = phone.request("OPTIONS", "sip:north.example", sender="sip:x@y")
    message.set("Max-Forwards", "0")
    assert [r.status_code for r in phone.ask(message)] == [200]


def test_to_a_user_it_is_a_request_like_others(world):
    phone = world.phone("192.0.2.50")
    (response,) = phone.ask(phone.request("OPTIONS", "sip:bob@north.example", sender="sip:x@y"))
    assert response.status_code == 407


def test_elsewhere_it_is_not_relayed(world):
    phone = world.phone("192.0.2.50")
    (response,) = phone.ask(phone.request("OPTIONS", "sip:elsewhere.example", sender="sip:x@y"))
    assert response.status_code == 407
