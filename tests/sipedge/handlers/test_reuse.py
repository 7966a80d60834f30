"""Gateways that are known by their certificates, and whose connections are used again."""

from dataclasses import replace

import pytest

from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import PSTN

ELSEWHERE = "203.0.113.77"
SECURE = replace(
    PSTN, id=7, name="Secure", host="gw.example.org", transport="tls", sources=(), tls_name="gw.example.org"
)


@pytest.fixture
def secure(world):
    """A gateway that is trusted by its certificate alone, and its connection."""
    world.store.gateways.put(SECURE)
    world.peer_names[3] = ("other.example.org", "sip:gw.example.org")
    return world.phone(ELSEWHERE, 40_000, "tls", connection=3)


def invite(phone, params=""):
    message = phone.request("INVITE", "sip:+4311001@north.example", sender="sip:+4315550@gw.example.org")
    message.replace_first_value("Via", message.get("Via") + params)
    return message


def statuses(phone, message):
    return [response.status_code for response in phone.ask(message)]


def test_a_certificate_makes_a_gateway_wherever_it_comes_from(secure):
    assert statuses(secure, invite(secure))[0] == 100


@pytest.mark.parametrize("names", [(), ("*.example.org",), ("example.org",), ("gw.example.org.evil.example",)])
def test_any_other_certificate_does_not(world, secure, names):
    world.peer_names[3] = names
    assert statuses(secure, invite(secure)) == [407]


def test_the_certificate_of_another_connection_does_not(world, secure):
    stranger = world.phone(ELSEWHERE, 40_001, "tls", connection=4)
    assert statuses(stranger, invite(stranger)) == [407]


def test_a_gateway_that_is_switched_off_is_nobody(world, secure):
    world.store.gateways.put(replace(SECURE, is_active=False))
    assert statuses(secure, invite(secure)) == [407]


@pytest.mark.parametrize(
    ("params", "port"), [(";alias", 40_000), (";alias;rport", 40_000), ("", None), (";aliases", None)]
)
def test_its_connection_is_used_for_the_port_in_its_via_where_it_asks_for_that(world, secure, params, port):
    secure.ask(invite(secure, params))
    assert world.reused == ([(secure.flow, port, "gw.example.org")] if port else [])


def test_over_tls_the_address_alone_is_not_enough(world):
    secure = world.phone(GATEWAY, 40_000, "tls", connection=5)
    assert statuses(secure, invite(secure, ";alias"))[0] == 100
    assert world.reused == []


def test_over_tcp_it_is(world):
    plain = world.phone(GATEWAY, 5060, "tcp", connection=6)
    plain.ask(invite(plain, ";alias"))
    assert world.reused == [(plain.flow, 5060, "")]


def test_over_udp_there_is_nothing_to_use(world):
    plain = world.phone(GATEWAY)
    plain.ask(invite(plain, ";alias"))
    assert world.reused == []


def test_strangers_get_nothing_by_asking(world):
    stranger = world.phone(ELSEWHERE, 5060, "tcp", connection=8)
    stranger.ask(invite(stranger, ";alias"))
    assert world.reused == []
