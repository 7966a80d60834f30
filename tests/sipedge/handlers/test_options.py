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


def test_of_a_dialog_that_is_not_ours_it_is_481(world):
    phone = world.phone("192.0.2.50")
    message = phone.request("OPTIONS", "sip:north.example", sender="sip:x@y", to="sip:north.example")
    message.set("To", "<sip:north.example>;tag=made-up")
    assert [r.status_code for r in phone.ask(message)] == [481]


def test_what_only_proxies_read_does_not_concern_it(world):
    phone = world.phone("192.0.2.50")
    message = phone.request("OPTIONS", "sip:north.example", sender="sip:x@y", headers=[("Proxy-Require", "foo")])
    assert [r.status_code for r in phone.ask(message)] == [200]
