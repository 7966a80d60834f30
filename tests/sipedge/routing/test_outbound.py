"""Calls out: what is barred, by which gateways, in which order."""

from collections import Counter
from dataclasses import replace

import pytest

from sipedge.facts import DestinationRuleFacts, RouteFacts
from sipedge.routing.decision import Refused, ToGateways
from sipedge.store.memory import MemoryStore
from tests.sipedge.routing.asking import Routing, set_up
from tests.sipedge.routing.network import ALICE, AUSTRIA, NORTH, PSTN, SOUTH_ALICE, SPARE, fill

THIRD = replace(PSTN, id=3, name="Third", host="198.51.100.4", sources=())
HOME = "sip:01999999@north.example"
ABROAD = "sip:+4930123456@north.example"


@pytest.fixture
def store():
    return fill(MemoryStore())


@pytest.fixture
def routing(store):
    return Routing(store)


def routes(store, *new):
    """Have these routes and no others."""
    for gateway in (PSTN, SPARE, THIRD):
        if store.gateways.by_id(gateway.id) is not None:
            store.gateways.remove(gateway.id)
        store.gateways.put(gateway, *[route for route in new if route.gateway_id == gateway.id])


def names(decision):
    assert isinstance(decision.outcome, ToGateways), decision
    return [attempt.gateway.name for attempt in decision.outcome.attempts]


@pytest.mark.parametrize(
    ("number", "leave", "reason"),
    [
        ("+4930123456", "international", "International calls are not enabled"),
        ("+12025550123", "international", "International calls are not enabled"),
        ("+43900123456", "premium", "Premium rate calls are not enabled"),
        ("+870773111632", "satellite", "Satellite calls are not enabled"),
        ("+8816214567890", "satellite", "Satellite calls are not enabled"),
    ],
)
def test_what_has_to_be_enabled(store, routing, number, leave, reason):
    alice = set_up(store, ALICE, international=False)
    assert routing.decide(alice, f"sip:{number}@north.example").outcome == Refused(403, reason)
    alice = set_up(store, alice, **{"international": True, leave: True})
    assert isinstance(routing.decide(alice, f"sip:{number}@north.example").outcome, ToGateways)


def test_what_is_abroad_follows_from_how_the_caller_dials(store, routing):
    germany = AUSTRIA._replace(name="Germany", country_code="49", plan="de")
    alice = replace(set_up(store, ALICE, international=False), number_format=germany)
    assert isinstance(routing.decide(alice, ABROAD).outcome, ToGateways)
    assert routing.decide(alice, "sip:+431999999@north.example").outcome.status_code == 403


def test_a_rule_refuses_with_its_reason(store, routing):
    store.gateways.put_rules(DestinationRuleFacts("4930", False, "a reason"))
    decision = routing.decide(ALICE, ABROAD)
    assert decision.outcome == Refused(403, "This destination is blocked")
    assert "a reason" in decision.steps[-1].text


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ([RouteFacts(1, "", 10), RouteFacts(2, "49", 90)], ["Spare", "PSTN"]),  # the longest prefix first
        ([RouteFacts(1, "49", 20), RouteFacts(2, "49", 10)], ["Spare", "PSTN"]),  # then the priority
        ([RouteFacts(1, "49", 10, cost=300), RouteFacts(2, "49", 10, cost=100)], ["Spare", "PSTN"]),  # then the cost
        ([RouteFacts(1, "49", 10), RouteFacts(2, "49", 10, cost=900)], ["Spare", "PSTN"]),  # none known is the worst
        ([RouteFacts(1, "49", 10), RouteFacts(2, "49", 90, reseller_id=1)], ["Spare", "PSTN"]),
        ([RouteFacts(1, "49", 10, reseller_id=1), RouteFacts(2, "49", 90, customer_id=10)], ["Spare", "PSTN"]),
        ([RouteFacts(1, "49", 10, reseller_id=1), RouteFacts(2, "49", 90, domain_id=1)], ["Spare", "PSTN"]),
        ([RouteFacts(1, "49", 10, domain_id=1), RouteFacts(2, "49", 90, customer_id=10)], ["Spare", "PSTN"]),
        ([RouteFacts(1, "49", 10, customer_id=20), RouteFacts(2, "49", 90)], ["Spare"]),
        ([RouteFacts(1, "49", 10, domain_id=2), RouteFacts(2, "49", 90)], ["Spare"]),
        ([RouteFacts(1, "49", 10, reseller_id=2), RouteFacts(2, "49", 90)], ["Spare"]),
        ([RouteFacts(1, "49", 10), RouteFacts(1, "", 1), RouteFacts(2, "", 5)], ["PSTN", "Spare"]),  # each once
        ([RouteFacts(2, "49", 10, is_last=True), RouteFacts(1, "", 1)], ["Spare"]),
        ([RouteFacts(1, "49", 10), RouteFacts(2, "", 10), RouteFacts(3, "493", 99)], ["Third", "PSTN", "Spare"]),
        ([RouteFacts(1, "49", 10, kind="service"), RouteFacts(2, "49", 10, kind="emergency")], None),
    ],
)
def test_the_order_of_routes(store, routing, new, expected):
    routes(store, *new)
    decision = routing.decide(ALICE, ABROAD)
    assert (
        decision.outcome == Refused(404, "No route to this number") if expected is None else names(decision) == expected
    )


def test_weights_are_kept_within_3_percent_over_10_000_decisions(store, routing):
    from random import Random

    routes(store, *(RouteFacts(gateway, "49", 10, weight=weight) for gateway, weight in ((1, 50), (2, 30), (3, 20))))
    chance = Random(5)
    routing.chances = iter(chance.random, None)
    orders = Counter(tuple(names(routing.decide(ALICE, ABROAD))) for _ in range(10_000))
    first, second = Counter(), Counter()
    for (one, other, _), number in orders.items():
        first[one] += number
        second[other] += number * (one == "PSTN")
    for name, share in (("PSTN", 0.5), ("Spare", 0.3), ("Third", 0.2)):
        assert abs(first[name] / 10_000 - share) < 0.03
    of_pstn = first["PSTN"]  # of those left, each in proportion to its weight again
    assert abs(second["Spare"] / of_pstn - 0.6) < 0.03


def test_weights_count_among_equals_alone(store, routing):
    routes(store, RouteFacts(1, "49", 20, weight=1000), RouteFacts(2, "49", 10, weight=1))
    routing.chances = iter(())  # nothing is left to chance
    assert names(routing.decide(ALICE, ABROAD)) == ["Spare", "PSTN"]


MONDAY_NOON = 1_764_590_400.0  # 2025-12-01 12:00 UTC


@pytest.mark.parametrize(
    ("window", "now", "is_open"),
    [
        ({"opens": 8 * 60, "closes": 18 * 60}, 0, True),
        ({"opens": 8 * 60, "closes": 18 * 60}, 6 * 3600 - 1, True),
        ({"opens": 8 * 60, "closes": 18 * 60}, 6 * 3600, False),
        ({"opens": 12 * 60, "closes": 18 * 60}, -1, False),
        ({"weekdays": (1,)}, 0, True),
        ({"weekdays": (2, 3)}, 0, False),
        ({"weekdays": (6, 7)}, 5 * 86400, True),
        ({"opens": 22 * 60, "closes": 6 * 60}, 10 * 3600, True),  # Monday 22:00
        ({"opens": 22 * 60, "closes": 6 * 60}, 17 * 3600, True),  # Tuesday 05:00
        ({"opens": 22 * 60, "closes": 6 * 60}, 18 * 3600, False),
        ({"opens": 22 * 60, "closes": 6 * 60, "weekdays": (1,)}, 17 * 3600, True),  # it began on Monday
        ({"opens": 22 * 60, "closes": 6 * 60, "weekdays": (2,)}, 17 * 3600, False),
        ({"opens": 22 * 60, "closes": 6 * 60, "weekdays": (7,)}, -7 * 3600, True),  # Monday 05:00, begun on Sunday
        ({"opens": 12 * 60, "closes": 14 * 60, "timezone": "Europe/Vienna"}, 0, True),  # 13:00 there
        ({"opens": 12 * 60, "closes": 13 * 60, "timezone": "Europe/Vienna"}, 0, False),
    ],
)
def test_time_windows(store, routing, window, now, is_open):
    routes(store, RouteFacts(1, "49", 10, **window), RouteFacts(2, "", 10))
    assert ("PSTN" in names(routing.decide(ALICE, ABROAD, now=MONDAY_NOON + now))) is is_open


def test_a_gateway_that_is_down_is_left_out_and_said_so(routing):
    routing.down = {1}
    decision = routing.decide(ALICE, HOME)
    assert names(decision) == ["Spare"]
    assert "PSTN does not answer and is left out" in [step.text for step in decision.steps]


def test_where_all_are_down_all_are_tried(routing):
    routing.down = {1, 2}
    assert names(routing.decide(ALICE, HOME)) == ["PSTN", "Spare"]


def test_a_gateway_whose_channels_are_in_use_is_left_out(store, routing):
    store.gateways.put(replace(PSTN, max_calls=3), RouteFacts(1, "", 10))
    routing.calls["gateway", 1] = 2
    assert names(routing.decide(ALICE, HOME)) == ["PSTN", "Spare"]
    routing.calls["gateway", 1] = 3
    assert names(routing.decide(ALICE, HOME)) == ["Spare"]
    store.gateways.put(replace(SPARE, is_active=False))
    assert routing.decide(ALICE, HOME).outcome == Refused(503, "All lines to this number are in use")


@pytest.mark.parametrize(
    ("limits", "kind", "key"),
    [
        ({}, "subscriber", 1),
        ({"customer_max_calls": 2}, "customer", 10),
        ({"reseller_max_calls": 2}, "reseller", 1),
    ],
)
@pytest.mark.parametrize("uri", [HOME, "sip:bob@north.example"])
def test_how_many_calls_a_caller_may_have(store, routing, limits, kind, key, uri):
    from tests.sipedge.routing.network import BOB, binding

    store.bindings.put(BOB.id, binding("sip:bob@192.0.2.50"))
    alice = replace(set_up(store, ALICE, max_calls=2), **limits)
    routing.calls = {(kind, key): 1}
    assert not isinstance(routing.decide(alice, uri).outcome, Refused)
    routing.calls = {(kind, key): 2}
    assert routing.decide(alice, uri).outcome.status_code == 486


def test_a_call_within_one_customer_is_one_call_of_it(store, routing):
    from tests.sipedge.routing.network import BOB, binding

    store.bindings.put(BOB.id, binding("sip:bob@192.0.2.50"))
    bob = replace(BOB, customer_id=ALICE.customer_id, customer_max_calls=2)
    store.subscribers.put((1, "bob"), bob)
    routing.calls["customer", ALICE.customer_id] = 1
    assert not isinstance(routing.decide(ALICE, "sip:bob@north.example").outcome, Refused)


# Emergency and service numbers


AT = AUSTRIA._replace(plan="at")


@pytest.fixture
def dialling(store):
    """Alice in a domain that dials by Austria's plan."""
    store.domains.put(replace(NORTH, number_format=AT))
    return ALICE


@pytest.mark.parametrize(
    "uri",
    [
        "sip:112@north.example", "sip:133@north.example", "tel:144", "urn:service:sos.police",
        "tel:112;phone-context=+43", "tel:112;phone-context=+431", "sip:133;phone-context=+49@north.example",
        "tel:112;phone-context=carrier.example",
    ],
)  # fmt: skip
def test_an_emergency_call_has_its_own_route_and_nothing_bars_it(store, routing, dialling, uri):
    routes(store, RouteFacts(1, "", 10), RouteFacts(2, "", 10, kind="emergency"))
    store.gateways.put_rules(*(DestinationRuleFacts(prefix, is_allowed=False) for prefix in ("", "1")))
    routing.calls = {("subscriber", 1): 9, ("customer", 10): 9, ("reseller", 1): 9, ("gateway", 2): 9}
    store.gateways.put(replace(SPARE, max_calls=1))
    alice = set_up(store, dialling, international=False, max_calls=1)
    alice = replace(alice, is_active=False, customer_max_calls=1, reseller_max_calls=1)
    decision = routing.decide(alice, uri)
    assert names(decision) == ["Spare"]
    (attempt,) = decision.outcome.attempts
    assert attempt.is_emergency
    assert attempt.number in ("112", "133", "144")
    assert ("Priority", "emergency") in attempt.sent.headers


US = AUSTRIA._replace(plan="us", country_code="1", international_prefix="011", national_prefix="1")


@pytest.mark.parametrize(
    ("number_format", "uri", "number"),
    [
        (AT, "urn:service:sos", "112"),
        (AT, "urn:service:SOS.Police", "133"),
        (AT, "urn:service:sos.fire", "122"),
        (AT, "urn:service:sos.ambulance", "144"),
        (AT, "urn:service:sos.marine", "112"),
        (US, "urn:service:sos", "911"),
        (US, "urn:service:sos.police", "911"),
        (AUSTRIA, "urn:service:sos.police", "112"),
        (None, "urn:service:sos", "112"),
    ],
)
def test_an_emergency_service_is_called_by_the_number_of_the_callers_plan(store, routing, number_format, uri, number):
    store.domains.put(replace(NORTH, number_format=number_format))
    decision = routing.decide(ALICE, uri)
    assert {attempt.number for attempt in decision.outcome.attempts} == {number}
    assert ("number", number) in [(step.rule, *step.found[-1:]) for step in decision.steps]


def test_a_telephone_uri_is_at_home_wherever_its_caller_is(store, routing, dialling):
    store.domains.put(replace(store.domains.by_id(1), is_default=False))
    assert isinstance(routing.decide(dialling, "tel:112").outcome, ToGateways)
    assert isinstance(routing.decide(dialling, "tel:+4311999").outcome, ToGateways)


def test_other_services_are_nobodys(routing, dialling):
    assert routing.decide(dialling, "urn:service:counseling").outcome.status_code == 404
    assert routing.decide(dialling, "urn:service:sosage").outcome.status_code == 404


def test_a_subscriber_named_like_an_emergency_number_gets_no_emergency_calls(store, routing, dialling):
    store.subscribers.put((1, "112"), replace(ALICE, id=77, username="112"))
    assert isinstance(routing.decide(dialling, "sip:112@north.example").outcome, ToGateways)


def test_emergency_calls_without_a_route_of_their_own_go_by_any(store, routing, dialling):
    routes(store, RouteFacts(1, "43", 10), RouteFacts(2, "", 10))
    decision = routing.decide(dialling, "sip:112@north.example")
    assert names(decision) == ["Spare"]
    routes(store, RouteFacts(1, "49", 10), RouteFacts(1, "4", 10), RouteFacts(2, "43", 10), RouteFacts(1, "431", 10))
    assert names(routing.decide(dialling, "sip:112@north.example")) == ["Spare", "PSTN"]
    routes(store, RouteFacts(1, "49", 10))
    assert routing.decide(dialling, "sip:112@north.example").outcome.status_code == 503


def test_emergency_calls_go_by_any_where_the_gateway_of_their_own_route_is_switched_off(store, routing, dialling):
    routes(store, RouteFacts(1, "", 10), RouteFacts(2, "", 10, kind="emergency"))
    store.gateways.put(replace(SPARE, is_active=False))
    assert names(routing.decide(dialling, "sip:112@north.example")) == ["PSTN"]


def test_emergency_calls_come_to_gateways_that_are_down_last(store, routing, dialling):
    routes(store, *(RouteFacts(gateway, "", gateway, kind="emergency") for gateway in (1, 2)))
    routing.down = {1}
    assert names(routing.decide(dialling, "sip:112@north.example")) == ["Spare", "PSTN"]


def test_where_the_caller_is(store, routing, dialling):
    alice = set_up(store, dialling, location="https://lis.example/alice")
    headers = dict(routing.decide(alice, "sip:112@north.example").outcome.attempts[0].sent.headers)
    assert headers["Geolocation"] == "<https://lis.example/alice>"
    assert headers["Geolocation-Routing"] == "yes"
    headers = dict(routing.decide(alice, "sip:112@north.example", has_location=True).outcome.attempts[0].sent.headers)
    assert "Geolocation" not in headers  # the phone says it itself


def test_a_suspended_subscriber_may_call_nobody_else(routing, dialling):
    suspended = replace(dialling, is_active=False)
    assert routing.decide(suspended, HOME).outcome == Refused(403, "This account is suspended")
    assert routing.decide(suspended, "sip:bob@north.example").outcome.status_code == 403


def test_an_emergency_number_is_called_from_an_inactive_domain_too(store, routing):
    store.domains.put(replace(NORTH, number_format=AT, is_active=False))
    assert isinstance(routing.decide(ALICE, "sip:112@north.example").outcome, ToGateways)
    assert routing.decide(ALICE, HOME).outcome.status_code == 403


def test_a_service_number_has_its_own_routes_and_stays_as_it_was_dialled(store, routing, dialling):
    routes(store, RouteFacts(1, "", 10), RouteFacts(2, "116", 10, kind="service"))
    decision = routing.decide(dialling, "sip:116117@north.example")
    assert names(decision) == ["Spare"]
    assert decision.outcome.attempts[0].number == "116117"
    routes(store, RouteFacts(1, "", 10))
    assert routing.decide(dialling, "sip:116117@north.example").outcome.status_code == 404


def test_a_service_number_that_costs_as_premium_ones_is_barred_as_they_are(store, routing, dialling):
    routes(store, RouteFacts(1, "", 10, kind="service"))
    decision = routing.decide(dialling, "sip:118877@north.example")
    assert decision.outcome == Refused(403, "Premium rate calls are not enabled")
    assert decision.steps[-1][1:] == ("{} calls are not enabled for {} ({})", ("Premium rate", "alice", "Austria"))
    assert names(routing.decide(set_up(store, dialling, premium=True), "sip:118877@north.example")) == ["PSTN"]


def test_a_rule_bars_service_numbers(store, routing, dialling):
    routes(store, RouteFacts(1, "", 10, kind="service"))
    store.gateways.put_rules(DestinationRuleFacts("14", False, "Not from here", kind="service"))
    decision = routing.decide(dialling, "sip:1450@north.example")
    assert decision.outcome == Refused(403, "This destination is blocked")
    assert decision.steps[-1][1:] == ("service numbers that begin with {} are blocked: {}", ("14", "Not from here"))
    assert names(routing.decide(dialling, "sip:116117@north.example")) == ["PSTN"]
    routes(store, RouteFacts(2, "", 10))
    assert names(routing.decide(dialling, "sip:144@north.example")) == ["Spare"]


def test_a_number_that_was_ported_out_leaves(store, routing):
    from sipedge.facts import NumberFacts

    store.numbers.put("+4311003", NumberFacts("+4311003", None, None, None, is_ported_out=True))
    assert names(routing.decide(ALICE, "sip:011003@north.example")) == ["PSTN", "Spare"]
    assert routing.decide(PSTN, "sip:011003@north.example").outcome.status_code == 404


def test_another_resellers_subscriber_calls_out_by_its_own_routes(store, routing):
    routes(store, RouteFacts(1, "49", 10, reseller_id=1), RouteFacts(2, "49", 10, reseller_id=2))
    assert names(routing.decide(ALICE, ABROAD)) == ["PSTN"]
    south = replace(SOUTH_ALICE, number_format=AUSTRIA)
    assert names(routing.decide(south, "sip:+4930123456@south.example")) == ["Spare"]
