"""What the twin in memory of gateways and routes gives; test_interfaces.py holds both to the same promises."""

from dataclasses import replace

from sipedge.facts import DestinationRuleFacts, GatewayAccount, GatewayFacts, GatewayStateRecord, RouteFacts
from sipedge.store.memory_trunks import MemoryGateways, MemoryGatewayStates

GATEWAY = GatewayFacts(1, "gw", "192.0.2.1", None, "udp", None, ("198.51.100.0/24",), True)


def test_what_was_put_is_found() -> None:
    gateways = MemoryGateways()
    gateways.put(replace(GATEWAY, inbound=GatewayAccount("carrier", "secret")), RouteFacts(1, "43", 10))
    gateways.put_rules(DestinationRuleFacts("43", is_allowed=False), DestinationRuleFacts("4", is_allowed=True))

    assert gateways.by_username("carrier") is gateways.by_id(1) is gateways.by_source("198.51.100.9")
    assert gateways.by_username("nobody") is None
    assert [rule.prefix for rule in gateways.rules_for("number", "431")] == ["43", "4"]
    assert [route.prefix for route in gateways.routes_for("number", "431")] == ["43"]
    assert gateways.routes_for("number", "49") == gateways.routes_for("emergency", "431") == []


def test_all_of_them_and_one_that_is_taken_away() -> None:
    gateways = MemoryGateways()
    gateways.put(GATEWAY, RouteFacts(1, "43", 10))
    before = gateways.all
    assert before == (GATEWAY,)
    assert gateways.all is before
    gateways.remove(1)
    assert gateways.all == gateways.routes == ()


def test_a_gateway_that_is_switched_off_is_nobodys_proof() -> None:
    gateways = MemoryGateways()
    gateways.put(replace(GATEWAY, inbound=GatewayAccount("carrier", "secret"), is_active=False))

    assert gateways.by_username("carrier") is None
    assert gateways.by_source("198.51.100.9") is None
    assert gateways.by_id(1) is not None


def test_the_last_that_was_said_of_a_gateway_stands() -> None:
    states = MemoryGatewayStates()
    up = GatewayStateRecord(1, "edge1", 1_800_000_000.0, is_up=True)
    states.save(up._replace(is_up=False))
    states.save(up._replace(gateway_id=2))
    states.save(up)

    assert states.records[1, "edge1"] is up
    assert len(states.records) == 2
