"""What a subscriber may not call: kinds of destinations that were not enabled, and rules."""

from dataclasses import replace

import pytest

from numbering.destinations import Category
from sipedge.facts import CallSettingsFacts, DestinationRuleFacts
from sipedge.routing.barring import barred, barred_service
from sipedge.routing.network import EdgeNetwork
from sipedge.store.memory import MemoryStore
from tests.sipedge.routing.network import ALICE, AUSTRIA, NORTH, fill

NOTHING = replace(ALICE, settings=CallSettingsFacts())
GERMAN = "+4930123456"


@pytest.fixture
def store():
    return fill(MemoryStore())


@pytest.fixture
def network(store):
    return EdgeNetwork(store.domains, store.gateways, [])


@pytest.mark.parametrize(
    ("e164", "category", "leave"),
    [
        (GERMAN, Category.INTERNATIONAL, "international"),
        ("+43900123456", Category.PREMIUM, "premium"),
        ("+8816214567890", Category.SATELLITE, "satellite"),
    ],
)
def test_what_has_to_be_enabled(network, e164, category, leave):
    bar = barred(NOTHING, e164, network)
    assert (bar.destination.category, bar.rule) == (category, None)
    others = {"international", "premium", "satellite"} - {leave}
    assert barred(replace(ALICE, settings=CallSettingsFacts(**dict.fromkeys(others, True))), e164, network) is not None
    assert barred(replace(ALICE, settings=CallSettingsFacts(**{leave: True})), e164, network) is None


@pytest.mark.parametrize("e164", ["+4311999999", "+43800123456", "+436641234567"])
def test_what_everybody_may_call(network, e164):
    assert barred(NOTHING, e164, network) is None


def rule(prefix, *, is_allowed=False, reseller_id=None, customer_id=None):
    return DestinationRuleFacts(prefix, is_allowed, "a reason", reseller_id, customer_id)


@pytest.mark.parametrize(
    ("rules", "refusing"),
    [
        ([rule("4930")], "4930"),
        ([rule("")], ""),
        ([rule("49"), rule("4930", is_allowed=True)], None),
        ([rule("4930"), rule("49301", is_allowed=True), rule("493012")], "493012"),
        ([rule("4931")], None),
        ([rule("4930", reseller_id=1)], "4930"),
        ([rule("4930", reseller_id=2)], None),
        ([rule("4930", customer_id=10)], "4930"),
        ([rule("4930", customer_id=20)], None),
        ([rule("4930"), rule("4930", is_allowed=True, reseller_id=1)], "4930"),  # nobody undoes what another refuses
        ([rule("4930", is_allowed=True), rule("4930", reseller_id=1)], "4930"),
    ],
)
def test_rules_of_destinations(store, network, rules, refusing):
    store.gateways.put_rules(*rules)
    bar = barred(ALICE, GERMAN, network)
    assert (bar.rule.prefix if bar else None) == refusing


def test_what_was_not_enabled_no_rule_allows(store, network):
    store.gateways.put_rules(rule("49", is_allowed=True))
    assert barred(NOTHING, GERMAN, network).rule is None


@pytest.fixture
def dialling(store):
    """Alice's domain dials by Austria's plan."""
    store.domains.put(replace(NORTH, number_format=AUSTRIA._replace(plan="at")))


@pytest.mark.usefixtures("dialling")
def test_service_numbers_that_cost_as_premium_numbers_have_to_be_enabled(network):
    bar = barred_service(NOTHING, "118877", network)
    assert (bar.destination.category, bar.destination.country.iso, bar.rule) == (Category.PREMIUM, "AT", None)
    assert barred_service(replace(ALICE, settings=CallSettingsFacts(premium=True)), "118877", network) is None
    assert barred_service(NOTHING, "116123", network) is None


def test_without_a_plan_nobody_says_what_a_service_number_costs(network):
    assert barred_service(NOTHING, "118877", network) is None


@pytest.mark.usefixtures("dialling")
def test_rules_of_service_numbers_are_about_nothing_else(store, network):
    store.gateways.put_rules(rule("1"), rule("4930", is_allowed=True))
    assert barred_service(ALICE, "116123", network) is None
    store.gateways.put_rules(rule("116")._replace(kind="service"), rule("49")._replace(kind="service"))
    assert barred_service(ALICE, "116123", network).rule.prefix == "116"
    assert barred_service(ALICE, "1450", network) is None
    assert barred(ALICE, GERMAN, network) is None
