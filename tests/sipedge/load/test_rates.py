from sipedge.load.rates import CallRates


def begun(rates, per_second, seconds, gateway=7, tries=100):
    """How many calls begin of `tries` a second."""
    return sum(rates.may_begin(gateway, per_second, 100.0 + n / tries) for n in range(int(seconds * tries)))


def test_a_second_s_worth_at_once_and_then_as_many_a_second():
    rates = CallRates()
    assert [rates.may_begin(7, 3, 100.0) for _ in range(5)] == [True, True, True, False, False]
    assert [rates.may_begin(7, 3, 100.34) for _ in range(2)] == [True, False]
    assert rates.may_begin(7, 3, 200.0)


def test_a_call_that_was_refused_takes_nothing():
    rates = CallRates()
    assert begun(rates, 5, 60) == 5 + 5 * 60 - 1


def test_each_gateway_has_its_own():
    rates = CallRates()
    assert rates.may_begin(7, 1, 100.0)
    assert not rates.may_begin(7, 1, 100.0)
    assert rates.may_begin(8, 1, 100.0)


def test_edges_share_a_rate():
    rates = CallRates()
    rates.edges = 4
    assert begun(rates, 8, 60) == 2 + 2 * 60 - 1


def test_less_than_one_call_a_second_is_a_call_now_and_then():
    rates = CallRates()
    rates.edges = 4
    assert begun(rates, 1, 60) == 15


def test_a_rate_of_nothing_lets_nothing_through():
    assert not CallRates().may_begin(7, 0, 100.0)
