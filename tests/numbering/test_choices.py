"""Which holdings a number may have in each state."""

from numbering.choices import Holding, NumberState


def test_every_holding_is_one_of_a_list() -> None:
    lists = [Holding.perhaps_free(), Holding.perhaps_held(), Holding.away()]
    assert {one for some in lists for one in some} == set(Holding)
    assert set(Holding.perhaps_free()) & set(Holding.perhaps_held()) == {Holding.DATED}


def test_what_does_not_depend_on_the_clock_is_called_the_same() -> None:
    shared = {NumberState.FREE, NumberState.QUARANTINED, NumberState.PORTED_OUT}
    assert {state.value for state in shared} == set(Holding.values) - {"held", "dated"}
