import pytest

from sipedge.guards.rates import Rates


def test_a_full_bucket_and_what_comes_back():
    rates = Rates(10.0, 5.0, 100)
    assert [rates.take("a", 100.0) for _ in range(4)] == [0.0] * 4
    assert rates.take("a", 100.0) == pytest.approx(0.1)
    assert rates.take("b", 100.0) == 0.0
    assert rates.take("a", 100.2) == 0.0
    assert rates.take("a", 200.0) == 0.0


def test_at_the_rate_itself_nobody_waits():
    rates = Rates(10.0, 5.0, 100)
    assert max(rates.take("a", 100.0 + number / 10) for number in range(1000)) == 0.0


def test_tokens_are_given_back_but_a_bucket_holds_no_more_than_it_can():
    rates = Rates(10.0, 5.0, 100)
    for _ in range(4):
        rates.take("a", 100.0)
    rates.give_back("a", 1000.0)
    assert [rates.take("a", 100.0) for _ in range(4)] == [0.0] * 4
    assert rates.take("a", 100.0) > 0
    rates.fill("a")
    assert rates.take("a", 100.0) == 0.0
    rates.give_back("nobody", 5.0)
    assert len(rates) == 1


def test_a_million_sources_do_not_fill_the_memory():
    rates = Rates(10.0, 5.0, 1000)
    for number in range(100_000):
        rates.take(str(number), 100.0)
    assert len(rates) <= 1000


def test_what_is_not_there_is_not_taken():
    rates = Rates(10.0, 5.0, 100)
    assert [rates.take_if_any("a", 100.0) for _ in range(100)] == [True] * 5 + [False] * 95
    assert [rates.take_if_any("a", 100.2) for _ in range(3)] == [True, True, False]
