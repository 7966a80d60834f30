"""The numbers of the store without PostgreSQL; what both stores promise is in test_interfaces.py."""

from sipedge.facts import NumberFacts
from sipedge.store.interfaces import MISS
from sipedge.store.memory import MemoryStore

BASE = NumberFacts("+431", 1, 2, "alice")


def test_a_cold_store_knows_a_number_once_it_was_fetched() -> None:
    store = MemoryStore(cold=True)
    store.numbers.put("+431", BASE, extension_digits=1)
    assert store.numbers.get("+4315") is MISS

    waiting = store.numbers.fetch("+4315")
    assert store.numbers.get("+4315") is MISS
    store.settle()

    assert waiting.result() == store.numbers.get("+4315") == NumberFacts("+431", 1, 2, "alice", "5")


def test_a_number_that_was_removed_is_none_of_ours() -> None:
    store = MemoryStore()
    store.numbers.put("+431", BASE)
    assert store.numbers.get("+431") is BASE
    store.numbers.remove("+431")
    assert store.numbers.get("+431") is None
