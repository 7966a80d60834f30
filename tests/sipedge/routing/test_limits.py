from dataclasses import replace

import pytest

from sipedge.routing.limits import is_full, is_gateway_full
from sipedge.routing.notes import Notes
from sipedge.store.memory import MemoryStore
from tests.sipedge.routing.asking import Routing
from tests.sipedge.routing.network import ALICE, BOB, PSTN, fill

LIMITED = replace(
    ALICE, settings=ALICE.settings._replace(max_calls=1), customer_max_calls=2, reseller_max_calls=3
)  # fmt: skip


@pytest.mark.parametrize(
    ("calls", "full"),
    [
        ({}, False),
        ({("subscriber", 1): 1}, True),
        ({("customer", 10): 1}, False),
        ({("customer", 10): 2}, True),
        ({("reseller", 1): 2}, False),
        ({("reseller", 1): 5}, True),
        ({("subscriber", 2): 9, ("customer", 20): 9, ("reseller", 2): 9}, False),
    ],
)
def test_whose_limits_count(calls, full):
    routing, notes = Routing(fill(MemoryStore())), Notes(is_explained=True)
    routing.calls = calls
    assert is_full(LIMITED, routing.network, notes) is full
    assert [step.rule for step in notes.steps] == ["limit"] * full


def test_both_sides_of_one_house_are_one_call():
    routing, notes = Routing(fill(MemoryStore())), Notes(is_explained=False)
    routing.calls = {("customer", 10): 2, ("reseller", 1): 3}
    assert not is_full(LIMITED, routing.network, notes, beside=replace(BOB, customer_id=10))
    assert is_full(LIMITED, routing.network, notes, beside=BOB)


def test_no_limit_is_no_limit():
    routing = Routing(fill(MemoryStore()))
    routing.calls = {("subscriber", 1): 10_000, ("gateway", 1): 10_000}
    assert not is_full(ALICE, routing.network, Notes(is_explained=False))
    assert not is_gateway_full(PSTN, routing.network)
    assert is_gateway_full(replace(PSTN, max_calls=10_000), routing.network)
