from sipedge.guards.budgets import Counters


def test_a_window_begins_with_the_first_failure_and_forgets_all_of_them():
    counters: Counters[str] = Counters(300.0, 100)
    assert [counters.add("a", now) for now in (0.0, 100.0, 299.9)] == [1, 2, 3]
    assert counters.count("a", 299.9) == 3
    assert counters.count("a", 300.0) == 0
    assert counters.add("a", 300.0) == 1
    assert counters.count("b", 300.0) == 0


def test_what_others_counted_only_adds():
    counters: Counters[str] = Counters(300.0, 100)
    assert counters.learn("a", 9, 0.0) == 0
    counters.add("a", 0.0)
    assert counters.learn("a", 9, 1.0) == 9
    assert counters.learn("a", 3, 1.0) == 9
    assert counters.learn("a", 50, 300.0) == 0
    assert counters.count("a", 1.0) == 9


def test_keys_are_forgotten_on_purpose():
    counters: Counters[str] = Counters(300.0, 100)
    for key in ("a1", "a2", "b1"):
        counters.add(key, 0.0)
    counters.forget(lambda key: key.startswith("a"))
    assert [counters.count(key, 1.0) for key in ("a1", "a2", "b1")] == [0, 0, 1]


def test_a_million_sources_do_not_fill_the_memory():
    counters: Counters[int] = Counters(300.0, 1000)
    for key in range(1_000_000):
        counters.add(key, 0.0)
    assert len(counters) <= 1000
    assert counters.count(999_999, 0.0) == 1


def test_what_ended_is_dropped():
    counters: Counters[str] = Counters(300.0, 100)
    counters.add("a", 0.0)
    counters.add("b", 10.0)
    counters.forget_ended(299.0)
    assert len(counters) == 2
    counters.forget_ended(305.0)
    assert (len(counters), counters.count("b", 305.0)) == (1, 1)
    counters.forget_ended(1000.0)
    assert len(counters) == 0
