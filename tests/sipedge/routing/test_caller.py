import pytest

from sipedge.store.memory import MemoryStore
from tests.sipedge.routing.asking import Routing, set_up
from tests.sipedge.routing.network import ALICE, BOB, PSTN, binding, fill


@pytest.fixture
def store():
    store = fill(MemoryStore())
    store.bindings.put(BOB.id, binding("sip:bob@192.0.2.50"))
    return store


@pytest.mark.parametrize(
    ("from_uri", "number"),
    [
        ("sip:01999@pstn", "+431999"),
        ("tel:+431999", "+431999"),
        ("sip:anonymous@anonymous.invalid", ""),
        ("sip:pstn", ""),
    ],
)
def test_who_calls_by_a_gateway_is_read_as_it_writes(store, from_uri, number):
    decision = Routing(store).decide(PSTN, "sip:bob@north.example", from_uri=from_uri)
    assert decision.caller_number == number
    assert decision.steps[0].rule == "caller"


def test_the_steps_say_what_was_claimed_in_vain(store):
    decision = Routing(store).decide(ALICE, "sip:bob@north.example", claims=["tel:+4311002"])
    assert "alice would like to show +4311002, which is not its own" in [step.text for step in decision.steps]


def test_the_steps_say_that_the_caller_is_hidden(store):
    alice = set_up(store, ALICE, hides_number=True)
    decision = Routing(store).decide(alice, "sip:bob@north.example")
    assert "the caller is not shown" in [step.text for step in decision.steps]
    assert decision.caller_number == "+4311001"
