"""sips: a call that must not leave TLS (RFC 3261 §26.2.2, RFC 5630), and targets behind a Path (RFC 3327)."""

from dataclasses import replace

import pytest

from sipedge.listeners import Listener
from tests.sipedge.handlers.world import GATEWAY, World
from tests.sipedge.routing.network import BOB, PSTN, binding

SECURE = (
    Listener("tls", "192.0.2.1", 5061, "192.0.2.1", 5061),
    Listener("wss", "192.0.2.1", 443, "192.0.2.1", 443),
)


@pytest.fixture
def world():
    return World(listeners=SECURE)


def call(world, *bindings, uri="sips:bob@north.example:5061"):
    """alice, who registered over TLS, calls; what she was answered."""
    world.store.bindings.put(BOB.id, *bindings)
    alice = world.phone("192.0.2.50", 40000, "tls", 7)
    invite = alice.request("INVITE", uri, sender="sip:alice@north.example")
    invite.set("Contact", "<sips:alice@192.0.2.50:40000>")
    return alice, alice.ask_as("alice", invite, status=407)


def test_only_those_who_registered_as_sips_and_are_reached_by_tls_ring(world):
    tls, wss, plain = "tls:192.0.2.81:41000#5", "wss:192.0.2.82:42000#6", "tls:192.0.2.84:44000#7"
    _, answers = call(
        world,
        binding("sip:bob@192.0.2.80"),
        binding("sips:bob@192.0.2.81:41000", flow=tls),
        binding("sips:bob@x.invalid;transport=ws", flow=wss),
        binding("sips:bob@192.0.2.83"),
        binding("sip:bob@192.0.2.84:44000;transport=tls", flow=plain),
    )
    assert [m.status_code for m in answers] == [100]
    assert world.phone("192.0.2.80").received() == []
    assert world.phone("192.0.2.84", 44000, "tls").received() == []
    for peer in (("192.0.2.81", 41000, "tls"), ("192.0.2.82", 42000, "wss"), ("192.0.2.83", 5061, "tls")):
        (invite,) = world.phone(*peer).received()
        assert all(str(route.uri).startswith("sips:") for route in invite.record_routes)


def test_a_sip_call_names_a_phone_that_registered_as_sips_by_sip_and_stays_on_tls(world):
    flow = "tls:192.0.2.81:41000#5"
    call(
        world,
        binding("sips:bob@192.0.2.81:41000", flow=flow),
        binding("sips:bob@192.0.2.83"),
        uri="sip:bob@north.example",
    )
    for host, port in (("192.0.2.81", 41000), ("192.0.2.83", 5061)):
        (invite,) = world.phone(host, port, "tls").received()
        assert invite.uri.scheme == "sip"
        assert invite.uri.host == host


def test_our_routes_say_sips_on_each_secure_leg_and_sip_on_others(world):
    world.store.bindings.put(BOB.id, binding("sips:bob@x.invalid;transport=ws", flow="wss:192.0.2.82:42000#6"))
    phone, alice = world.phone("192.0.2.82", 42000, "wss"), world.phone("192.0.2.50")
    for caller, expected in (
        (world.phone("192.0.2.50", 40000, "tls", 7), ["sips:443 ws", "sips:5061 None"]),
        (alice, ["sips:443 ws", "sip:5060 None"]),
    ):
        invite = caller.request("INVITE", "sips:bob@north.example:5061", sender="sip:alice@north.example")
        caller.ask_as("alice", invite, status=407)
        routes = [route.uri for route in phone.received()[0].record_routes]
        assert [f"{uri.scheme}:{uri.port} {uri.param('transport')}" for uri in routes] == expected


def test_without_any_it_is_480_and_the_reason_is_said(world):
    _, answers = call(world, binding("sip:bob@192.0.2.80"), binding("sip:bob@192.0.2.81;transport=tcp"))
    assert [m.status_code for m in answers] == [100, 480]
    assert answers[-1].get("Warning") == '380 192.0.2.1:5061 "SIPS Not Allowed"'
    assert world.wire == []
    assert (world.calls[0].state, world.calls[0].status_code) == ("ended", 480)


def test_a_sips_call_does_not_leave_by_a_gateway_on_udp(world):
    _, answers = call(world, uri="sips:01999999@north.example:5061")
    assert [m.status_code for m in answers] == [100, 480]
    assert world.phone(GATEWAY).received() == []


def test_it_leaves_by_a_gateway_on_tls_and_calls_it_by_a_sips_uri(world):
    world.store.gateways.put(replace(PSTN, transport="tls", port=5061))
    _, answers = call(world, uri="sips:01999999@north.example:5061")
    assert [m.status_code for m in answers] == [100]
    (invite,) = world.phone(GATEWAY, 5061, "tls").received()
    assert invite.request_uri == f"sips:+431999999@{GATEWAY}:5061"


def test_the_dialog_stays_on_tls_in_both_directions(world):
    alice, _ = call(world, binding("sips:bob@192.0.2.81:41000", flow="tls:192.0.2.81:41000#5"))
    bob = world.phone("192.0.2.81", 41000, "tls", 5)
    (invite,) = bob.received()
    bob.answer(invite, 200, headers=[("Contact", "<sips:bob@192.0.2.81:41000>")])
    (ok,) = alice.received()
    bye = alice.in_dialog("BYE", ok)
    bye.request_uri = "sips:bob@192.0.2.81:41000"
    alice.send(bye)
    assert [m.method for m in bob.received()] == ["BYE"]
    bob.send(bob.in_dialog("INFO", ok, swap=invite))
    assert [m.method for m in alice.received()] == ["INFO"]


def test_a_dialog_that_would_leave_tls_is_refused(world):
    """Somebody who is reached by UDP is called as sip:, and then asked for as sips: inside the dialog."""
    alice, _ = call(world, binding("sip:bob@192.0.2.80", flow="udp:192.0.2.80:5060"), uri="sip:bob@north.example")
    bob = world.phone("192.0.2.80")
    (invite,) = bob.received()
    bob.answer(invite, 200)
    (ok,) = alice.received()
    for method, answer in (("INFO", [480]), ("ACK", [])):
        request = alice.in_dialog(method, ok)
        request.request_uri = "sips:bob@192.0.2.80"
        assert [m.status_code for m in alice.ask(request)] == answer
    assert bob.received() == []


def test_a_phone_behind_a_proxy_is_reached_by_its_path(world):
    path = "<sip:192.0.2.90;lr>, <sip:inner.example;lr>"
    world.store.bindings.put(BOB.id, binding("sip:bob@10.0.0.5")._replace(path=path))
    gateway, proxy = world.phone(GATEWAY, 5090), world.phone("192.0.2.90")
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    (invite,) = proxy.received()
    assert invite.request_uri == "sip:bob@10.0.0.5"
    assert invite.values("Route") == ["<sip:192.0.2.90;lr>", "<sip:inner.example;lr>"]


def test_a_strict_router_on_the_path_is_written_to_as_it_needs(world):
    world.store.bindings.put(BOB.id, binding("sip:bob@10.0.0.5")._replace(path="<sip:192.0.2.90>"))
    gateway, proxy = world.phone(GATEWAY, 5090), world.phone("192.0.2.90")
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    (invite,) = proxy.received()
    assert (invite.request_uri, invite.values("Route")) == ("sip:192.0.2.90", ["<sip:bob@10.0.0.5>"])


def test_a_path_back_to_us_leads_nowhere(world):
    world.store.bindings.put(BOB.id, binding("sip:bob@10.0.0.5")._replace(path="<sip:192.0.2.1:5060;lr>"))
    gateway = world.phone(GATEWAY, 5090)
    gateway.ask(gateway.request("INVITE", "sip:+4311002@north.example", sender="sip:+431999@pstn.example"))
    assert [flow.host for _, flow in world.wire] in ([], [GATEWAY])
