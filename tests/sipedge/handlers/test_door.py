from dataclasses import replace

import pytest

from sipedge.guards.events import Kind
from tests.sipedge.handlers.world import GATEWAY
from tests.sipedge.routing.network import PSTN


@pytest.fixture
def stranger(world):
    return world.phone("203.0.113.9")


def options(phone, headers=()):
    return phone.request("OPTIONS", "sip:192.0.2.1", sender="sip:x@elsewhere", headers=headers)


def count(world, kind):
    return world.telemetry.security_log.counts[kind]


def test_a_scanner_gets_silence(world, stranger):
    scanner = [("User-Agent", "friendly-scanner")]
    assert len(stranger.ask(options(stranger, scanner))) == 1
    world.store.user_agents.load(["*scanner*"])
    assert stranger.ask(options(stranger, scanner)) == []
    assert stranger.ask(options(stranger, [("User-Agent", "SIPSAK 0.9.8")])) != []
    assert count(world, Kind.USER_AGENT) == 1
    world.store.user_agents.load([])
    assert len(stranger.ask(options(stranger, scanner))) == 1


def test_a_gateway_may_call_itself_what_it_likes(world):
    world.store.user_agents.load(["*scanner*"])
    gateway = world.phone(GATEWAY)
    assert gateway.ask(options(gateway, [("User-Agent", "scanner")])) != []


def test_a_gateway_that_is_known_by_its_certificate_is_neither_limited_nor_taken_for_a_scanner(world):
    world.store.gateways.put(replace(PSTN, id=7, sources=(), tls_name="gw.example.org"))
    world.store.user_agents.load(["*scanner*"])
    world.peer_names[3] = ("gw.example.org",)
    gateway = world.phone("203.0.113.9", 40000, "tls", connection=3)
    caller = {"sender": "sip:+431999@pstn.example", "headers": [("User-Agent", "scanner")]}
    for _ in range(10_100):
        answers = gateway.ask(gateway.request("MESSAGE", "sip:+4311009@north.example", **caller))
        assert [answer.status_code for answer in answers] == [404]
    assert count(world, Kind.RATE_LIMITED) == 0


def test_a_flood_gets_its_rate_and_then_silence(world, stranger):
    answered = sum(len(stranger.ask(options(stranger))) for _ in range(20_000))
    assert answered == 10_000
    assert count(world, Kind.RATE_LIMITED) == 1
    assert world.telemetry.count("refused_unread") == 10_000
    assert world.phone("192.0.2.50").register("alice").status_code == 200
    world.now += 1.0
    assert sum(len(stranger.ask(options(stranger))) for _ in range(5_000)) == 1000


@pytest.mark.parametrize("rubbish", [b"no SIP at all, but long enough\r\n\r\n", b"SIP/2.0 200 OK\r\nVia: x\r\n\r\n"])
def test_rubbish_and_stray_responses_pay_too(world, stranger, rubbish):
    for _ in range(10_001):
        stranger.send(rubbish)
    assert world.telemetry.count("refused_unread") == 1
    assert world.telemetry.exceptions == 0


def test_honest_phones_behind_one_address_are_not_limited(world):
    office = world.phone("192.0.2.50")
    for _ in range(6_000):
        assert office.register("alice").status_code == 200
    assert count(world, Kind.RATE_LIMITED) == 0
    assert world.telemetry.count("refused_unread") == 0
