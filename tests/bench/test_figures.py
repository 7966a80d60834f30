"""Medians, spreads, percentiles, and how figures are written."""

import pytest

from bench.figures import Spread, percentile, short


def test_a_spread_is_median_and_ends() -> None:
    assert Spread.of([3.0, 1.0, 10.0]) == Spread(3.0, 1.0, 10.0)
    assert Spread.of([1.0, 2.0]).median == 1.5
    assert str(Spread(61.25, 58.0, 112.0)) == "61.2 (58.0–112)"


def test_nothing_has_no_spread() -> None:
    with pytest.raises(ValueError, match="no run"):
        Spread.of([])


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: int) -> None:
    assert percentile(range(100, 0, -1), share) == value


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (12_345.6, "12,346"), (99.94, "99.9"), (1.234, "1.23"), (0.0123, "0.012")]
)
def test_figures_have_as_many_digits_as_are_read(value: float, text: str) -> None:
    assert short(value) == text
